// Activations as post-ops of products against formulas in double precision, and operators.
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "binding/testing/fused_case.h"

namespace tfjs_native {
namespace {

using namespace fused_case;

double formula(Activation activation, double x) {
  const auto sigmoid = [](double y) { return 1 / (1 + std::exp(-y)); };
  switch (activation) {
    case Activation::kLinear:
    case Activation::kPrelu:
      return x;
    case Activation::kRelu:
      return x > 0 ? x : 0;
    case Activation::kRelu6:
      return std::clamp(x, 0.0, 6.0);
    case Activation::kElu:
      return x >= 0 ? x : std::expm1(x);
    case Activation::kLeakyRelu:
      return x < 0 ? x * static_cast<double>(0.3f) : x;
    case Activation::kSigmoid:
      return sigmoid(x);
    case Activation::kTanh:
      return std::tanh(x);
    case Activation::kSwish:
      return x * sigmoid(x);
    case Activation::kHardSwish:
      return x * std::clamp(x + 3, 0.0, 6.0) / 6;
    case Activation::kHardSigmoid:
      return std::clamp(x + 3, 0.0, 6.0) / 6;
    case Activation::kGelu:
      return x * std::erfc(-x / std::sqrt(2.0)) / 2;
    case Activation::kGeluTanh:
      return x * sigmoid(2 * std::sqrt(2 / std::acos(-1.0)) * (x + 0.044715 * x * x * x));
  }
  return x;
}

/// A product by ones with the activation alone, on the whole range and at its ends.
TEST(PostOps, ActivationsAreTheirFormulas) {
  std::vector<float> x;
  for (int i = -40'000; i <= 40'000; ++i) x.push_back(static_cast<float>(i) / 2048);
  for (const float large : {50.0f, 88.0f, 90.0f, 104.0f, 1e4f, 1e13f, 1e38f}) {
    x.push_back(large);
    x.push_back(-large);
  }
  const auto rows = static_cast<int64_t>(x.size());
  constexpr size_t kColumns = 20;
  const Tensor ones{{1, kColumns}, std::vector<float>(kColumns, 1.0f)};
  for (int i = 0; i <= static_cast<int>(Activation::kGeluTanh); ++i) {
    const auto activation = static_cast<Activation>(i);
    if (activation == Activation::kPrelu) continue;
    SCOPED_TRACE(name_of(activation));
    const GraphNode node = host_calls::node_of("BatchMatMul", transposes(false, false),
                                               {ActivationPostOp{activation, 0.3f}});
    const std::vector<Tensor> inputs = {{{rows, 1}, x}, ones};
    const auto planned = host_calls::plan_node(node, host_calls::descs_of(inputs));
    ASSERT_TRUE(planned.ok());
    const Tensor y = host_calls::run(planned.value(), inputs);
    for (size_t k = 0; k < y.values.size(); ++k) {
      const double from = static_cast<double>(x[k / kColumns]);
      const double expected = formula(activation, from);
      const double actual = static_cast<double>(y.values[k]);
      // Functions that multiply by x lose as many bits as its other factor.
      ASSERT_LE(std::fabs(actual - expected), 1e-6 * std::max(1.0, std::fabs(expected)))
          << from << " gives " << actual << " instead of " << expected;
    }
  }
}

/// NaN and infinities come out as they do of the operators.
TEST(PostOps, ActivationsKeepWhatIsNoNumber) {
  const std::vector<float> x = {NAN, INFINITY, -INFINITY};
  const std::vector<Tensor> inputs = {{{3, 1}, x}, {{1, 20}, std::vector<float>(20, 1.0f)}};
  for (int i = 0; i <= static_cast<int>(Activation::kGeluTanh); ++i) {
    const auto activation = static_cast<Activation>(i);
    if (activation == Activation::kPrelu) continue;
    SCOPED_TRACE(name_of(activation));
    const ActivationPostOp post_op{activation, 0.3f};
    const GraphNode node = host_calls::node_of("BatchMatMul", transposes(false, false), {post_op});
    const auto planned = host_calls::plan_node(node, host_calls::descs_of(inputs));
    ASSERT_TRUE(planned.ok());
    const Tensor plain = call("BatchMatMul", transposes(false, false), inputs);
    expect_close(host_calls::run(planned.value(), inputs), apply(post_op, plain, {}), "fused");
  }
}

}  // namespace
}  // namespace tfjs_native
