// Values that are read and written at strides, so that nothing moves them.
#include <gtest/gtest.h>

#include "binding/testing/pass_bench.h"
#include "graph/placement.h"

namespace tfjs_native {
namespace {

class PlacementStridesTest : public testing::Test {
 protected:
  /// One _Elementwise node: relu(x * scale of the channels).
  TensorId scaled(TensorId x) {
    const TensorId scale = maker.constant({maker.shape_of(x).back()});
    return maker.call("Relu", {maker.call("Multiply", {x, scale})});
  }
  TensorId product(TensorId a, TensorId b, bool transpose_b = false) {
    return maker.call("BatchMatMul", {a, b}, {{"transposeB", flag(transpose_b)}});
  }
  TensorId concat(std::vector<TensorId> parts, int64_t axis) {
    return maker.call("Concat", std::move(parts), {{"axis", number(static_cast<double>(axis))}});
  }
  TensorId slice(TensorId x, const Ints& begin, const Ints& size) {
    return maker.call("Slice", {x}, {{"begin", numbers(begin)}, {"size", numbers(size)}});
  }

  /// Runs the graph, after element-wise nodes became one, with placing and without.
  void place(std::vector<TensorId> outputs) {
    const Graph graph = bench.optimised(maker.finish(std::move(outputs)), {"fuse-elementwise"});
    const std::vector<Floats> expected = bench.run(graph);
    for (const std::vector<std::string>& disabled :
         {std::vector<std::string>{},
          {kJoinInPlace},
          {kMoveInPlace},
          {kComputeInPlace},
          {kMoveInPlace, kComputeInPlace},
          {kJoinInPlace, kMoveInPlace, kComputeInPlace}}) {
      compare(bench.run_placed(graph, disabled), expected, graph);
    }
    compare(bench.run_placed(graph), expected, graph);
  }
  static void compare(const std::vector<Floats>& values, const std::vector<Floats>& expected,
                      const Graph& graph) {
    ASSERT_EQ(values.size(), expected.size());
    for (size_t i = 0; i < values.size(); ++i) {
      PassBench::expect_near(values[i], expected[i], 1e-5, to_text(graph));
    }
  }
  static char mark_of(const TensorDesc& desc) {
    switch (desc.layout.kind) {
      case Layout::Kind::kDense:
        return '.';
      case Layout::Kind::kStrided:
        return 's';
      case Layout::Kind::kPlaced:
        return 'p';
      case Layout::Kind::kPacked:
        break;
    }
    return '?';
  }
  /// "Concat(p.)s": the steps that run, with how inputs and the output lie: at strides, in place.
  std::string steps() const {
    std::string text;
    for (const Placement::Step& step : bench.placement.steps) {
      if (step.is_done) continue;
      const Descriptor& descriptor = step.call.plan->descriptor();
      if (!text.empty()) text += ' ';
      text += step.call.plan->op().name;
      text += '(';
      for (const TensorDesc& input : descriptor.inputs) text += mark_of(input);
      text += ')';
      text += mark_of(descriptor.outputs[0]);
    }
    return text;
  }

