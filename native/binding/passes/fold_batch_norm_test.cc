#include "binding/testing/pass_bench.h"

namespace tfjs_native {
namespace {

/// A product of each kind, with 6 channels in its output; `bias` behind it where there is one.
struct Kind {
  const char* op;
  bool is_channels_first = false;
};

std::vector<Kind> kinds() {
  return {{"Conv2D"},
          {"Conv2D", true},
          {"DepthwiseConv2dNative"},
          {"Conv3D"},
          {"Conv2DBackpropInput"},
          {"BatchMatMul"},
          {"transposed BatchMatMul"}};
}

TensorId product(GraphMaker& maker, const Kind& kind) {
  const std::string op = kind.op;
  const auto strides = numbers({1, 2});
  if (op == "Conv2D") {
    const TensorId x = maker.input(kind.is_channels_first ? Shape{2, 3, 5, 6} : Shape{2, 5, 6, 3});
    return maker.call("Conv2D", {x, maker.constant({3, 3, 3, 6})},
                      {{"strides", strides},
                       {"pad", same_padding()},
                       {"dataFormat", choice(kind.is_channels_first ? "NCHW" : "NHWC")}});
  }
  if (op == "DepthwiseConv2dNative") {
    return maker.call(kind.op, {maker.input({2, 5, 6, 3}), maker.constant({3, 3, 3, 2})},
                      {{"strides", numbers({1, 1})}, {"pad", same_padding()}});
  }
  if (op == "Conv3D") {
    return maker.call(kind.op, {maker.input({1, 4, 5, 3, 2}), maker.constant({2, 2, 2, 2, 6})},
                      {{"strides", numbers({1, 1, 1})}, {"pad", valid_padding()}});
  }
  if (op == "Conv2DBackpropInput") {
    return maker.call(kind.op, {maker.input({1, 3, 4, 5}), maker.constant({3, 3, 6, 5})},
                      {{"strides", numbers({2, 2})},
                       {"pad", same_padding()},
                       {"inputShape", numbers({1, 6, 8, 6})}});
  }
  const bool is_transposed = op != "BatchMatMul";
  return maker.call(
      "BatchMatMul",
      {maker.input({2, 3, 4}), maker.constant(is_transposed ? Shape{1, 6, 4} : Shape{1, 4, 6})},
      {{"transposeB", flag(is_transposed)}});
}

/// Of values for each channel of a product.
Shape channel_shape(const Kind& kind) { return kind.is_channels_first ? Shape{6, 1, 1} : Shape{6}; }

TensorId batch_norm(GraphMaker& maker, TensorId x, const Shape& shape = {6}) {
  return maker.call("FusedBatchNorm",
                    {x, maker.constant(shape), maker.positive(shape), maker.constant(shape),
                     maker.constant(shape)},
                    {{"varianceEpsilon", number(0.01)}});
}

TEST(FoldBatchNorm, ScalesGoIntoTheFilterOfEveryProduct) {
  PassBench bench;
  for (const Kind& kind : kinds()) {
    SCOPED_TRACE(kind.op);
    GraphMaker maker(bench);
    TensorId y = product(maker, kind);
    if (kind.is_channels_first) {
      y = maker.call("Multiply", {maker.constant({6, 1, 1}), y});
      y = maker.call("Add", {y, maker.constant({1, 6, 1, 1})});
    } else {
      y = batch_norm(maker, y);
    }
    const Graph after = bench.checked(maker.finish({y}), {"fold-batch-norm"});
    EXPECT_EQ(after.nodes.size(), 2u);
    EXPECT_STREQ(op_name(after.nodes[1]), "Add");
  }
}

TEST(FoldBatchNorm, ABiasTakesInWhatFollows) {
  PassBench bench;
  for (const Kind& kind : kinds()) {
    SCOPED_TRACE(kind.op);
    GraphMaker maker(bench);
    TensorId y = product(maker, kind);
    y = maker.call("Add", {y, maker.constant(channel_shape(kind))});
    Graph graph = maker.finish({y});
    // A product with a bias, as unfuse leaves it.
    graph = bench.checked(graph, {"fuse-post-ops"});
    ASSERT_EQ(post_ops_of(graph.nodes[0]), "bias");
    GraphNode& node = graph.nodes[0];
    const TensorId value = node.outputs[0];
    const TensorDesc desc = graph.tensors[static_cast<size_t>(value)].desc;
    const auto add_node = [&](const char* op, TensorId x, bool is_first, const Shape& shape) {
      const Floats values = self_test::random_tensor(shape, 77).values;
      graph.tensors.push_back({desc_of(shape), {}, bench.stored(values)});
      graph.tensors.back().desc.is_constant = true;
      const auto constant = static_cast<TensorId>(graph.tensors.size() - 1);
      graph.tensors.push_back({desc, {}, {}});
      GraphNode added;
      added.op = &op_table()[static_cast<size_t>(find_op(op))];
      added.inputs = is_first ? std::vector{x, constant} : std::vector{constant, x};
      added.outputs = {static_cast<TensorId>(graph.tensors.size() - 1)};
      graph.nodes.push_back(added);
      return added.outputs[0];
    };
    TensorId z = add_node("Multiply", value, true, channel_shape(kind));
    z = add_node("Sub", z, false, {});
    z = add_node("RealDiv", z, true, {1});
    z = add_node("Sub", z, true, channel_shape(kind));
    graph.outputs = {z};
    const Graph after = bench.checked(graph, {"fold-batch-norm"});
    ASSERT_EQ(after.nodes.size(), 1u) << to_text(after);
    EXPECT_EQ(post_ops_of(after.nodes[0]), "bias");
    EXPECT_EQ(after.nodes[0].fused,
              (std::vector<std::string>{after.nodes[0].op->name, "Add", "Multiply", "Sub",
                                        "RealDiv", "Sub"}));
  }
}

TEST(FoldBatchNorm, AloneItBecomesAProductAndASum) {
  PassBench bench;
  for (const Shape& shape : {Shape{6}, Shape{1}, Shape{1, 1, 6}}) {
    GraphMaker maker(bench);
    const TensorId x = maker.input({2, 4, 6});
    const Graph after =
        bench.checked(maker.finish({batch_norm(maker, x, shape)}), {"fold-batch-norm"});
    EXPECT_EQ(ops_of(after), "Multiply Add");
  }
}

TEST(FoldBatchNorm, WithoutOffsetAndScale) {
  PassBench bench;
  GraphMaker maker(bench);
  const TensorId x = maker.input({2, 4, 6});
  const TensorId y = maker.call(
      "FusedBatchNorm", {x, maker.constant({6}), maker.positive({6}), kNoTensor, kNoTensor});
  bench.checked(maker.finish({y}), {"fold-batch-norm"});
  EXPECT_TRUE(bench.is_changed);
}

TEST(FoldBatchNorm, WhatIsNoAffineOfChannelsStays) {
  PassBench bench;
  const auto is_changed = [&](auto make) {
    GraphMaker maker(bench);
    const std::vector<TensorId> outputs = make(maker);
    bench.checked(maker.finish(outputs), {"fold-batch-norm"});
    return bench.is_changed;
  };
  const Kind conv{"Conv2D"};
  using Maker = GraphMaker;
  using Ids = std::vector<TensorId>;
  // Parameters that go along other dimensions, or come with the run.
  EXPECT_FALSE(is_changed([&](Maker& maker) -> Ids {
    return {batch_norm(maker, maker.input({2, 4, 6}), {3})};
  }));
  EXPECT_FALSE(is_changed([&](Maker& maker) -> Ids {
    const TensorId x = maker.input({4, 6});
    return {maker.call("FusedBatchNorm",
                       {x, maker.input({6}), maker.positive({6}), kNoTensor, kNoTensor})};
  }));
  EXPECT_FALSE(is_changed([&](Maker& maker) -> Ids {
    return {maker.call("Multiply", {product(maker, conv), maker.constant({3, 6})})};
  }));
  EXPECT_FALSE(is_changed([&](Maker& maker) -> Ids {
    return {maker.call("Multiply", {product(maker, conv), maker.input({6})})};
  }));
  // With channels first a list goes along the columns.
  EXPECT_FALSE(is_changed([&](Maker& maker) -> Ids {
    return {maker.call("Multiply", {product(maker, {"Conv2D", true}), maker.constant({3})})};
  }));
  // A divisor, and a product that somebody else reads.
  EXPECT_FALSE(is_changed([&](Maker& maker) -> Ids {
    return {maker.call("RealDiv", {maker.constant({6}), product(maker, conv)})};
  }));
  EXPECT_FALSE(is_changed([&](Maker& maker) -> Ids {
    const TensorId y = product(maker, conv);
    return {maker.call("Multiply", {y, maker.constant({6})}), y};
  }));
  // Numbers that float32 does not hold.
  EXPECT_FALSE(is_changed([&](Maker& maker) -> Ids {
    return {maker.call("RealDiv", {product(maker, conv), maker.scalar(0)})};
  }));
}

}  // namespace
}  // namespace tfjs_native
