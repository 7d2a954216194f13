// Fused activations give the same bits as the operators of their names.
#include "backends/cpu/loops/fused_tail.h"

#include <gtest/gtest.h>

#include <hwy/targets.h>

#include <array>
#include <bit>
#include <cmath>
#include <string_view>
#include <vector>

#include "backends/cpu/elementwise/elementwise.h"
#include "backends/cpu/loops/integer_tail.h"

namespace tfjs_native {
namespace {

constexpr float kSlope = 0.3f;

/// Both sides take their loops from one instruction set (0: the baseline) for a while.
class WithTarget {
 public:
  explicit WithTarget(int64_t target) { hwy::GetChosenTarget().Update(target); }
  ~WithTarget() { hwy::GetChosenTarget().DeInit(); }
};

std::vector<int64_t> targets() {
  std::vector<int64_t> list{0};
  for (const int64_t target : {HWY_SSE4, HWY_AVX2, HWY_AVX3}) {
    if ((hwy::SupportedTargets() & target) != 0) list.push_back(target);
  }
  return list;
}

ChainStep activation_step(Activation activation, float alpha = 0) {
  return {.activation = activation, .alpha = alpha};
}

/// An operand at inputs[2].
ChainStep combine_step(const TensorDesc& operand,
                       BinaryPostOp::Function function = BinaryPostOp::Function::kAdd) {
  return {.kind = ChainStep::Kind::kCombine, .function = function, .input = 2, .operand = operand};
}

/// Slopes at inputs[3].
ChainStep prelu_step(const TensorDesc& slopes) {
  return {.kind = ChainStep::Kind::kPrelu, .input = 3, .operand = slopes};
}

/// The steps on dst, with these operands at inputs 2 and 3.
void run_tail(const PostOpChain& chain, const TensorDesc& output, float* dst,
              const void* third = nullptr, const void* fourth = nullptr) {
  const Operand inputs[] = {{}, {}, {const_cast<void*>(third)}, {const_cast<void*>(fourth)}};
  FusedTail(chain, output).run(dst, inputs);
}

struct Named {
  Activation activation;
  std::string_view op;
};
constexpr Named kActivations[] = {
    {Activation::kRelu, "Relu"},
    {Activation::kRelu6, "Relu6"},
    {Activation::kElu, "Elu"},
    {Activation::kSigmoid, "Sigmoid"},
    {Activation::kLeakyRelu, "LeakyRelu"},
    {Activation::kTanh, "Tanh"},
};

UnaryLoop unary(std::string_view op, DType dtype) {
  for (const UnaryTable& table : {simple_unary_table(), transcendental_table()}) {
    for (size_t i = 0; i < table.rows.size(); ++i) {
      if (table.rows[i].op == op && table.rows[i].from == dtype) {
        return table.loop(static_cast<int>(i));
      }
    }
  }
  return nullptr;
}

BinaryLoop binary(std::string_view op) {
  const BinaryTable table = arithmetic_table();
  for (size_t i = 0; i < table.rows.size(); ++i) {
    if (table.rows[i].op == op && table.rows[i].from == DType::kFloat32) {
      return table.loop(static_cast<int>(i), InnerStep::kBoth);
    }
  }
  return nullptr;
}

std::vector<float> some_floats() {
  std::vector<float> values = {NAN,    INFINITY, -INFINITY, 0.0f,   -0.0f,  1e-42f, -1e-42f,
                               3e38f,  -3e38f,   -1e-10f,   -88.5f, 88.5f,  6.0f,   6.0000005f,
                               -17.5f, -0.5f,    -104.0f,   1e-5f,  -2e-5f, 0.693f};
  for (int i = 0; values.size() < 1003; ++i) {
    values.push_back(static_cast<float>(i * 7919 % 20011) * 0.004f - 40.0f);
  }
  return values;
}

std::vector<uint32_t> bits_of(const std::vector<float>& values) {
  std::vector<uint32_t> bits;
  // NaN has many; its sign and payload are nobody's business.
  for (const float value : values) {
    bits.push_back(std::isnan(value) ? 0x7fc00000u : std::bit_cast<uint32_t>(value));
  }
  return bits;
}

TensorDesc desc_of(DType dtype, size_t count) {
  return {.dtype = dtype, .shape = {static_cast<int64_t>(count)}};
}

TEST(FusedTail, ActivationsAreTheOperators) {
  const std::vector<float> x = some_floats();
  const auto count = static_cast<int64_t>(x.size());
  const FunctorParams params(std::array{double{kSlope}});
  for (const int64_t target : targets()) {
    const WithTarget with(target);
    for (const Named& named : kActivations) {
      SCOPED_TRACE(std::string(named.op) + " on " + hwy::TargetName(target));
      std::vector<float> fused = x;
      run_tail({activation_step(named.activation, kSlope)}, desc_of(DType::kFloat32, x.size()),
               fused.data());
      std::vector<float> plain(x.size());
      unary(named.op, DType::kFloat32)(params, x.data(), plain.data(), count);
      EXPECT_EQ(bits_of(fused), bits_of(plain));
    }
  }
}

TEST(FusedTail, BiasAndPreluAreTheOperators) {
  const std::vector<float> x = some_floats();
  const std::vector<float> operand(x.rbegin(), x.rend());
  const auto count = static_cast<int64_t>(x.size());
  for (const int64_t target : targets()) {
    SCOPED_TRACE(hwy::TargetName(target));
    const WithTarget with(target);
    const TensorDesc desc = desc_of(DType::kFloat32, x.size());
    std::vector<float> fused = x;
    run_tail({combine_step(desc), prelu_step(desc)}, desc, fused.data(), operand.data(),
             operand.data());
    std::vector<float> sum(x.size());
    std::vector<float> plain(x.size());
    binary("Add")({x.data(), operand.data(), sum.data(), 1, count, 0, 0});
    binary("Prelu")({sum.data(), operand.data(), plain.data(), 1, count, 0, 0});
    EXPECT_EQ(bits_of(fused), bits_of(plain));
  }
}

/// Parts that begin anywhere in a broadcast, through the blocks in which long chains run.
TEST(FusedTail, ChainsOfOperatorsInParts) {
  const Shape shapes[] = {{3, 41, 53}, {53}, {41, 1}, {3, 1, 1}, {1}, {3, 1, 53}};
  const TensorDesc output{.dtype = DType::kFloat32, .shape = shapes[0]};
  const std::vector<float> x = some_floats();
  std::vector<float> start(static_cast<size_t>(output.num_elements()));
  for (size_t i = 0; i < start.size(); ++i) start[i] = x[i % x.size()];
  const std::vector<float> operand(start.rbegin(), start.rend());
  using Function = BinaryPostOp::Function;
  const std::pair<Function, const char*> kFunctions[] = {
      {Function::kAdd, "Add"},           {Function::kSub, "Sub"},
      {Function::kMultiply, "Multiply"}, {Function::kRealDiv, "RealDiv"},
      {Function::kMaximum, "Maximum"},   {Function::kMinimum, "Minimum"}};
  const Operand inputs[] = {{}, {}, {const_cast<float*>(operand.data())}, {}};
  for (const Shape& shape : shapes) {
    const TensorDesc desc{.dtype = DType::kFloat32, .shape = shape};
    for (const auto& [function, op] : kFunctions) {
      SCOPED_TRACE(std::string(op) + " " + to_string(shape));
      const PostOpChain chain = {combine_step(desc, function), activation_step(Activation::kRelu6),
                                 combine_step(desc, Function::kSub)};
      std::vector<float> fused = start;
      const FusedTail tail(chain, output);
      const int64_t cut = 1234;
      tail.run_part(fused.data(), inputs, nullptr, cut, output.num_elements());
      tail.run_part(fused.data(), inputs, nullptr, 0, cut);
      std::vector<float> plain = start;
      const BroadcastLoops rows = merge_broadcast(output.shape, shape, output.shape);
      std::vector<float> wide(start.size());
      for (int64_t i = 0; i < output.num_elements(); ++i) {
        int64_t unused;
        int64_t offset;
        rows.offsets(i / rows.inner, unused, offset);
        wide[static_cast<size_t>(i)] =
            operand[static_cast<size_t>(offset + i % rows.inner * rows.b_inner)];
      }
      const auto count = output.num_elements();
      std::vector<float> next(start.size());
      binary(op)({plain.data(), wide.data(), next.data(), 1, count, 0, 0});
      unary("Relu6", DType::kFloat32)({}, next.data(), plain.data(), count);
      binary("Sub")({plain.data(), wide.data(), next.data(), 1, count, 0, 0});
      EXPECT_EQ(bits_of(fused), bits_of(next));
    }
  }
}

TEST(FusedTail, OperandsOfOtherTypesAndBroadcasts) {
  const TensorDesc bias_desc{.dtype = DType::kInt32, .shape = {3, 1}};
  const TensorDesc slopes{.dtype = DType::kBool, .shape = {2}};
  const TensorDesc output{.dtype = DType::kFloat32, .shape = {3, 2}};
  std::vector<float> dst = {-1, -2, -3, -4, 5, 6};
  const int32_t bias[] = {10, -10, 0};
  const unsigned char alpha[] = {0, 2};
  run_tail({combine_step(bias_desc), prelu_step(slopes)}, output, dst.data(), bias, alpha);
  EXPECT_EQ(dst, (std::vector<float>{9, 8, -0.0f, -28, 5, 6}));
}

std::vector<int32_t> some_integers() {
  std::vector<int32_t> values = {INT32_MIN, INT32_MAX, 0, 1 << 25, -(1 << 25) - 1};
  for (int32_t i = -60; i <= 60; ++i) values.push_back(i);
  return values;
}

TEST(IntegerTail, ActivationsAreTheOperators) {
  const std::vector<int32_t> x = some_integers();
  for (const Named& named : kActivations) {
    if (named.activation == Activation::kLeakyRelu || named.activation == Activation::kTanh) {
      continue;
    }
    SCOPED_TRACE(named.op);
    FusedSpec spec;
    spec.activation = named.activation;
    std::vector<int32_t> fused = x;
    IntegerTail(spec, desc_of(DType::kInt32, x.size())).run(fused.data(), nullptr, nullptr);
    std::vector<int32_t> plain(x.size());
    unary(named.op, DType::kInt32)({}, x.data(), plain.data(), static_cast<int64_t>(x.size()));
    EXPECT_EQ(fused, plain);
  }
}

/// JavaScript computes them in double precision and cuts the fraction off.
TEST(IntegerTail, EluAndSigmoidAreThoseOfJavaScript) {
  for (const int32_t x : some_integers()) {
    EXPECT_EQ(functors::Elu()(x),
              x >= 0 ? x : static_cast<int32_t>(std::exp(static_cast<double>(x)) - 1))
        << x;
    EXPECT_EQ(functors::Sigmoid()(x),
              static_cast<int32_t>(1 / (1 + std::exp(-static_cast<double>(x)))))
        << x;
  }
}

TEST(IntegerTail, SlopesGiveFloats) {
  const std::vector<int32_t> x = some_integers();
  FusedSpec spec;
  spec.activation = Activation::kLeakyRelu;
  spec.leaky_alpha = kSlope;
  std::vector<int32_t> cells = x;
  IntegerTail(spec, desc_of(DType::kFloat32, x.size())).run(cells.data(), nullptr, nullptr);
  for (size_t i = 0; i < x.size(); ++i) {
    const double value = x[i];
    EXPECT_EQ(std::bit_cast<float>(cells[i]),
              static_cast<float>(value < 0 ? value * double{kSlope} : value));
  }
}

}  // namespace
}  // namespace tfjs_native
