// Inference has no memory: the same attributes serve again, also for other shapes.
#include <gtest/gtest.h>

#include "ops/op_table.h"

namespace tfjs_native {
namespace {

TensorDesc floats(const Shape& shape) { return {.dtype = DType::kFloat32, .shape = shape}; }

AttrValue numbers(Doubles values) { return {.present = true, .numbers = std::move(values)}; }

AttrValue padding(Padding::Kind kind) { return {.present = true, .padding = {kind, {}}}; }

Inference infer_once(const char* op, std::vector<TensorDesc> inputs, const Attrs& attrs) {
  auto inference = infer(op_table()[find_op(op)], inputs, attrs);
  EXPECT_TRUE(inference.ok()) << (inference.ok() ? "" : inference.status().error().message);
  return inference.ok() ? inference.value() : Inference();
}

void expect_same(const Inference& a, const Inference& b) {
  EXPECT_EQ(a.outputs, b.outputs);
  EXPECT_EQ(a.resolved, b.resolved);
  EXPECT_EQ(a.post_ops, b.post_ops);
  EXPECT_EQ(a.scalars, b.scalars);
}

TEST(Inference, StridedSliceAgainAndForOtherShapes) {
  Attrs attrs;
  attrs.add("begin", numbers({-3, 1}));
  attrs.add("end", numbers({0, 1}));
  attrs.add("strides", numbers({1, 1}));
  attrs.add("endMask", numbers({1}));
  attrs.add("shrinkAxisMask", numbers({2}));
  const Inference first = infer_once("StridedSlice", {floats({5, 4})}, attrs);
  EXPECT_EQ(first.outputs[0].shape, (Shape{3}));
  EXPECT_EQ(first.resolved, Resolved(SliceBox{{1, 1}, {3, 1}}));
  EXPECT_EQ(first.scalars, (Doubles{2, 1}));
  expect_same(first, infer_once("StridedSlice", {floats({5, 4})}, attrs));
  EXPECT_EQ(infer_once("StridedSlice", {floats({9, 2, 2})}, attrs).outputs[0].shape, (Shape{3, 2}));
  expect_same(first, infer_once("StridedSlice", {floats({5, 4})}, attrs));
}

TEST(Inference, TheSameForEveryOperatorThatResolvesAttributes) {
  Attrs window;
  window.add("filterSize", numbers({2}));
  window.add("strides", numbers({2}));
  window.add("pad", padding(Padding::Kind::kSame));
  Attrs axis;
  axis.add("axis", numbers({-1}));
  Attrs paddings;
  paddings.add("paddings", numbers({1, 0, -1, 2}));
  Attrs split;
  split.add("numOrSizeSplits", numbers({1, -1}));
  split.add("axis", numbers({-1}));
  Attrs range;
  range.add("start", numbers({5}));
  range.add("stop", numbers({1}));
  const struct {
    const char* op;
    std::vector<TensorDesc> inputs;
    const Attrs& attrs;
  } kCalls[] = {
      {"MaxPool", {floats({1, 5, 5, 2})}, window},
      {"AvgPool3D", {floats({1, 5, 5, 5, 2})}, window},
      {"Sum", {floats({2, 3})}, axis},
      {"ArgMax", {floats({2, 3})}, axis},
      {"Concat", {floats({2, 3}), floats({2, 1})}, axis},
      {"PadV2", {floats({2, 3})}, paddings},
      {"SplitV", {floats({2, 3})}, split},
      {"Range", {}, range},
  };
  for (const auto& call : kCalls) {
    SCOPED_TRACE(call.op);
    expect_same(infer_once(call.op, call.inputs, call.attrs),
                infer_once(call.op, call.inputs, call.attrs));
  }
}

TEST(Inference, AFusedProductHasItsPostOpsInOrder) {
  Attrs attrs;
  attrs.add("activation", {.present = true, .text = "leakyrelu"});
  attrs.add("leakyreluAlpha", numbers({0.5}));
  const Inference inference = infer_once(
      "_FusedMatMul", {floats({2, 3}), floats({3, 4}), floats({4}), {.present = false}}, attrs);
  ASSERT_EQ(inference.post_ops.size(), 2u);
  EXPECT_EQ(inference.post_ops[0], PostOp(BiasPostOp{2}));
  EXPECT_EQ(inference.post_ops[1], PostOp(ActivationPostOp{Activation::kLeakyRelu, 0.5f}));
}

TEST(Inference, ReadsTheValuesOfInputsThatTheRowWants) {
  const OpDef& op = op_table()[find_op("_Expand")];
  EXPECT_TRUE(op.wants_values);
  const std::vector<TensorDesc> inputs = {floats({3, 1}), {.dtype = DType::kInt32, .shape = {3}}};
  const int32_t shape[] = {2, 1, 4};
  const void* const values[] = {nullptr, shape};
  EXPECT_EQ(infer(op, inputs, {}, values).value().outputs[0].shape, (Shape{2, 3, 4}));
  // Unknown values leave the extents open.
  const TensorDesc open = infer(op, inputs, {}).value().outputs[0];
  EXPECT_TRUE(open.is_open());
  EXPECT_EQ(open.rank(), 3u);
  for (const auto& bad : {std::array<int32_t, 3>{-1, 3, 4}, {2, 5, 4}}) {
    const void* const bad_values[] = {nullptr, bad.data()};
    const auto inferred = infer(op, inputs, {}, bad_values);
    ASSERT_FALSE(inferred.ok());
    EXPECT_EQ(inferred.status().error().code, Code::kBadShape);
    EXPECT_EQ(inferred.status().error().op, "_Expand");
  }
}

}  // namespace
}  // namespace tfjs_native
