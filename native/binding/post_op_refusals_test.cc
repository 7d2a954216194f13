// Post-ops that no kernel of the CPU takes are refused before anything runs.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "binding/testing/fused_case.h"

namespace tfjs_native {
namespace {

using namespace fused_case;

/// Why no kernel takes a product with these post-ops and operands.
std::string refusal(const char* op, DType dtype, std::vector<PostOp> post_ops,
                    const TensorDesc& operand, int aliased = -1) {
  const TensorDesc x{.dtype = dtype, .shape = {1, 4, 4, 3}};
  const TensorDesc filter{.dtype = dtype, .shape = {1, 1, 3, 5}};
  auto call = describe_node(host_calls::node_of(op, attrs_of({{1, 1}})),
                            std::vector<TensorDesc>{x, filter});
  EXPECT_TRUE(call.ok());
  Descriptor descriptor = std::move(call.value().descriptor);
  descriptor.inputs.push_back(operand);
  descriptor.post_ops = std::move(post_ops);
  descriptor.aliased_input = aliased;
  const auto planned =
      host_calls::plans().plan(op_table()[static_cast<size_t>(find_op(op))], std::move(descriptor));
  return planned.ok() ? "" : planned.status().error().message;
}

TEST(PostOps, WhatIsDeclined) {
  const TensorDesc whole{.shape = {1, 4, 4, 5}};
  const auto expect_refusal = [](const std::string& message, const char* reason) {
    EXPECT_NE(message.find(reason), std::string::npos) << "'" << message << "' has no " << reason;
  };
  EXPECT_EQ(refusal("Conv2D", DType::kFloat32, {SumPostOp{2}}, whole), "");
  EXPECT_EQ(refusal("Conv2D", DType::kFloat32, {SumPostOp{2}}, whole, 2), "");
  expect_refusal(refusal("Conv2D", DType::kFloat32, {SumPostOp{2}}, {.shape = {1, 4, 4, 1}}),
                 "residual of another shape");
  expect_refusal(refusal("Conv2D", DType::kFloat32, {BiasPostOp{2}}, {.shape = {4}}),
                 "does not broadcast");
  expect_refusal(refusal("Conv2D", DType::kFloat32, {BiasPostOp{3}}, whole), "operand is missing");
  expect_refusal(refusal("Conv2D", DType::kFloat32, {QuantizePostOp{}}, whole), "quantize");
  expect_refusal(refusal("Conv2D", DType::kFloat32, {BinaryPostOp{Function::kSub, 2}}, whole, 2),
                 "in place of one residual");
  expect_refusal(
      refusal("Conv2D", DType::kFloat32, {SumPostOp{2}, BinaryPostOp{Function::kSub, 2}}, whole, 2),
      "in place of one residual");
  expect_refusal(refusal("Conv2D", DType::kInt32, {SumPostOp{2}},
                         {.dtype = DType::kInt32, .shape = {1, 4, 4, 5}}),
                 "no post-op sum");
}

/// Integers have bias and activation of their own, and nothing behind them.
TEST(PostOps, IntegersTakeTheirOwnOnly) {
  Descriptor descriptor;
  descriptor.op = "FusedConv2D";
  descriptor.inputs = {{.dtype = DType::kInt32, .shape = {1, 4, 4, 3}},
                       {.dtype = DType::kInt32, .shape = {1, 1, 3, 5}},
                       {.dtype = DType::kInt32, .shape = {5}},
                       {.present = false}};
  descriptor.outputs = {{.dtype = DType::kInt32, .shape = {1, 4, 4, 5}}};
  const ActivationPostOp relu{Activation::kRelu};
  const auto takes = [&](std::vector<PostOp> post_ops) {
    descriptor.post_ops = std::move(post_ops);
    return std::any_of(cpu_device().kernels().begin(), cpu_device().kernels().end(),
                       [&](const Kernel& kernel) {
                         return std::string_view(kernel.op) == descriptor.op &&
                                reason_to_decline(kernel, descriptor).empty();
                       });
  };
  EXPECT_TRUE(takes({}));
  EXPECT_TRUE(takes({BiasPostOp{2}}));
  EXPECT_TRUE(takes({BiasPostOp{2}, relu}));
  EXPECT_TRUE(takes({relu}));
  EXPECT_FALSE(takes({relu, BiasPostOp{2}}));
  EXPECT_FALSE(takes({BiasPostOp{2}, relu, relu}));
  EXPECT_FALSE(takes({BiasPostOp{2}, BiasPostOp{2}}));
  EXPECT_FALSE(takes({ActivationPostOp{Activation::kPrelu, 0, 2}}));
}

}  // namespace
}  // namespace tfjs_native
