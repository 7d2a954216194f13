// Reductions along the first, the last and a middle axis, and the loops of single elements.
#include <algorithm>
#include <cmath>
#include <functional>

#include "runtime/self_test/call.h"

namespace tfjs_native::self_test {
namespace {

/// From the values along the axis to one.
using Fold = double (*)(const std::vector<double>& values);

double sum_of(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum;
}
double mean_of(const std::vector<double>& values) {
  return sum_of(values) / static_cast<double>(values.size());
}
double least_of(const std::vector<double>& values) {
  return *std::min_element(values.begin(), values.end());
}
double most_of(const std::vector<double>& values) {
  return *std::max_element(values.begin(), values.end());
}

struct Reduction {
  const char* op;
  const char* axes;  // Name of the attribute.
  Fold fold;
  double tolerance;
};

constexpr Reduction kReductions[] = {
    {"Sum", "axis", sum_of, kSumTolerance},
    {"Mean", "axis", mean_of, 1e-5},
    {"Min", "axis", least_of, 0},
    {"Max", "reductionIndices", most_of, 0},
};

/// x as [outer, length, inner].
struct Lines {
  size_t outer;
  size_t length;
  size_t inner;
};

/// Calls visit(start) with the index of the first value of each line, in the order of the outputs.
template <typename Visit>
void for_each_line(const Lines& lines, Visit visit) {
  for (size_t outer = 0; outer < lines.outer; ++outer) {
    for (size_t inner = 0; inner < lines.inner; ++inner) {
      visit(outer * lines.length * lines.inner + inner);
    }
  }
}

std::vector<double> line_at(const std::vector<float>& x, const Lines& lines, size_t start) {
  std::vector<double> line(lines.length);
  for (size_t i = 0; i < line.size(); ++i) {
    line[i] = static_cast<double>(x[start + i * lines.inner]);
  }
  return line;
}

Call make_call(const Reduction& reduction, const Shape& shape, int64_t axis, const Lines& lines,
               uint32_t seed) {
  Call call;
  call.op = reduction.op;
  call.note = ", axis " + std::to_string(axis);
  call.inputs = {random_tensor(shape, seed)};
  call.attrs.add(reduction.axes, numbers({axis}));
  call.tolerance = reduction.tolerance;
  for_each_line(lines, [&](size_t start) {
    call.expected.push_back(reduction.fold(line_at(call.inputs[0].values, lines, start)));
  });
  return call;
}

/// Along the last axis.
Call make_softmax(const Shape& shape, const Lines& lines, uint32_t seed) {
  Call call;
  call.op = "Softmax";
  call.inputs = {random_tensor(shape, seed)};
  call.attrs.add("dim", number(static_cast<double>(shape.size() - 1)));
  call.tolerance = 1e-6;
  for_each_line(lines, [&](size_t start) {
    std::vector<double> line = line_at(call.inputs[0].values, lines, start);
    for (double& value : line) value = std::exp(value);
    const double sum = sum_of(line);
    for (const double value : line) call.expected.push_back(value / sum);
  });
  return call;
}

template <typename Function>
Call make_binary(const char* op, int64_t length, Function function, uint32_t seed) {
  Call call;
  call.op = op;
  call.inputs = {random_tensor({length}, seed), random_tensor({length}, seed + 1)};
  for (size_t i = 0; i < call.inputs[0].values.size(); ++i) {
    call.expected.push_back(function(static_cast<double>(call.inputs[0].values[i]),
                                     static_cast<double>(call.inputs[1].values[i])));
  }
  return call;
}

}  // namespace

void make_reductions(Sink sink) {
  uint32_t seed = 1;
  for (const int64_t extent : kExtents) {
    const auto length = static_cast<size_t>(extent);
    for (const Reduction& reduction : kReductions) {
      sink(make_call(reduction, {3, extent}, 1, {3, length, 1}, seed));
      sink(make_call(reduction, {extent, 5}, 0, {1, length, 5}, seed + 1));
      sink(make_call(reduction, {2, 7, extent}, 1, {2, 7, length}, seed + 2));
    }
    sink(make_softmax({3, extent}, {3, length, 1}, seed));
    seed += 3;
  }
}

void make_elementwise(Sink sink) {
  uint32_t seed = 1;
  for (const int64_t extent : kExtents) {
    sink(make_binary("Add", extent, std::plus<double>(), seed));
    sink(make_binary("Multiply", extent, std::multiplies<double>(), seed));
    ++seed;
  }
}

}  // namespace tfjs_native::self_test
