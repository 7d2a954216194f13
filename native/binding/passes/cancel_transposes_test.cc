#include "binding/testing/pass_bench.h"

namespace tfjs_native {
namespace {

TEST(CancelTransposes, TwoBecomeOneOrNone) {
  PassBench bench;
  GraphMaker maker(bench);
  const TensorId x = maker.input({2, 3, 4, 5});
  const TensorId back = maker.transpose(maker.transpose(x, {0, 3, 1, 2}), {0, 2, 3, 1});
  const TensorId y = maker.call("Relu", {back});
  const TensorId z =
      maker.transpose(maker.transpose(maker.call("Exp", {x}), {0, 3, 1, 2}), {1, 0, 2, 3});
  const Graph after = bench.checked(maker.finish({y, z, back}), {"cancel-transposes"});
  EXPECT_EQ(ops_of(after), "Relu Exp Transpose");
  EXPECT_EQ(after.outputs[2], x);
}

TEST(CancelTransposes, OneThatOthersReadStays) {
  PassBench bench;
  GraphMaker maker(bench);
  const TensorId x = maker.input({2, 3, 4});
  const TensorId inner = maker.transpose(x, {2, 0, 1});
  const TensorId y = maker.transpose(inner, {2, 1, 0});
  const Graph after =
      bench.checked(maker.finish({y, maker.call("Exp", {inner})}), {"cancel-transposes"});
  EXPECT_EQ(ops_of(after), "Transpose Transpose Exp");
  EXPECT_EQ(after.nodes[1].inputs[0], x);
}

TEST(CancelTransposes, WhatMovesNothingIsAReshape) {
  PassBench bench;
  GraphMaker maker(bench);
  const TensorId x = maker.input({1, 3, 1, 4});
  const TensorId y = maker.transpose(x, {1, 0, 3, 2});
  const TensorId z = maker.transpose(maker.call("Exp", {x}), {2, 1, 0, 3});
  const Graph after = bench.checked(maker.finish({y, z}), {"cancel-transposes"});
  EXPECT_EQ(ops_of(after), "Reshape Exp");
}

TEST(CancelTransposes, ReshapesInARow) {
  PassBench bench;
  GraphMaker maker(bench);
  const TensorId x = maker.input({2, 3, 4});
  const TensorId y = maker.reshape(maker.reshape(maker.reshape(x, {24}), {4, 6}), {3, 8});
  const TensorId expanded =
      maker.call("ExpandDims", {maker.call("Exp", {x})}, {{"dim", number(1)}});
  const TensorId z = maker.reshape(expanded, {2, 3, 4});
  const Graph after =
      bench.checked(maker.finish({y, maker.call("Relu", {z})}), {"cancel-transposes"});
  EXPECT_EQ(ops_of(after), "Reshape Exp Relu");
}

TEST(CancelTransposes, AMatrixProductReadsTransposed) {
  PassBench bench;
  for (const bool is_a_transposed : {false, true}) {
    for (const bool is_b_transposed : {false, true}) {
      GraphMaker maker(bench);
      const TensorId a = maker.input(is_a_transposed ? Shape{2, 3, 4} : Shape{2, 4, 3});
      const TensorId b = maker.input(is_b_transposed ? Shape{2, 4, 5} : Shape{2, 5, 4});
      const TensorId y = maker.call(
          "BatchMatMul", {maker.transpose(a, {0, 2, 1}), maker.transpose(b, {0, 2, 1})},
          {{"transposeA", flag(is_a_transposed)}, {"transposeB", flag(is_b_transposed)}});
      const Graph after = bench.checked(maker.finish({y}), {"cancel-transposes"});
      EXPECT_EQ(ops_of(after), "BatchMatMul");
      EXPECT_EQ(after.nodes[0].attrs.flag("transposeA"), !is_a_transposed);
      EXPECT_EQ(after.nodes[0].attrs.flag("transposeB"), !is_b_transposed);
      EXPECT_EQ(after.nodes[0].fused.size(), 3u);
    }
  }
  GraphMaker maker(bench);
  const TensorId a = maker.input({4, 3, 2});
  const TensorId y =
      maker.call("BatchMatMul", {maker.transpose(a, {2, 0, 1}), maker.input({2, 3, 5})});
  const TensorId x = maker.input({4, 3});
  const TensorId turned = maker.transpose(x, {1, 0});
  const TensorId z = maker.call("BatchMatMul", {turned, x});
  const Graph after = bench.checked(maker.finish({y, z, turned}), {"cancel-transposes"});
  EXPECT_EQ(ops_of(after), "Transpose BatchMatMul Transpose BatchMatMul");
}

TEST(CancelTransposes, OneOperandTwice) {
  PassBench bench;
  GraphMaker maker(bench);
  const TensorId turned = maker.transpose(maker.input({4, 4}), {1, 0});
  const TensorId y = maker.call("BatchMatMul", {turned, turned});
  const Graph after = bench.checked(maker.finish({y}), {"cancel-transposes"});
  EXPECT_EQ(ops_of(after), "BatchMatMul");
}

}  // namespace
}  // namespace tfjs_native
