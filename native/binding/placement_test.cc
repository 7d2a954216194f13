// Which values of a graph share memory, and that the graph computes the same then.
#include "graph/placement.h"

#include <gtest/gtest.h>

#include "binding/testing/pass_bench.h"

namespace tfjs_native {
namespace {

class PlacementTest : public testing::Test {
 protected:
  TensorId product(TensorId x, int64_t channels) {
    const int64_t depth = maker.shape_of(x).back();
    return maker.call("BatchMatMul", {x, maker.constant({1, depth, channels})});
  }
  TensorId concat(std::vector<TensorId> parts, int64_t axis) {
    return maker.call("Concat", std::move(parts), {{"axis", number(static_cast<double>(axis))}});
  }

  /// Places the graph's values, after sums became post-ops, and runs it with that and without.
  void place(std::vector<TensorId> outputs) {
    const Graph graph = bench.optimised(maker.finish(std::move(outputs)), {"fuse-post-ops"});
    const std::vector<Floats> expected = bench.run(graph);
    EXPECT_EQ(bench.run_placed(graph, {kMoveInPlace, kJoinInPlace, kComputeInPlace}), expected);
    EXPECT_TRUE(bench.placement.applied.empty());
    arena_before = bench.steps->arena_bytes();
    const std::vector<Floats> values = bench.run_placed(graph);
    ASSERT_EQ(values.size(), expected.size());
    for (size_t i = 0; i < values.size(); ++i) {
      PassBench::expect_near(values[i], expected[i], 1e-5, to_text(graph));
    }
  }
  /// "MatMul<2 Concat": the steps that run, with the input that they write over.
  std::string steps() const {
    std::string text;
    for (size_t i = 0; i < bench.placement.steps.size(); ++i) {
      const Placement::Step& step = bench.placement.steps[i];
      if (step.is_done) continue;
      if (!text.empty()) text += ' ';
      text += step.call.plan->op().name;
      const int aliased = step.call.plan->descriptor().aliased_input;
      if (aliased >= 0) text += "<" + std::to_string(aliased);
    }
    return text;
  }

