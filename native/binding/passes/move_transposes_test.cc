#include "binding/testing/pass_bench.h"

namespace tfjs_native {
namespace {

class MoveTransposes : public PassTest {
 protected:
  MoveTransposes() : PassTest("move-transposes") {}

  TensorId first(TensorId x) { return maker->transpose(x, {0, 3, 1, 2}); }
  TensorId last(TensorId x) { return maker->transpose(x, {0, 2, 3, 1}); }
  TensorId pad(TensorId x, const Ints& paddings) {
    return maker->call("PadV2", {x}, {{"paddings", numbers(paddings)}});
  }
};

TEST_F(MoveTransposes, ElementWiseWorkBetweenTwo) {
  const TensorId x = first(maker->input({2, 4, 5, 3}));
  const TensorId y = maker->call("LeakyRelu", {x}, {{"alpha", number(0.1)}});
  const TensorId scaled = maker->call("Multiply", {y, maker->scalar(3)});
  // Constants of one value, and along one dimension.
  const TensorId moved = maker->call("Add", {maker->constant({3, 1, 1}), scaled});
  const TensorId raised = maker->call("Sub", {moved, maker->constant({1, 1, 4, 1})});
  EXPECT_EQ(passed({last(raised)}), "LeakyRelu Multiply Add Sub");
  EXPECT_EQ(after.tensors[static_cast<size_t>(after.nodes[2].inputs[0])].desc.shape, (Shape{3}));
}

TEST_F(MoveTransposes, WhatNamesDimensions) {
  const TensorId x = first(maker->input({2, 4, 5, 3}));
  const TensorId padded = pad(x, {0, 1, 2, 0, 1, 0, 0, 3});
  const TensorId cut = maker->call(
      "Slice", {padded}, {{"begin", numbers({1, 0, 1, 2})}, {"size", numbers({2, 5, 3, 4})}});
  const TensorId joined =
      maker->call("Concat", {cut, maker->call("Exp", {cut})}, {{"axis", number(-3)}});
  const TensorId mean = maker->reduce("Mean", joined, {-1, 2});
  const TensorId most = maker->reduce("Max", joined, {1});
  const TensorId mirrored =
      maker->call("MirrorPad", {maker->call("Sub", {mean, most})},
                  {{"paddings", numbers({0, 0, 1, 2, 1, 0, 0, 1})}, {"mode", choice("symmetric")}});
  EXPECT_EQ(passed({last(mirrored)}), "PadV2 Slice Exp Concat Mean Max Sub MirrorPad");
}

TEST_F(MoveTransposes, SplitsWithOutputsThatNobodyReads) {
  const TensorId x = first(maker->input({1, 4, 5, 6}));
  const auto parts = must(maker->builder().node("SplitV",
                                                [] {
                                                  Attrs attrs;
                                                  attrs.add("numOrSizeSplits", numbers({2, 1, 3}));
                                                  attrs.add("axis", number(1));
                                                  return attrs;
                                                }(),
                                                {x}));
  EXPECT_EQ(passed({last(parts[0]), last(maker->call("Neg", {parts[2]}))}), "SplitV Neg");
}

TEST_F(MoveTransposes, AResidualBlock) {
  const TensorId a = first(maker->input({1, 4, 4, 8}));
  const TensorId b = first(maker->input({1, 4, 4, 8}));
  const TensorId sum = maker->call("Add", {maker->call("Relu", {a}), b});
  // The sum is read by both, and is an output.
  const TensorId y = last(pad(sum, {0, 0, 0, 0, 1, 1, 1, 1}));
  EXPECT_EQ(passed({y, last(sum), sum}), "Relu Add Transpose PadV2");
  EXPECT_EQ(after.outputs[2], after.nodes[2].outputs[0]);
}

TEST_F(MoveTransposes, ToWhereLessIsMoved) {
  // What is padded is larger than what is not.
  const TensorId x = maker->input({1, 3, 8, 8});
  EXPECT_EQ(passed({last(pad(x, {0, 0, 0, 0, 4, 4, 4, 4}))}), "Transpose PadV2");
  begin();
  const TensorId mean = maker->reduce("Mean", first(maker->input({1, 8, 8, 3})), {2, 3});
  EXPECT_EQ(passed({mean}), "Mean Transpose");
}

TEST_F(MoveTransposes, OneThatOthersReadStays) {
  const TensorId x = first(maker->input({1, 4, 4, 8}));
  const TensorId y = last(maker->call("Relu", {x}));
  EXPECT_EQ(passed({y, x}), "Transpose Relu");
}

TEST_F(MoveTransposes, NothingWhereNothingIsGained) {
  const TensorId x = first(maker->input({1, 4, 4, 8}));
  expect_unchanged({maker->call("Relu", {x})});
  begin();
  // Other orders of dimensions.
  const TensorId a = maker->transpose(maker->input({3, 4, 5}), {2, 0, 1});
  const TensorId b = maker->transpose(maker->input({4, 3, 5}), {2, 1, 0});
  const TensorId sum = maker->call("Add", {a, b});
  expect_unchanged({maker->transpose(sum, {0, 2, 1}), maker->call("Softmax", {sum})});
  begin();
  // A constant that differs along two dimensions.
  const TensorId y =
      maker->call("Add", {first(maker->input({1, 4, 4, 8})), maker->constant({8, 4, 1})});
  expect_unchanged({last(y)});
}

}  // namespace
}  // namespace tfjs_native
