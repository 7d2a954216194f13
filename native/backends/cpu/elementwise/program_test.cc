// Element programs against the operators that they are made of, called one after another.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>
#include <iterator>
#include <span>
#include <vector>

#include "backends/cpu/cpu_device.h"
#include "backends/cpu/elementwise/program_loops.h"
#include "base/thread_pool.h"
#include "math/conversion.h"
#include "tensor/broadcast.h"

namespace tfjs_native {
namespace {

using F = ElementFunction;

struct Tensor {
  Shape shape;
  std::vector<float> values;  // Of int32 and bool tensors, too.
  DType dtype = DType::kFloat32;

  TensorDesc desc() const { return {.dtype = dtype, .shape = shape}; }
  /// The elements as they lie in memory.
  std::vector<char> bytes() const {
    std::vector<char> bytes(values.size() * size_of(dtype));
    with_tfjs_real(dtype, [&](auto tag) {
      for (size_t i = 0; i < values.size(); ++i) {
        const auto element = store_as<TypeIn<decltype(tag)>>(values[i]);
        std::memcpy(&bytes[i * sizeof element], &element, sizeof element);
      }
    });
    return bytes;
  }
};

/// Numbers of both signs; some are special.
Tensor tensor(Shape shape, uint32_t seed, DType dtype = DType::kFloat32) {
  static const float kSpecial[] = {NAN, INFINITY, -INFINITY, 0.0f, -0.0f, 1e-42f, 3e38f, -3e38f};
  Tensor tensor{shape, std::vector<float>(static_cast<size_t>(num_elements(shape))), dtype};
  for (float& value : tensor.values) {
    seed = seed * 1664525u + 1013904223u;
    value = static_cast<float>(seed >> 8) / (1 << 21) - 4.0f;
    if (dtype == DType::kBool) value = value > 0 ? 1.0f : 0.0f;
    if (dtype == DType::kInt32) value = std::trunc(value * 1000);
    if (dtype == DType::kFloat32 && seed >> 28 == 0) value = kSpecial[seed >> 8 & 7];
  }
  return tensor;
}

/// Runs the device's first kernel for the descriptor on float32 results.
std::vector<float> run(const Descriptor& descriptor, std::span<const Tensor> inputs,
                       std::span<const double> scalars = {}) {
  static const auto* const stream = new auto(cpu_device().create_stream());
  const std::span<const Kernel> kernels = cpu_device().kernels();
  const auto kernel = std::find_if(kernels.begin(), kernels.end(), [&](const Kernel& candidate) {
    return std::string_view(candidate.op) == descriptor.op &&
           reason_to_decline(candidate, descriptor).empty();
  });
  if (kernel == kernels.end()) {
    ADD_FAILURE() << "no kernel for " << descriptor.op;
    return {};
  }
  const PreparedKernelPtr prepared = kernel->prepare(descriptor, cpu_device()).value();
  std::vector<std::vector<char>> memory;
  std::vector<Operand> operands;
  for (const Tensor& input : inputs) {
    memory.push_back(input.bytes());
    operands.push_back({memory.back().data(), nullptr});
  }
  constexpr size_t kGuard = 16;
  const auto count = static_cast<size_t>(descriptor.outputs[0].num_elements());
  std::vector<float> result(count + kGuard, -12345.0f);
  const Operand output[] = {{result.data(), nullptr}};
  std::vector<float> workspace(prepared->workspace_bytes() / sizeof(float) + 16, NAN);
  void* aligned = workspace.data();
  size_t space = workspace.size() * sizeof(float);
  std::align(64, prepared->workspace_bytes(), aligned, space);
  Operands call{operands, output, scalars};
  call.workspace = aligned;
  EXPECT_TRUE(prepared->run(call, *stream->value()).ok());
  for (size_t i = count; i < result.size(); ++i) EXPECT_EQ(result[i], -12345.0f);
  result.resize(count);
  return result;
}

Shape broadcast_of(std::span<const Tensor> tensors) {
  Shape shape;
  for (const Tensor& tensor : tensors) shape = broadcast_shapes(shape, tensor.shape).value();
  return shape;
}

Tensor run_program(const ElementProgram& program, std::span<const Tensor> inputs) {
  Descriptor descriptor;
  descriptor.op = "_Elementwise";
  for (const Tensor& input : inputs) descriptor.inputs.push_back(input.desc());
  descriptor.outputs = {{.shape = broadcast_of(inputs)}};
  descriptor.resolved = program;
  return {descriptor.outputs[0].shape, run(descriptor, inputs)};
}

/// What the operator of the function's name gives.
Tensor run_operator(const ElementInstruction& instruction, std::span<const Tensor> operands) {
  Descriptor descriptor;
  descriptor.op = facts_of(instruction.function).name;
  for (const Tensor& operand : operands) descriptor.inputs.push_back(operand.desc());
  descriptor.outputs = {{.shape = broadcast_of(operands)}};
  return {descriptor.outputs[0].shape, run(descriptor, operands, instruction.parameters)};
}

Tensor run_one_by_one(const ElementProgram& program, std::span<const Tensor> inputs) {
  std::vector<Tensor> values(inputs.begin(), inputs.end());
  for (Tensor& value : values) value.dtype = DType::kFloat32;
  for (const ElementInstruction& instruction : program.instructions) {
    if (instruction.function == F::kConstant) {
      values.push_back({{}, {static_cast<float>(instruction.parameters[0])}});
      continue;
    }
    std::vector<Tensor> operands;
    for (int i = 0; i < facts_of(instruction.function).operands; ++i) {
      operands.push_back(values[static_cast<size_t>(instruction.operands[i])]);
    }
    values.push_back(run_operator(instruction, operands));
  }
  // The program's result has the shape of all inputs, also of those that it does not read.
  const Shape shape = broadcast_of(inputs);
  if (values.back().shape == shape) return values.back();
  const std::vector<Tensor> sum{
      values.back(), {shape, std::vector<float>(static_cast<size_t>(num_elements(shape)), -0.0f)}};
  return run_operator({F::kAdd, {0, 1}}, sum);
}

/// The same bits, whatever NaN it is.
void expect_same(const Tensor& actual, const Tensor& expected) {
  EXPECT_EQ(actual.shape, expected.shape);
  ASSERT_EQ(actual.values.size(), expected.values.size());
  for (size_t i = 0; i < actual.values.size(); ++i) {
    const float a = actual.values[i];
    const float e = expected.values[i];
    if (std::isnan(a) && std::isnan(e)) continue;
    ASSERT_EQ(elementary::bits_of(a), elementary::bits_of(e))
        << a << " and " << e << " at " << i << " of " << actual.values.size();
  }
}

void expect_like_operators(const ElementProgram& program, const std::vector<Tensor>& inputs) {
  expect_same(run_program(program, inputs), run_one_by_one(program, inputs));
}

/// max(exp(-|a - b|) * c + a, 0.25)
const ElementProgram kChain{{{F::kSub, {0, 1}},
                             {F::kAbs, {3}},
                             {F::kNeg, {4}},
                             {F::kExp, {5}},
                             {F::kMultiply, {6, 2}},
                             {F::kAdd, {7, 0}},
                             {F::kConstant, {}, {0.25}},
                             {F::kMaximum, {8, 9}}}};

TEST(Program, BroadcastsInEveryWay) {
  const std::vector<std::vector<Shape>> kShapes = {
      {{}, {}, {}},
      {{1}, {}, {1, 1}},
      {{7}, {7}, {7}},
      {{3, 5000}, {}, {3, 5000}},
      {{0, 3}, {3}, {0, 1}},
      {{2, 0}, {}, {1, 1}},
      // A list along the last dimension: shorter than a part, longer, of one element.
      {{301, 7}, {7}, {1, 7}},
      {{5, 2999}, {2999}, {5, 2999}},
      {{4, 33, 17}, {17}, {33, 17}},
      {{513, 1}, {1}, {513, 1}},
      // One value for each row, short and long.
      {{1000, 3}, {1000, 1}, {3}},
      {{6, 700}, {6, 1}, {6, 700}},
      {{3, 2500}, {3, 1}, {2500}},
      // In the middle.
      {{3, 5, 64}, {3, 1, 64}, {5, 1}},
      {{3, 50, 640}, {3, 1, 640}, {1, 50, 1}},
      {{2, 3, 4, 5, 6}, {3, 1, 5, 1}, {2, 1, 4, 1, 6}},
      // No input has the output's shape.
      {{40, 1, 30}, {1, 50, 1}, {30}},
  };
  for (const std::vector<Shape>& shapes : kShapes) {
    std::vector<Tensor> inputs;
    for (const Shape& shape : shapes) {
      inputs.push_back(tensor(shape, 17 + static_cast<uint32_t>(inputs.size())));
    }
    for (int round = 0; round < 3; ++round) {
      SCOPED_TRACE(to_string(inputs[0].shape) + to_string(inputs[1].shape) +
                   to_string(inputs[2].shape));
      expect_like_operators(kChain, inputs);
      std::rotate(inputs.begin(), inputs.begin() + 1, inputs.end());
    }
  }
}

TEST(Program, EverySizeAroundPartsAndThreads) {
  const int before = ThreadPool::instance().size();
  for (const int threads : {1, 4}) {
    ThreadPool::instance().set_size(threads);
    for (const int64_t size :
         {1, 2, 15, 16, 17, 63, 64, 65, 1023, 1024, 1025, 2047, 2049, 4097, 32769, 200001}) {
      SCOPED_TRACE(std::to_string(size) + " on " + std::to_string(threads));
      expect_like_operators(kChain, {tensor({size}, 1), tensor({size}, 2), tensor({}, 3)});
      if (size > 1 && size % 3 == 0) {
        expect_like_operators(kChain,
                              {tensor({size / 3, 3}, 1), tensor({size / 3, 1}, 2), tensor({3}, 3)});
      }
    }
  }
  ThreadPool::instance().set_size(before);
}

TEST(Program, ReadsIntegersAndTruthValuesAsFloats) {
  const std::vector<Tensor> inputs{tensor({30, 50}, 1), tensor({30, 50}, 2, DType::kInt32),
                                   tensor({30, 50}, 3, DType::kBool)};
  expect_like_operators(kChain, inputs);
  expect_like_operators(kChain, {inputs[1], inputs[0], inputs[2]});
  expect_like_operators(
      kChain, {inputs[0], tensor({50}, 2, DType::kInt32), tensor({30, 1}, 3, DType::kBool)});
  expect_like_operators(kChain,
                        {inputs[0], tensor({}, 2, DType::kInt32), tensor({1}, 3, DType::kBool)});
}

TEST(Program, ManyValuesAtOnce) {
  // Every input and every product is read again at the end.
  ElementProgram program;
  std::vector<Tensor> inputs;
  const int count = static_cast<int>(kMostElementInputs);
  for (int i = 0; i < count; ++i) {
    const Shape shapes[] = {{40, 30}, {30}, {40, 1}, {}};
    inputs.push_back(tensor(shapes[i % 4], static_cast<uint32_t>(i)));
    program.instructions.push_back({F::kMultiply, {i, (i + 1) % count}});
  }
  for (int i = 1; i < count; ++i) {
    const int last = static_cast<int>(program.instructions.size()) + count - 1;
    program.instructions.push_back({F::kMaximum, {i == 1 ? count : last, count + i}});
    program.instructions.push_back({F::kAdd, {last + 1, i}});
  }
  ASSERT_LE(program.instructions.size(), kMostElementInstructions);
  expect_like_operators(program, inputs);
}

TEST(Program, ResultsThatDoNotDependOnAnElement) {
  const std::vector<Tensor> inputs{tensor({50, 60}, 1), {{}, {3}}, {{1, 1}, {4}}};
  expect_like_operators({{{F::kAdd, {1, 2}}}}, inputs);
  expect_like_operators({{{F::kConstant, {}, {7}}}}, inputs);
  expect_like_operators({{{F::kSquare, {1}}, {F::kMultiply, {3, 2}}, {F::kAdd, {4, 0}}}}, inputs);
  // What nobody reads does no harm.
  expect_like_operators({{{F::kExp, {0}}, {F::kConstant, {}, {1}}, {F::kNeg, {0}}}}, inputs);
}

bool is_own_operator(F function) {
  const ProgramLoops loops = program_loops(function);
  return (loops.unary != nullptr || loops.binary[0] != nullptr) && !gives_truth(function) &&
         function < F::kSwish;
}

TEST(Program, EveryFunctionOfAnOperator) {
  int tested = 0;
  for (size_t i = 0; i < std::size(kElementFunctions); ++i) {
    const auto function = static_cast<F>(i);
    if (!is_own_operator(function)) continue;
    ++tested;
    SCOPED_TRACE(facts_of(function).name);
    const ElementProgram program{{{function, {0, 1}, {-0.5, 0.75}}}};
    const bool has_two = facts_of(function).operands == 2;
    std::vector<Tensor> inputs{tensor({7, 333}, 1), tensor({7, 333}, 2)};
    if (!has_two) inputs.pop_back();
    expect_like_operators(program, inputs);
    if (!has_two) continue;
    expect_like_operators(program, {inputs[0], tensor({333}, 3)});
    expect_like_operators(program, {tensor({7, 1}, 4), inputs[1]});
    expect_like_operators(program, {inputs[0], tensor({}, 5)});
  }
  EXPECT_EQ(tested, 48);
}

/// The values that a formula gives for those of operands of one shape.
template <typename Formula>
void expect_formula(F function, Formula formula, double tolerance = 0) {
  SCOPED_TRACE(facts_of(function).name);
  const int operands = facts_of(function).operands;
  std::vector<Tensor> all{tensor({3, 401}, 1), tensor({3, 401}, 2), tensor({3, 401}, 3)};
  for (size_t i = 0; i < all[0].values.size(); i += 3) all[1].values[i] = all[0].values[i];
  for (size_t i = 0; i < all[0].values.size(); i += 5) all[0].values[i] = 0;
  all.resize(static_cast<size_t>(operands));
  // With every operand, and every but one, standing still.
  for (int still = 0; still < 1 << operands; ++still) {
    std::vector<Tensor> inputs = all;
    for (int i = 0; i < operands; ++i) {
      if ((still & 1 << i) != 0) inputs[static_cast<size_t>(i)] = {{}, {i == 0 ? 0.0f : 1.5f}};
    }
    const Tensor actual = run_program({{{function, {0, 1, 2}}}}, inputs);
    for (size_t i = 0; i < actual.values.size(); ++i) {
      double x[3] = {0, 0, 0};
      for (size_t j = 0; j < inputs.size(); ++j) {
        x[j] = inputs[j].values.size() == 1 ? inputs[j].values[0] : inputs[j].values[i];
      }
      const double expected = formula(x[0], x[1], x[2]);
      const double value = actual.values[i];
      if (std::isnan(value) && std::isnan(expected)) continue;
      if (value == expected || std::fabs(expected) > 3e38) continue;
      ASSERT_NEAR(value, expected, tolerance * std::max(1.0, std::fabs(expected)))
          << x[0] << " " << x[1] << " " << x[2];
    }
  }
}

TEST(Program, TruthValuesAndChoices) {
  expect_formula(F::kEqual, [](double a, double b, double) { return a == b; });
  expect_formula(F::kNotEqual, [](double a, double b, double) { return a != b; });
  expect_formula(F::kGreater, [](double a, double b, double) { return a > b; });
  expect_formula(F::kGreaterEqual, [](double a, double b, double) { return a >= b; });
  expect_formula(F::kLess, [](double a, double b, double) { return a < b; });
  expect_formula(F::kLessEqual, [](double a, double b, double) { return a <= b; });
  expect_formula(F::kLogicalAnd, [](double a, double b, double) { return a != 0 && b != 0; });
  expect_formula(F::kLogicalOr, [](double a, double b, double) { return a != 0 || b != 0; });
  expect_formula(F::kLogicalXor, [](double a, double b, double) { return (a != 0) != (b != 0); });
  expect_formula(F::kLogicalNot, [](double a, double, double) { return a == 0; });
  expect_formula(F::kIsNan, [](double a, double, double) { return std::isnan(a); });
  expect_formula(F::kIsInf, [](double a, double, double) { return std::isinf(a); });
  expect_formula(F::kIsFinite, [](double a, double, double) { return std::isfinite(a); });
  expect_formula(F::kSelect, [](double a, double b, double c) { return a != 0 ? b : c; });
}

double hard_sigmoid(double x) { return std::min(std::max(x + 3, x == x ? 0.0 : x), 6.0) / 6; }

TEST(Program, ComposedActivations) {
  constexpr double kTolerance = 2e-6;
  const auto swish = [](double x, double, double) { return x / (1 + std::exp(-x)); };
  expect_formula(
      F::kHardSigmoid, [](double x, double, double) { return hard_sigmoid(x); }, kTolerance);
  for (const F function : {F::kSwish, F::kHardSwish, F::kGelu, F::kGeluTanh}) {
    // Beside infinities, where x * 0 is not what the formulas' limits are.
    Tensor x = tensor({5, 111}, 1);
    for (float& value : x.values) {
      if (std::isinf(value) || std::fabs(value) > 1e30f) value = 2;
    }
    const Tensor actual = run_program({{{function, {0}}}}, {&x, 1});
    for (size_t i = 0; i < x.values.size(); ++i) {
      const double v = x.values[i];
      double expected = swish(v, 0, 0);
      if (function == F::kHardSwish) expected = v * hard_sigmoid(v);
      if (function == F::kGelu) expected = v * (1 + std::erf(v / std::sqrt(2.0))) / 2;
      if (function == F::kGeluTanh) {
        expected = v * (1 + std::tanh(std::sqrt(2 / M_PI) * (v + 0.044715 * v * v * v))) / 2;
      }
      if (std::isnan(v)) {
        EXPECT_TRUE(std::isnan(actual.values[i]));
      } else {
        EXPECT_NEAR(actual.values[i], expected, kTolerance * std::max(1.0, std::fabs(expected)));
      }
    }
  }
}

}  // namespace
}  // namespace tfjs_native
