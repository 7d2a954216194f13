// _LayerNorm against its formula in double precision.
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "backends/cpu/cpu_device.h"

namespace tfjs_native {
namespace {

using Floats = std::vector<float>;

AttrValue number(double value) { return {.present = true, .numbers = {value}}; }

Floats some_values(int64_t count, float around, unsigned state) {
  Floats values(static_cast<size_t>(count));
  for (float& value : values) {
    state = state * 1664525u + 1013904223u;
    value = static_cast<float>(state >> 8) / (1 << 23) - 1 + around;
  }
  return values;
}

/// What the kernel makes of rows of `count` values; empty gamma and beta are absent.
Floats layer_norm(const Floats& x, Shape shape, int64_t dims, double epsilon, const Floats& gamma,
                  const Floats& beta) {
  static const auto* const stream = new auto(cpu_device().create_stream());
  Descriptor descriptor;
  descriptor.op = "_LayerNorm";
  const auto rank = static_cast<int64_t>(shape.size());
  const Shape tail(shape.end() - dims, shape.end());
  descriptor.inputs = {{.shape = shape},
                       {.shape = tail, .present = !gamma.empty()},
                       {.shape = tail, .present = !beta.empty()}};
  descriptor.outputs = {{.shape = shape}};
  descriptor.attrs.add("epsilon", number(epsilon));
  Axes axes;
  for (int64_t axis = rank - dims; axis < rank; ++axis) axes.axes.push_back(axis);
  descriptor.resolved = axes;
  for (const Kernel& kernel : cpu_device().kernels()) {
    if (std::string_view(kernel.op) != descriptor.op) continue;
    EXPECT_EQ(reason_to_decline(kernel, descriptor), "");
    const PreparedKernelPtr prepared = kernel.prepare(descriptor, cpu_device()).value();
    constexpr size_t kGuard = 16;
    Floats result(x.size() + kGuard, -12345.0f);
    const auto operand = [](const Floats& values) {
      return Operand{values.empty() ? nullptr : const_cast<float*>(values.data())};
    };
    const Operand inputs[] = {operand(x), operand(gamma), operand(beta)};
    const Operand output[] = {{result.data()}};
    EXPECT_TRUE(prepared->run(Operands{inputs, output}, *stream->value()).ok());
    for (size_t i = x.size(); i < result.size(); ++i) EXPECT_EQ(result[i], -12345.0f);
    result.resize(x.size());
    return result;
  }
  ADD_FAILURE() << "no kernel";
  return {};
}

void expect_formula(const Floats& actual, const Floats& x, size_t count, double epsilon,
                    const Floats& gamma, const Floats& beta, double tolerance) {
  ASSERT_EQ(actual.size(), x.size());
  for (size_t row = 0; row < x.size(); row += count) {
    double mean = 0;
    for (size_t i = 0; i < count; ++i) mean += static_cast<double>(x[row + i]);
    mean /= static_cast<double>(count);
    double variance = 0;
    for (size_t i = 0; i < count; ++i) {
      variance +=
          (static_cast<double>(x[row + i]) - mean) * (static_cast<double>(x[row + i]) - mean);
    }
    variance /= static_cast<double>(count);
    for (size_t i = 0; i < count; ++i) {
      double expected = (static_cast<double>(x[row + i]) - mean) / std::sqrt(variance + epsilon);
      if (!gamma.empty()) expected *= static_cast<double>(gamma[i]);
      if (!beta.empty()) expected += static_cast<double>(beta[i]);
      if (std::isnan(expected)) {
        ASSERT_TRUE(std::isnan(actual[row + i])) << row << " " << i;
      } else {
        ASSERT_NEAR(actual[row + i], expected, tolerance) << row << " " << i;
      }
    }
  }
}

TEST(LayerNorm, RowsOfEveryLength) {
  for (const int64_t count :
       {1, 2, 3, 7, 8, 15, 16, 17, 31, 33, 63, 64, 65, 127, 129, 300, 768, 1023, 5000, 70001}) {
    for (const int64_t rows : {1, 3, 40}) {
      SCOPED_TRACE(std::to_string(rows) + " of " + std::to_string(count));
      const Floats x = some_values(rows * count, 0, 7);
      const Floats gamma = some_values(count, 1, 8);
      const Floats beta = some_values(count, 0, 9);
      for (int with = 0; with < 4; ++with) {
        const Floats used_gamma = (with & 1) != 0 ? gamma : Floats();
        const Floats used_beta = (with & 2) != 0 ? beta : Floats();
        expect_formula(layer_norm(x, {rows, count}, 1, 1e-3, used_gamma, used_beta), x,
                       static_cast<size_t>(count), 1e-3, used_gamma, used_beta, 1e-5);
      }
    }
  }
}

TEST(LayerNorm, SeveralDimensions) {
  const Floats x = some_values(2 * 3 * 5 * 7, 0, 1);
  const Floats gamma = some_values(5 * 7, 1, 2);
  expect_formula(layer_norm(x, {2, 3, 5, 7}, 2, 0.01, gamma, {}), x, 35, 0.01, gamma, {}, 1e-5);
  expect_formula(layer_norm(x, {2, 3, 5, 7}, 4, 0.01, {}, {}), x, x.size(), 0.01, {}, {}, 1e-5);
}

TEST(LayerNorm, ValuesFarFromZero) {
  // A float has steps of 2^-14 here: the differences are exact, how the mean is rounded counts.
  for (const int64_t count : {10, 500}) {
    const Floats x = some_values(4 * count, 1000, 3);
    expect_formula(layer_norm(x, {4, count}, 1, 1e-6, {}, {}), x, static_cast<size_t>(count), 1e-6,
                   {}, {}, 2e-4);
  }
}

TEST(LayerNorm, EqualValuesAndNoRows) {
  const Floats x(3 * 9, 2.5f);
  expect_formula(layer_norm(x, {3, 9}, 1, 1e-3, {}, {}), x, 9, 1e-3, {}, {}, 1e-6);
  // 0 / 0
  EXPECT_TRUE(std::isnan(layer_norm(x, {3, 9}, 1, 0, {}, {})[0]));
  EXPECT_TRUE(std::isnan(layer_norm(x, {1, 27}, 1, 0, {}, {})[0]));
  EXPECT_TRUE(layer_norm({}, {0, 9}, 1, 1e-3, {}, {}).empty());
  EXPECT_TRUE(layer_norm({}, {9, 0}, 1, 1e-3, {}, {}).empty());
}

TEST(LayerNorm, WhatIsNotANumberStaysInItsRow) {
  Floats x = some_values(3 * 50, 0, 4);
  x[55] = NAN;
  x[149] = INFINITY;
  expect_formula(layer_norm(x, {3, 50}, 1, 1e-3, {}, {}), x, 50, 1e-3, {}, {}, 1e-5);
  expect_formula(layer_norm(x, {30, 5}, 1, 1e-3, {}, {}), x, 5, 1e-3, {}, {}, 1e-5);
}

}  // namespace
}  // namespace tfjs_native