  PassBench bench;
  GraphMaker maker{bench};
};

TEST_F(PlacementStridesTest, ChannelsAreWrittenWhereTheyAreJoined) {
  const TensorId in = maker.input({2, 5, 16});
  const TensorId joined = concat({scaled(in), scaled(maker.input({2, 5, 9}))}, 2);
  place({maker.call("Tanh", {joined})});
  EXPECT_EQ(steps(), "_Elementwise(..)s _Elementwise(..)s Tanh(.).");
}

TEST_F(PlacementStridesTest, WhatGrowsIsCopiedNoMore) {
  TensorId x = scaled(maker.input({1, 7, 16}));
  for (int i = 0; i < 3; ++i) {
    const TensorId grown = maker.call("Softmax", {scaled(x)});
    x = concat({x, slice(grown, {0, 0, 0}, {1, 7, 8})}, 2);
  }
  place({maker.call("Softmax", {x})});
  EXPECT_EQ(steps(),
            "_Elementwise(..)s _Elementwise(s.). Softmax(.). Concat(ps)s "
            "_Elementwise(s.). Softmax(.). Concat(ps)s "
            "_Elementwise(s.). Softmax(.). Concat(ps). Softmax(.).");
}

TEST_F(PlacementStridesTest, NotWhereOthersReadItDense) {
  const TensorId in = maker.input({2, 5, 16});
  const TensorId a = scaled(in);
  const TensorId b = scaled(maker.call("Abs", {in}));
  const TensorId c = scaled(maker.call("Neg", {in}));
  place({concat({a, b, c}, 2), maker.call("Softmax", {a}), maker.reshape(b, {10, 16}), c});
  EXPECT_EQ(steps().find('s', steps().find("(s")), std::string::npos) << steps();
  EXPECT_NE(steps().find("Concat(...)."), std::string::npos) << steps();
}

TEST_F(PlacementStridesTest, NotWhatIsWantedTwice) {
  const TensorId a = scaled(maker.input({3, 4, 5}));
  place({concat({a, a}, 1), concat({slice(a, {0, 0, 0}, {3, 4, 2}), a}, 2)});
  EXPECT_EQ(steps(), "_Elementwise(..). Concat(..). Concat(s.).");
}

TEST_F(PlacementStridesTest, PackedAlongAnyAxis) {
  const TensorId a = scaled(maker.input({3, 4, 9}));
  const TensorId b = scaled(maker.input({3, 4, 9}));
  place({maker.call("Pack", {a, b}, {{"axis", number(2)}})});
  EXPECT_EQ(steps(), "_Elementwise(..)s _Elementwise(..)s");
}

TEST_F(PlacementStridesTest, SlicesAreReadWhereTheyLie) {
  const TensorId x = maker.call("Softmax", {maker.input({2, 6, 24})});
  const TensorId left = slice(x, {0, 1, 0}, {2, 4, 10});
  const TensorId right = slice(slice(x, {0, 1, 10}, {2, 4, 14}), {0, 0, 1}, {2, 4, 10});
  place({scaled(left), concat({scaled(right), left}, 2), product(right, left, true)});
  EXPECT_EQ(steps(),
            "Softmax(.). _Elementwise(s.). _Elementwise(s.)s Concat(ps). BatchMatMul(ss).");
}

TEST_F(PlacementStridesTest, AttentionMovesNothing) {
  const TensorId x = maker.input({16, 24});
  const auto heads = [&] {
    const TensorId projected = product(x, maker.constant({24, 24}));
    return maker.transpose(maker.reshape(projected, {1, 16, 4, 6}), {0, 2, 1, 3});
  };
  const TensorId query = heads();
  const TensorId key = heads();
  const TensorId scores = maker.call("Softmax", {product(query, key, true)});
  const TensorId context = maker.transpose(product(scores, heads()), {0, 2, 1, 3});
  place({product(maker.reshape(context, {16, 24}), maker.constant({24, 24}))});
  EXPECT_EQ(steps(),
            "BatchMatMul(..). BatchMatMul(..). BatchMatMul(ss). Softmax(.). BatchMatMul(..). "
            "BatchMatMul(.s)s BatchMatMul(..).");
}

TEST_F(PlacementStridesTest, TransposesOfOthersAreCarriedOut) {
  const TensorId x = maker.call("Softmax", {maker.input({3, 4, 5})});
  const TensorId turned = maker.transpose(x, {2, 0, 1});
  // Along no rows; handed out; read as one list.
  place({scaled(turned), maker.transpose(x, {1, 0, 2}),
         maker.call("Tanh", {maker.reshape(maker.transpose(x, {0, 2, 1}), {60})})});
  EXPECT_EQ(steps(),
            "Softmax(.). Transpose(.). _Elementwise(..). Transpose(.). Transpose(.). Tanh(.).");
}

TEST_F(PlacementStridesTest, ShortRowsAreCopied) {
  const TensorId x = maker.call("Softmax", {maker.input({2, 6, 24})});
  place({concat({scaled(slice(x, {0, 0, 3}, {2, 6, 4})), maker.input({2, 6, 5})}, 2)});
  EXPECT_EQ(steps(), "Softmax(.). Slice(.). _Elementwise(..). Concat(..).");
}

TEST_F(PlacementStridesTest, PixelsOfAConvolutionMayLieAtStrides) {
  const TensorId x = maker.call("Softmax", {maker.input({2, 3, 4, 24})});
  const auto convolved = [&](TensorId of, int64_t size) {
    const int64_t channels = maker.shape_of(of).back();
    return maker.call("Conv2D", {of, maker.constant({size, size, channels, 16})},
                      {{"strides", numbers({1, 1})},
                       {"pad", same_padding()},
                       {"dataFormat", choice("NHWC")},
                       {"dilations", numbers({1, 1})}});
  };
  const TensorId left = slice(x, {0, 0, 0, 0}, {2, 3, 4, 12});
  const TensorId right = slice(x, {0, 0, 0, 12}, {2, 3, 4, 12});
  place({concat({convolved(left, 1), convolved(right, 3), convolved(convolved(x, 1), 1)}, 3)});
  EXPECT_EQ(steps(),
            "Softmax(.). Slice(.). Conv2D(s.)s Conv2D(..). Conv2D(..). Conv2D(..)s Concat(p.p).");
}

TEST_F(PlacementStridesTest, SplitPartsAreReadWhereTheyLie) {
  const TensorId x = maker.call("Softmax", {maker.input({2, 3, 20})});
  const auto parts = must(maker.builder().node(
      "SplitV", attrs_of({{"numOrSizeSplits", numbers({2, 17, 1})}, {"axis", number(2)}}), {x}));
  place({scaled(parts.at(1)), concat({parts.at(0), parts.at(1)}, 1 + 1)});
  EXPECT_EQ(steps(), "Softmax(.). _Elementwise(s.). Concat(ss).");
}

TEST_F(PlacementStridesTest, ProgramsWriteOverWhatTheyRead) {
  const TensorId x = maker.call("Softmax", {maker.input({3, 500, 9})});
  place({scaled(maker.call("Add", {x, maker.input({3, 1, 9})}))});
  const Descriptor& descriptor = bench.placement.steps.back().call.plan->descriptor();
  EXPECT_EQ(std::string(descriptor.op), "_Elementwise");
  ASSERT_GE(descriptor.aliased_input, 0);
  EXPECT_EQ(descriptor.inputs[static_cast<size_t>(descriptor.aliased_input)].shape,
            (Shape{3, 500, 9}));
}

}  // namespace
}  // namespace tfjs_native