  PassBench bench;
  GraphMaker maker{bench};
  size_t arena_before = 0;
};

TEST_F(PlacementTest, ASumTakesTheMemoryOfItsResidual) {
  TensorId x = product(maker.input({1, 33, 16}), 24);
  for (int i = 0; i < 3; ++i) {
    x = maker.call("Add", {x, product(maker.call("Relu", {x}), 24)});
  }
  place({maker.call("Tanh", {x})});
  EXPECT_EQ(steps(), "BatchMatMul Relu BatchMatMul<2 Relu BatchMatMul<2 Relu BatchMatMul<2");
  EXPECT_LT(bench.steps->arena_bytes(), arena_before);
}

TEST_F(PlacementTest, NotOfWhatIsReadLaterOrBelongsToOthers) {
  const TensorId in = maker.input({1, 5, 8});
  const TensorId out = product(in, 8);
  const TensorId later = product(in, 8);
  TensorId y = maker.call("Add", {in, product(out, 8)});
  y = maker.call("Add", {product(y, 8), maker.constant({1, 5, 8})});
  y = maker.call("Add", {product(y, 8), out});
  y = maker.call("Add", {product(y, 8), later});
  // The residual, or the same under another shape, is the operand.
  y = maker.call("Add", {product(y, 8), y});
  y = maker.call("Add", {product(y, 8), maker.reshape(y, {1, 5, 8})});
  place({out, maker.call("Maximum", {maker.call("Tanh", {y}), later})});
  EXPECT_EQ(steps().find('<'), std::string::npos) << steps();
}

TEST_F(PlacementTest, WhatIsJoinedIsWrittenInPlace) {
  const TensorId in = maker.input({1, 6, 4});
  const TensorId inner = concat({maker.call("Exp", {in}), maker.call("Abs", {in})}, 1);
  const TensorId flat = maker.reshape(product(in, 10), {1, 15, 4});
  const TensorId outer = concat({flat, maker.input({1, 0, 4}), inner}, 1);
  const TensorId packed = maker.call("Pack", {maker.call("Relu", {in}), maker.call("Neg", {in})},
                                     {{"axis", number(0)}});
  place({maker.call("Sigmoid", {outer}), packed, maker.call("Tanh", {outer})});
  EXPECT_EQ(steps(), "Exp Abs BatchMatMul Relu Neg Sigmoid Tanh<0");
  EXPECT_LE(bench.steps->arena_bytes(), arena_before);
}

TEST_F(PlacementTest, WhatCannotLieThereIsCopied) {
  const TensorId in = maker.input({2, 6, 4});
  const TensorId a = maker.call("Exp", {in});
  const TensorId b = maker.call("Abs", {in});
  const TensorId out = maker.call("Neg", {in});
  // Without outputs.
  maker.call("Unpack", {maker.input({2, 0})}, {{"axis", number(1)}});
  place({concat({a, b}, 1),   // Not one behind the other.
         concat({a, a}, 0),   // One tensor, two places.
         concat({b, in}, 0),  // The caller's memory.
         concat({b, maker.constant({2, 6, 4})}, 0), concat({b, out}, 0), out,
         // A part of what another has.
         concat({maker.call("Slice", {a},
                            {{"begin", numbers({1, 0, 0})}, {"size", numbers({1, 6, 4})}}),
                 maker.call("Relu", {in})},
                0)});
  EXPECT_EQ(steps(), "Exp Abs Neg Unpack Concat Concat Concat Concat Concat Relu Concat");
}

TEST_F(PlacementTest, ASumMayBeAPartOfWhatIsJoined) {
  const TensorId x = product(maker.input({1, 5, 4}), 8);
  const TensorId sum = maker.call("Add", {x, product(maker.call("Relu", {x}), 8)});
  const TensorId rest = maker.call("Exp", {maker.input({1, 3, 8})});
  place({maker.call("Abs", {concat({rest, sum}, 1)}), maker.input({1})});
  EXPECT_EQ(steps(), "BatchMatMul Relu BatchMatMul<2 Exp Abs<0");
}

TEST_F(PlacementTest, TheCallersMemoryIsWrittenAtOnce) {
  const TensorId x = product(maker.input({1, 5, 4}), 8);
  const TensorId sum = maker.call("Add", {x, product(maker.call("Relu", {x}), 8)});
  place({sum});
  EXPECT_EQ(steps(), "BatchMatMul Relu BatchMatMul<2");
  EXPECT_EQ(bench.steps->result_bytes().size(), 1u);
}

TEST_F(PlacementTest, ElementWiseStepsWriteOverWhatTheyRead) {
  // As large as what several threads divide among them, in rows that are no multiple of a block.
  TensorId x = maker.call("Softmax", {maker.input({40, 3001})});
  x = maker.call("Add", {x, maker.constant({3001})});
  x = maker.call("Multiply", {maker.constant({40, 1}), x});
  x = maker.call("Pow", {maker.call("Abs", {x}), maker.scalar(1.5f)});
  x = maker.call("Maximum", {maker.constant({40, 3001}), maker.call("Sin", {x})});
  place({x});
  EXPECT_EQ(steps(), "Softmax Add<0 Multiply<1 Abs<0 Pow<0 Sin<0 Maximum<1");
}

TEST_F(PlacementTest, NotOverWhatIsBroadcastOrOfAnotherDtype) {
  const TensorId x = maker.call("Softmax", {maker.input({6, 8})});
  const TensorId row = maker.call("Softmax", {maker.input({1, 8})});
  const TensorId flags = maker.call("Greater", {maker.call("Exp", {x}), row});
  place({maker.call("Cast", {flags}, {{"dtype", number(0)}}), maker.call("Neg", {x})});
  EXPECT_EQ(steps(), "Softmax Softmax Exp Greater Cast Neg<0");
}

}  // namespace
}  // namespace tfjs_native
