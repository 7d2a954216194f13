#include "binding/testing/pass_bench.h"

namespace tfjs_native {
namespace {

TEST(Unfuse, ConvolutionsBecomePlainOnesWithPostOps) {
  PassBench bench;
  for (const char* activation :
       {"linear", "relu", "relu6", "elu", "prelu", "leakyrelu", "sigmoid"}) {
    SCOPED_TRACE(activation);
    const bool is_prelu = std::string(activation) == "prelu";
    for (const bool is_depthwise : {false, true}) {
      GraphMaker maker(bench);
      const TensorId x = maker.input({2, 7, 5, 3});
      const TensorId filter = maker.constant(is_depthwise ? Shape{3, 3, 3, 2} : Shape{3, 3, 3, 6});
      const TensorId slopes = is_prelu ? maker.constant({6}) : kNoTensor;
      const TensorId y = maker.call(is_depthwise ? "FusedDepthwiseConv2D" : "FusedConv2D",
                                    {x, filter, maker.constant({6}), slopes},
                                    {{"strides", numbers({2, 2})},
                                     {"pad", same_padding()},
                                     {"dilations", numbers({1, 1})},
                                     {"activation", choice(activation)},
                                     {"leakyreluAlpha", number(0.3)}});
      const Graph after = bench.checked(maker.finish({y}), {"unfuse"});
      ASSERT_EQ(ops_of(after), is_depthwise ? "DepthwiseConv2dNative" : "Conv2D");
      EXPECT_EQ(post_ops_of(after.nodes[0]),
                std::string(activation) == "linear" ? "bias" : "bias activation");
      EXPECT_EQ(after.nodes[0].inputs.size(), is_prelu ? 4u : 3u);
      EXPECT_EQ(after.nodes[0].fused,
                std::vector<std::string>{is_depthwise ? "FusedDepthwiseConv2D" : "FusedConv2D"});
    }
  }
}

TEST(Unfuse, OperandsOfWhatIsAbsentCloseUp) {
  PassBench bench;
  GraphMaker maker(bench);
  const TensorId y = maker.call(
      "_FusedMatMul", {maker.input({3, 4}), maker.constant({5, 4}), kNoTensor, maker.constant({5})},
      {{"transposeB", flag(true)}, {"activation", choice("prelu")}});
  const Graph after = bench.checked(maker.finish({y}), {"unfuse"});
  ASSERT_EQ(ops_of(after), "BatchMatMul");
  EXPECT_EQ(post_ops_of(after.nodes[0]), "activation");
  EXPECT_EQ(after.nodes[0].inputs.size(), 3u);
}

TEST(Unfuse, ListsAlongChannelsThatComeFirst) {
  PassBench bench;
  for (const bool is_constant : {true, false}) {
    GraphMaker maker(bench);
    const TensorId x = maker.input({1, 3, 4, 4});
    // As many columns as channels: a list along the wrong ones would be taken.
    const TensorId bias = is_constant ? maker.constant({4}) : maker.input({4});
    const TensorId y = maker.call("FusedConv2D", {x, maker.constant({3, 3, 3, 4}), bias, kNoTensor},
                                  {{"strides", numbers({1, 1})},
                                   {"pad", same_padding()},
                                   {"dataFormat", choice("NCHW")},
                                   {"activation", choice("relu")}});
    const Graph after = bench.checked(maker.finish({y}), {"unfuse"});
    EXPECT_EQ(ops_of(after), is_constant ? "Conv2D" : "FusedConv2D");
    EXPECT_EQ(bench.is_changed, is_constant);
  }
}

}  // namespace
}  // namespace tfjs_native
