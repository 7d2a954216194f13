#include "binding/testing/pass_bench.h"

namespace tfjs_native {
namespace {

const std::vector<std::string> kPasses = {"fuse-post-ops"};

TensorId convolution(GraphMaker& maker, TensorId x, bool is_channels_first = false) {
  const int64_t channels = maker.shape_of(x)[is_channels_first ? 1 : 3];
  return maker.call("Conv2D", {x, maker.constant({3, 3, channels, 4})},
                    {{"strides", numbers({1, 1})},
                     {"pad", same_padding()},
                     {"dataFormat", choice(is_channels_first ? "NCHW" : "NHWC")}});
}

TEST(FusePostOps, EveryActivation) {
  PassBench bench;
  for (const char* op : {"Relu", "Relu6", "Elu", "Sigmoid", "Tanh", "_Swish", "_HardSwish",
                         "_HardSigmoid", "_Gelu", "_GeluTanh"}) {
    SCOPED_TRACE(op);
    GraphMaker maker(bench);
    const TensorId y = maker.call(op, {convolution(maker, maker.input({1, 5, 4, 3}))});
    const Graph after = bench.checked(maker.finish({y}), kPasses);
    ASSERT_EQ(after.nodes.size(), 1u);
    EXPECT_EQ(post_ops_of(after.nodes[0]), "activation");
    EXPECT_EQ(after.nodes[0].fused, (std::vector<std::string>{"Conv2D", op}));
  }
  GraphMaker maker(bench);
  TensorId y = convolution(maker, maker.input({1, 5, 4, 3}));
  y = maker.call("LeakyRelu", {y}, {{"alpha", number(0.3)}});
  y = maker.call("Prelu", {y, maker.constant({1, 1, 4})});
  y = maker.call("Prelu", {y, maker.input({5, 4, 1})});
  const Graph after = bench.checked(maker.finish({y}), kPasses);
  ASSERT_EQ(after.nodes.size(), 1u);
  EXPECT_EQ(post_ops_of(after.nodes[0]), "activation activation activation");
}

TEST(FusePostOps, EveryProductWithAChain) {
  PassBench bench;
  const auto check = [&](GraphMaker& maker, TensorId y, const char* op) {
    SCOPED_TRACE(op);
    const Shape shape = maker.shape_of(y);
    y = maker.call("Add", {maker.constant({shape.back()}), y});
    y = maker.call("Relu", {y});
    y = maker.call("Multiply", {y, maker.scalar(0.75f)});
    y = maker.call("Add", {maker.input(shape), y});
    y = maker.call("Sub", {y, maker.constant(shape)});
    y = maker.call("RealDiv", {y, maker.positive({shape.back()})});
    y = maker.call("Maximum", {maker.constant({1}), y});
    y = maker.call("Minimum", {y, maker.input({shape[shape.size() - 2], 1})});
    y = maker.call("AddN", {maker.input(shape), y});
    y = maker.call("Add", {y, maker.constant({shape.back()})});
    const Graph after = bench.checked(maker.finish({y}), kPasses);
    ASSERT_EQ(ops_of(after), op) << to_text(after);
    EXPECT_EQ(post_ops_of(after.nodes[0]),
              "bias activation binary sum binary binary binary binary sum binary");
    EXPECT_EQ(after.nodes[0].fused.size(), 11u);
  };
  {
    GraphMaker maker(bench);
    check(maker, convolution(maker, maker.input({2, 5, 4, 3})), "Conv2D");
  }
  {
    GraphMaker maker(bench);
    check(maker,
          maker.call("DepthwiseConv2dNative",
                     {maker.input({2, 5, 4, 3}), maker.constant({3, 3, 3, 2})},
                     {{"strides", numbers({1, 1})}, {"pad", same_padding()}}),
          "DepthwiseConv2dNative");
  }
  {
    GraphMaker maker(bench);
    check(maker,
          maker.call("Conv3D", {maker.input({1, 4, 5, 3, 2}), maker.constant({2, 2, 2, 2, 5})},
                     {{"strides", numbers({1, 1, 1})}, {"pad", valid_padding()}}),
          "Conv3D");
  }
  {
    GraphMaker maker(bench);
    check(
        maker,
        maker.call("Conv2DBackpropInput", {maker.input({1, 3, 4, 5}), maker.constant({3, 3, 6, 5})},
                   {{"strides", numbers({2, 2})},
                    {"pad", same_padding()},
                    {"inputShape", numbers({1, 6, 8, 6})}}),
        "Conv2DBackpropInput");
  }
  {
    GraphMaker maker(bench);
    check(maker, maker.call("BatchMatMul", {maker.input({2, 3, 4}), maker.input({2, 4, 5})}),
          "BatchMatMul");
  }
}

TEST(FusePostOps, ListsWhereChannelsComeFirst) {
  PassBench bench;
  GraphMaker maker(bench);
  // As many columns as channels, so that a list along the wrong ones would be taken.
  TensorId y = convolution(maker, maker.input({1, 3, 4, 4}), true);
  y = maker.call("Add", {y, maker.constant({4, 1, 1})});
  y = maker.call("Prelu", {y, maker.constant({4})});
  y = maker.call("Multiply", {y, maker.constant({4})});
  y = maker.call("Prelu", {y, maker.constant({1})});
  y = maker.call("Add", {y, maker.constant({4})});
  const Graph after = bench.checked(maker.finish({y}), kPasses);
  ASSERT_EQ(ops_of(after), "Conv2D");
  EXPECT_EQ(post_ops_of(after.nodes[0]), "bias activation binary activation binary");

  GraphMaker other(bench);
  y = convolution(other, other.input({1, 3, 4, 4}), true);
  y = other.call("Prelu", {y, other.input({4})});
  bench.checked(other.finish({y}), kPasses);
  EXPECT_FALSE(bench.is_changed);
}

TEST(FusePostOps, AResidualOfAnotherProduct) {
  PassBench bench;
  GraphMaker maker(bench);
  const TensorId x = maker.input({1, 5, 4, 3});
  const TensorId a = convolution(maker, x);
  const TensorId b = convolution(maker, maker.call("Relu", {x}));
  const TensorId y = maker.call("Relu", {maker.call("Add", {a, b})});
  const Graph after = bench.checked(maker.finish({y}), kPasses);
  ASSERT_EQ(ops_of(after), "Conv2D Relu Conv2D");
  EXPECT_EQ(post_ops_of(after.nodes[0]), "");
  EXPECT_EQ(post_ops_of(after.nodes[2]), "sum activation");
}

TEST(FusePostOps, AnOperandThatComesLaterIsWaitedFor) {
  PassBench bench;
  GraphMaker maker(bench);
  const TensorId x = maker.input({1, 5, 4, 3});
  const TensorId a = convolution(maker, x);
  const TensorId later = maker.call("Exp", {maker.call("Abs", {maker.input({1, 5, 4, 4})})});
  const TensorId y = maker.call("Add", {a, later});
  const Graph after = bench.checked(maker.finish({y}), kPasses);
  EXPECT_EQ(ops_of(after), "Abs Exp Conv2D");
}

TEST(FusePostOps, ThroughAReshape) {
  PassBench bench;
  GraphMaker maker(bench);
  const TensorId residual = maker.input({2, 3, 5});
  TensorId y = maker.call("BatchMatMul", {maker.input({6, 4}), maker.constant({4, 5})});
  y = maker.call("Reshape", {y}, {{"shape", numbers({2, 3, 5})}});
  y = maker.call("Add", {y, maker.constant({1, 1, 5})});
  y = maker.call("_Gelu", {y});
  y = maker.call("Multiply", {maker.constant({1, 1, 1}), y});
  y = maker.call("Add", {residual, y});
  y = maker.call("Sub", {y, maker.constant({2, 3, 5})});
  y = maker.call("Add", {y, maker.input({2, 1, 5})});
  const Graph after = bench.checked(maker.finish({y}), kPasses);
  ASSERT_EQ(ops_of(after), "Reshape BatchMatMul Reshape Add") << to_text(after);
  EXPECT_EQ(post_ops_of(after.nodes[1]), "bias activation binary sum binary");
}

TEST(FusePostOps, WhatDoesNotFitStays) {
  PassBench bench;
  const auto is_changed = [&](auto make) {
    GraphMaker maker(bench);
    const TensorId x = convolution(maker, maker.input({1, 5, 4, 3}));
    const std::vector<TensorId> outputs = make(maker, x);
    bench.checked(maker.finish(outputs), kPasses);
    return bench.is_changed;
  };
  using Maker = GraphMaker;
  using Ids = std::vector<TensorId>;
  // Read twice: by the same node, by two nodes, by the graph.
  EXPECT_FALSE(is_changed([](Maker& m, TensorId x) { return Ids{m.call("Multiply", {x, x})}; }));
  EXPECT_FALSE(is_changed([](Maker& m, TensorId x) {
    return Ids{m.call("Multiply", {x, m.call("Sigmoid", {x})})};
  }));
  EXPECT_FALSE(is_changed([](Maker& m, TensorId x) { return Ids{m.call("Relu", {x}), x}; }));
  // The product is the second operand, or is widened, or is the slopes.
  EXPECT_FALSE(is_changed([](Maker& m, TensorId x) {
    return Ids{m.call("Sub", {m.constant({4}), x})};
  }));
  EXPECT_FALSE(is_changed([](Maker& m, TensorId x) {
    return Ids{m.call("RealDiv", {m.constant({4}), x})};
  }));
  EXPECT_FALSE(is_changed([](Maker& m, TensorId x) {
    return Ids{m.call("Prelu", {m.input({1, 5, 4, 4}), x})};
  }));
  EXPECT_FALSE(is_changed([](Maker& m, TensorId x) {
    return Ids{m.call("Add", {m.constant({2, 1, 1, 1}), x})};
  }));
  EXPECT_FALSE(is_changed([](Maker& m, TensorId x) {
    return Ids{m.call("Add", {m.constant({1, 1, 5, 4, 4}), x})};
  }));
  // A reshape that the operand does not follow.
  EXPECT_FALSE(is_changed([](Maker& m, TensorId x) {
    const TensorId y = m.call("Reshape", {x}, {{"shape", numbers({5, 16})}});
    return Ids{m.call("Add", {y, m.constant({16})})};
  }));
  EXPECT_FALSE(is_changed([](Maker& m, TensorId x) {
    const TensorId y = m.call("Reshape", {x}, {{"shape", numbers({10, 2, 4})}});
    return Ids{m.call("Add", {y, m.constant({2, 1})})};
  }));
}

}  // namespace
}  // namespace tfjs_native
