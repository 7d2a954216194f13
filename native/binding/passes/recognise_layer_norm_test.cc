#include "binding/testing/pass_bench.h"

namespace tfjs_native {
namespace {

struct RecogniseLayerNorm : PassTest {
  RecogniseLayerNorm() : PassTest("recognise-layer-norm", 2e-6) {}

  TensorId x = kNoTensor;
  TensorId mean = kNoTensor;
  TensorId variance = kNoTensor;

  /// As tf.moments has it, or with SquaredDifference.
  void moments(Shape shape, Ints axes, bool squared_difference) {
    x = maker->input(std::move(shape));
    mean = maker->reduce("Mean", x, axes);
    const TensorId squares = squared_difference
                                 ? maker->call("SquaredDifference", {x, mean})
                                 : maker->call("Square", {maker->call("Sub", {x, mean})});
    variance = maker->reduce("Mean", squares, axes);
  }
  TensorId tile(TensorId tensor, const Ints& reps) {
    return maker->call("Tile", {tensor}, {{"reps", numbers(reps)}});
  }
  TensorId shifted() { return maker->call("Add", {variance, maker->scalar(1e-3f)}); }
  std::string recognised(TensorId output) { return passed({output}); }
};

TEST_F(RecogniseLayerNorm, MultipliedOut) {
  moments({3, 7, 40}, {-1}, true);
  const TensorId scale =
      maker->call("Multiply", {maker->call("Rsqrt", {shifted()}), maker->constant({40})});
  const TensorId offset =
      maker->call("Sub", {maker->constant({40}), maker->call("Multiply", {mean, scale})});
  recognised(maker->call("Add", {maker->call("Multiply", {x, scale}), offset}));
  ASSERT_EQ(ops_of(after), "_LayerNorm");
  EXPECT_EQ(after.nodes[0].inputs.size(), 3u);
  EXPECT_EQ(after.nodes[0].fused.size(), 10u);
}

TEST_F(RecogniseLayerNorm, AProductWithScaleAndOffset) {
  moments({3, 40}, {1}, false);
  const TensorId normal =
      maker->call("Multiply", {maker->call("Sub", {x, mean}), maker->call("Rsqrt", {shifted()})});
  const TensorId scaled = maker->call("Multiply", {maker->constant({40}), normal});
  EXPECT_EQ(recognised(maker->call("Add", {maker->constant({1, 40}), scaled})), "_LayerNorm");
}

TEST_F(RecogniseLayerNorm, AQuotientOverSeveralDimensions) {
  moments({2, 3, 4, 5}, {2, 3}, true);
  const TensorId normal =
      maker->call("RealDiv", {maker->call("Sub", {x, mean}), maker->call("Sqrt", {shifted()})});
  recognised(maker->call("Multiply", {normal, maker->constant({4, 5})}));
  ASSERT_EQ(ops_of(after), "_LayerNorm");
  EXPECT_EQ(after.nodes[0].inputs[2], kNoTensor);
}

TEST_F(RecogniseLayerNorm, OtherWaysToTheDeviation) {
  const auto check = [&](auto inverse) {
    begin();
    moments({4, 9}, {-1}, false);
    const TensorId y = maker->call("Multiply", {maker->call("Sub", {x, mean}), inverse()});
    EXPECT_EQ(recognised(y), "_LayerNorm");
  };
  check([&] { return maker->call("Pow", {shifted(), maker->scalar(-0.5f)}); });
  check([&] { return maker->call("Reciprocal", {maker->call("Sqrt", {shifted()})}); });
  check([&] {
    return maker->call("RealDiv",
                       {maker->scalar(1), maker->call("Pow", {shifted(), maker->scalar(0.5f)})});
  });
  check([&] {
    return maker->call("RealDiv", {maker->constant({9}), maker->call("Sqrt", {shifted()})});
  });
}

TEST_F(RecogniseLayerNorm, ABatchNormOfTiledMoments) {
  for (const bool is_read_as_well : {false, true}) {
    begin();
    // x is made by something, and has another shape there.
    const TensorId given = maker->input({10, 24});
    x = maker->reshape(maker->call("Relu", {given}), {2, 5, 24});
    mean = maker->reduce("Mean", x, {2});
    variance = maker->reduce("Mean", maker->call("Square", {maker->call("Sub", {x, mean})}), {2});
    const auto parameter = [&] {
      return tile(maker->reshape(maker->constant({24}), {1, 1, 24}), {2, 5, 1});
    };
    const TensorId scale = parameter();
    const TensorId offset = parameter();
    const TensorId normal = maker->call("FusedBatchNorm",
                                        {maker->reshape(x, {1, 2, 5, 24}), tile(mean, {1, 1, 24}),
                                         tile(variance, {1, 1, 24}), offset, scale},
                                        {{"varianceEpsilon", number(0.01)}});
    TensorId y = maker->reshape(normal, {2, 5, 24});
    if (is_read_as_well) y = maker->call("Add", {y, x});
    EXPECT_EQ(recognised(y), is_read_as_well
                                 ? "Relu Reshape Reshape Reshape Reshape _LayerNorm Reshape Add"
                                 : "Relu Reshape Reshape Reshape Reshape _LayerNorm Reshape");
  }
}

TEST_F(RecogniseLayerNorm, WhatIsComputedTwiceOrOnce) {
  // Everything that can be there twice is, or what common subexpressions leave of that.
  for (const bool is_merged : {false, true}) {
    for (const bool is_multiplied_out : {false, true}) {
      begin();
      x = maker->input({3, 40});
      const TensorId gamma = maker->constant({40});
      const TensorId epsilon = maker->scalar(1e-3f);
      const auto new_mean = [&] { return maker->reduce("Mean", x, {1}); };
      const auto centred = [&] { return maker->call("Sub", {x, new_mean()}); };
      const auto scale = [&] {
        const TensorId squares = maker->call("Multiply", {centred(), centred()});
        const TensorId sum = maker->call("Add", {maker->reduce("Mean", squares, {1}), epsilon});
        return maker->call("Multiply", {maker->call("Rsqrt", {sum}), gamma});
      };
      TensorId y = kNoTensor;
      if (is_multiplied_out) {
        const TensorId shift = maker->call("Multiply", {new_mean(), scale()});
        const TensorId offset = maker->call("Sub", {maker->constant({40}), shift});
        y = maker->call("Add", {maker->call("Multiply", {x, scale()}), offset});
      } else {
        y = maker->call("Multiply", {centred(), scale()});
      }
      const Graph graph = maker->finish({y});
      const std::vector<std::string> passes =
          is_merged ? std::vector<std::string>{"common-subexpressions", "recognise-layer-norm"}
                    : std::vector<std::string>{"recognise-layer-norm"};
      EXPECT_EQ(ops_of(bench.checked(graph, passes, 2e-6)), "_LayerNorm");
    }
  }
}

TEST_F(RecogniseLayerNorm, TheScalesMustBeTheSame) {
  moments({3, 8}, {1}, true);
  const auto scale = [&](float epsilon) {
    return maker->call("Rsqrt", {maker->call("Add", {variance, maker->scalar(epsilon)})});
  };
  const TensorId shift = maker->call("Multiply", {mean, scale(1e-3f)});
  expect_unchanged({maker->call("Sub", {maker->call("Multiply", {x, scale(1e-2f)}), shift})});
}

TEST_F(RecogniseLayerNorm, LeavesMomentsThatOthersRead) {
  moments({3, 8}, {1}, true);
  const TensorId y =
      maker->call("Multiply", {maker->call("Sub", {x, mean}), maker->call("Rsqrt", {shifted()})});
  expect_unchanged({y, variance});
}

TEST_F(RecogniseLayerNorm, LeavesOtherDimensionsAlone) {
  moments({3, 8}, {0}, true);
  expect_unchanged({maker->call(
      "Multiply", {maker->call("Sub", {x, mean}), maker->call("Rsqrt", {shifted()})})});
}

TEST_F(RecogniseLayerNorm, TheMomentsMustBeOfWhatIsNormalised) {
  moments({3, 8}, {1}, true);
  const TensorId other = maker->input({3, 8});
  const TensorId centred = maker->call("Sub", {other, mean});
  expect_unchanged({maker->call("Multiply", {centred, maker->call("Rsqrt", {shifted()})})});
}

TEST_F(RecogniseLayerNorm, WhatIsNoScaleOrOffsetStays) {
  moments({3, 8}, {1}, true);
  const TensorId normal =
      maker->call("Multiply", {maker->call("Sub", {x, mean}), maker->call("Rsqrt", {shifted()})});
  const TensorId scaled = maker->call("Multiply", {normal, maker->input({3, 1})});
  EXPECT_EQ(recognised(maker->call("Add", {scaled, x})), "_LayerNorm Multiply Add");
}

}  // namespace
}  // namespace tfjs_native
