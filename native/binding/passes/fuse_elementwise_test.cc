// With the kernels of the CPU: graphs compute the same, bit for bit, before and after.
#include "binding/testing/pass_bench.h"

namespace tfjs_native {
namespace {

struct FuseElementwise : PassTest {
  FuseElementwise() : PassTest("fuse-elementwise", 0) {}
};

TEST_F(FuseElementwise, AChainBecomesOneNode) {
  const TensorId x = maker->input({5, 33});
  TensorId y = maker->call("Add", {x, maker->constant({33})});
  y = maker->call("LeakyRelu", {y}, {{"alpha", number(0.25)}});
  y = maker->call("Multiply", {maker->scalar(0.5), y});
  y = maker->call("ClipByValue", {y},
                  {{"clipValueMin", number(-0.5)}, {"clipValueMax", number(0.75)}});
  passed({y});
  ASSERT_EQ(ops_of(after), "_Elementwise");
  EXPECT_EQ(after.nodes[0].fused,
            (std::vector<std::string>{"Add", "LeakyRelu", "Multiply", "ClipByValue"}));
  // The scalar is a part of the program.
  EXPECT_EQ(after.nodes[0].inputs.size(), 2u);
}

TEST_F(FuseElementwise, ATreeWithValuesThatAreReadTwice) {
  const TensorId x = maker->input({4, 20});
  const TensorId y = maker->input({4, 1});
  const TensorId sum = maker->call("Add", {x, y});
  const TensorId swish = maker->call("Multiply", {sum, maker->call("Sigmoid", {sum})});
  const TensorId square = maker->call("Square", {maker->call("Sub", {x, swish})});
  passed({maker->call("AddN", {swish, square, x})});
  EXPECT_EQ(ops_of(after), "_Elementwise");
}

TEST_F(FuseElementwise, WhatOthersReadStays) {
  const TensorId x = maker->input({4, 20});
  const TensorId a = maker->call("Exp", {x});
  const TensorId b = maker->call("Neg", {a});
  const TensorId c = maker->call("Abs", {b});
  const TensorId d = maker->call("Square", {c});
  const TensorId sum = maker->reduce("Sum", c, {1});
  EXPECT_EQ(passed({d, sum, a}), "Exp _Elementwise Square Sum");
}

TEST_F(FuseElementwise, WhatIsSmallerThanTheResultStaysApart) {
  const TensorId x = maker->input({4, 20});
  const TensorId y = maker->input({4, 1});
  const TensorId small = maker->call("Rsqrt", {maker->call("Add", {y, maker->scalar(1e-3f)})});
  const TensorId scaled = maker->call("Multiply", {maker->call("Sub", {x, y}), small});
  EXPECT_EQ(passed({scaled}), "_Elementwise _Elementwise");
}

TEST_F(FuseElementwise, TruthValuesAndCasts) {
  const TensorId x = maker->input({3, 30});
  const TensorId mask = maker->input({3, 30}, DType::kBool);
  const TensorId numbers = maker->input({3, 30}, DType::kInt32);
  const AttrValue to_float = number(static_cast<double>(DType::kFloat32));
  const TensorId above = maker->call("Greater", {x, maker->scalar(0.25f)});
  const TensorId both = maker->call("LogicalAnd", {above, maker->call("LogicalNot", {mask})});
  const TensorId masked = maker->call("Select", {both, x, maker->call("Neg", {x})});
  const TensorId shifted =
      maker->call("Add", {masked, maker->call("Cast", {numbers}, {{"dtype", to_float}})});
  const TensorId counted =
      maker->call("Multiply", {shifted, maker->call("Cast", {mask}, {{"dtype", to_float}})});
  EXPECT_EQ(passed({counted}), "_Elementwise");
}

TEST_F(FuseElementwise, OtherNamesOfATensorAreNoObstacle) {
  const TensorId x = maker->input({3, 30});
  const TensorId y = maker->call("Identity", {maker->call("Exp", {x})});
  const TensorId z = maker->call("Neg", {maker->reshape(y, {3, 30})});
  EXPECT_EQ(passed({maker->call("Identity", {z})}), "_Elementwise");
}

TEST_F(FuseElementwise, ConstantsOfAHigherRankKeepTheShape) {
  const TensorId x = maker->input({7});
  const TensorId y = maker->call("Relu", {maker->call("Add", {x, maker->constant({1, 1}, {1})})});
  EXPECT_EQ(passed({y}), "_Elementwise");
}

TEST_F(FuseElementwise, NoMoreThanAProgramMayHave) {
  TensorId y = maker->input({6});
  for (int i = 0; i < 70; ++i) y = maker->call("Add", {y, maker->constant({6})});
  for (int i = 0; i < 150; ++i) y = maker->call(i % 2 == 0 ? "Sin" : "Neg", {y});
  passed({y});
  EXPECT_EQ(after.nodes.size(), 7u);
  for (const GraphNode& node : after.nodes) {
    EXPECT_STREQ(op_name(node), "_Elementwise");
    EXPECT_LE(node.inputs.size(), 16u);
  }
}

TEST_F(FuseElementwise, ManyMultiplicationsOfAValueByItself) {
  TensorId y = maker->input({6});
  for (int i = 0; i < 50; ++i) y = maker->call("Multiply", {y, y});
  EXPECT_EQ(passed({y}), "_Elementwise");
}

TEST_F(FuseElementwise, LeavesOtherDtypesAlone) {
  const TensorId x = maker->input({4}, DType::kInt32);
  const TensorId y = maker->call("Square", {maker->call("Add", {x, x})});
  const TensorId truth = maker->call("LogicalNot", {maker->call("Greater", {x, x})});
  expect_unchanged({y, truth});
}

TEST_F(FuseElementwise, LeavesSelectionsOfSlicesAlone) {
  const TensorId x = maker->input({4, 4});
  const TensorId slices = maker->input({4}, DType::kBool);
  const TensorId relu = maker->call("Relu", {x});
  expect_unchanged({maker->call("Select", {slices, relu, x})});
}

TEST_F(FuseElementwise, LeavesSingleOperatorsAlone) {
  const TensorId x = maker->input({4});
  expect_unchanged({maker->call("Relu", {maker->call("Identity", {x})}), maker->call("Neg", {x})});
}

}  // namespace
}  // namespace tfjs_native
