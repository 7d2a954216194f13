#include "binding/testing/pass_bench.h"

namespace tfjs_native {
namespace {

AttrValue zeros(const Ints& paddings) { return numbers(paddings); }

TEST(FoldPadding, ZerosBecomeAConvolutionsPadding) {
  PassBench bench;
  for (const bool is_depthwise : {false, true}) {
    for (const AttrValue& pad :
         {valid_padding(), same_padding(), padding(Padding::Kind::kNumber, {1}),
          padding(Padding::Kind::kExplicit, {0, 0, 2, 0, 0, 1, 0, 0})}) {
      for (const int64_t stride : {1, 2, 3}) {
        GraphMaker maker(bench);
        const TensorId x = maker.input({2, 8, 7, 3});
        const TensorId padded =
            maker.call("PadV2", {x}, {{"paddings", zeros({0, 0, 0, 1, 2, 1, 0, 0})}});
        const TensorId y = maker.call(
            is_depthwise ? "DepthwiseConv2dNative" : "Conv2D",
            {padded, maker.constant(is_depthwise ? Shape{3, 3, 3, 1} : Shape{3, 3, 3, 4})},
            {{"strides", numbers({stride, stride})}, {"pad", pad}});
        const Graph after = bench.checked(maker.finish({y}), {"fold-padding"});
        EXPECT_EQ(after.nodes.size(), 1u);
        EXPECT_EQ(after.nodes[0].fused.front(), "PadV2");
      }
    }
  }
}

TEST(FoldPadding, InChannelsFirstAndInThreeDimensions) {
  PassBench bench;
  GraphMaker maker(bench);
  const TensorId x = maker.input({1, 3, 6, 7});
  const TensorId padded = maker.call("PadV2", {x}, {{"paddings", zeros({0, 0, 0, 0, 1, 2, 3, 0})}});
  const TensorId y = maker.call(
      "Conv2D", {padded, maker.constant({3, 3, 3, 2})},
      {{"strides", numbers({1, 1})}, {"pad", valid_padding()}, {"dataFormat", choice("NCHW")}});
  const TensorId volume = maker.input({1, 4, 5, 6, 2});
  const TensorId padded_volume =
      maker.call("PadV2", {volume}, {{"paddings", zeros({0, 0, 1, 1, 0, 2, 1, 0, 0, 0})}});
  const TensorId z = maker.call("Conv3D", {padded_volume, maker.constant({2, 3, 2, 2, 3})},
                                {{"strides", numbers({1, 2, 1})}, {"pad", valid_padding()}});
  const Graph after = bench.checked(maker.finish({y, z}), {"fold-padding"});
  EXPECT_EQ(ops_of(after), "Conv2D Conv3D");
}

TEST(FoldPadding, OtherPaddingsStay) {
  PassBench bench;
  const auto is_folded = [&](const Ints& paddings, double value, bool has_other_reader) {
    GraphMaker maker(bench);
    const TensorId x = maker.input({2, 8, 7, 3});
    const TensorId padded =
        maker.call("PadV2", {x}, {{"paddings", zeros(paddings)}, {"constantValue", number(value)}});
    const TensorId y =
        maker.call("Conv2D", {padded, maker.constant({3, 3, maker.shape_of(padded)[3], 4})},
                   {{"strides", numbers({1, 1})}, {"pad", valid_padding()}});
    std::vector<TensorId> outputs = {y};
    if (has_other_reader) outputs.push_back(maker.call("Relu", {padded}));
    bench.checked(maker.finish(outputs), {"fold-padding"});
    return bench.is_changed;
  };
  EXPECT_TRUE(is_folded({0, 0, 1, 1, 1, 1, 0, 0}, 0, false));
  EXPECT_FALSE(is_folded({0, 0, 1, 1, 1, 1, 0, 0}, 1, false));
  EXPECT_FALSE(is_folded({0, 0, 1, -1, 1, 1, 0, 0}, 0, false));
  EXPECT_FALSE(is_folded({1, 0, 1, 1, 1, 1, 0, 0}, 0, false));
  EXPECT_FALSE(is_folded({0, 0, 1, 1, 1, 1, 0, 1}, 0, false));
  EXPECT_FALSE(is_folded({0, 0, 1, 1, 1, 1, 0, 0}, 0, true));
}

TEST(FoldPadding, WhatZerosMakeNaNOfStays) {
  PassBench bench;
  for (const float weight : {1.f, INFINITY, NAN}) {
    SCOPED_TRACE(weight);
    GraphMaker maker(bench);
    const TensorId padded = maker.call("PadV2", {maker.input({1, 3, 3, 1})},
                                       {{"paddings", zeros({0, 0, 1, 0, 0, 0, 0, 0})}});
    const TensorId y = maker.call("Conv2D", {padded, maker.constant({2, 1, 1, 1}, {weight, 0.5f})},
                                  {{"strides", numbers({1, 1})}, {"pad", valid_padding()}});
    bench.checked(maker.finish({y}), {"fold-padding"});
    EXPECT_EQ(bench.is_changed, std::isfinite(weight));
  }
}

TEST(FoldPadding, AMaximumOfWhatIsNotNegative) {
  PassBench bench;
  const auto is_folded = [&](const char* before, const Ints& paddings) {
    GraphMaker maker(bench);
    const TensorId x = maker.call(before, {maker.input({1, 6, 6, 3})});
    const TensorId padded = maker.call("PadV2", {x}, {{"paddings", zeros(paddings)}});
    const TensorId y = maker.call(
        "MaxPool", {padded},
        {{"filterSize", numbers({3, 3})}, {"strides", numbers({2, 2})}, {"pad", valid_padding()}});
    bench.checked(maker.finish({y}), {"fold-padding"});
    return bench.is_changed;
  };
  EXPECT_TRUE(is_folded("Relu", {0, 0, 1, 1, 1, 1, 0, 0}));
  EXPECT_TRUE(is_folded("Sigmoid", {0, 0, 2, 2, 0, 1, 0, 0}));
  EXPECT_FALSE(is_folded("Tanh", {0, 0, 1, 1, 1, 1, 0, 0}));
  EXPECT_FALSE(is_folded("Relu", {0, 0, 3, 1, 1, 1, 0, 0}));
}

}  // namespace
}  // namespace tfjs_native
