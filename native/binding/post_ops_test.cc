// Products with chains of post-ops against the same chains as operators of their own, through
// inference, planner and kernels of the CPU.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "binding/testing/fused_case.h"

namespace tfjs_native {
namespace {

using namespace fused_case;

using host_calls::Bind;

std::vector<Chain> chains() {
  return {
      {"bias", {bias(Spread::kChannels)}},
      {"residual block", {bias(Spread::kChannels), sum(), activation(Activation::kRelu)}},
      {"gate",
       {bias(Spread::kChannels), activation(Activation::kSwish),
        binary(Function::kMultiply, Spread::kWhole)}},
      {"whole operand", {binary(Function::kAdd, Spread::kWhole)}},
      {"batch norm",
       {binary(Function::kMultiply, Spread::kChannels), binary(Function::kAdd, Spread::kChannels),
        activation(Activation::kRelu6)}},
      {"scalar bias", {bias(Spread::kScalar), activation(Activation::kElu), sum()}},
      {"rows", {binary(Function::kSub, Spread::kRows), activation(Activation::kTanh)}},
      {"images", {bias(Spread::kImages), activation(Activation::kRelu), sum()}},
      {"bounds",
       {binary(Function::kRealDiv, Spread::kScalar), binary(Function::kMaximum, Spread::kScalar),
        activation(Activation::kHardSwish)}},
      {"slopes", {prelu(Spread::kChannels), sum(), activation(Activation::kGelu)}},
      {"whole slopes",
       {bias(Spread::kChannels), prelu(Spread::kWhole), binary(Function::kMinimum, Spread::kWhole),
        activation(Activation::kSigmoid)}},
      {"activations",
       {activation(Activation::kLeakyRelu, 0.3f), activation(Activation::kHardSigmoid),
        activation(Activation::kGeluTanh), binary(Function::kMultiply, Spread::kScalar)}},
      {"two residuals",
       {sum(), binary(Function::kSub, Spread::kWhole), activation(Activation::kTanh),
        binary(Function::kRealDiv, Spread::kChannels)}},
  };
}

std::vector<Product> convolutions() {
  const Ints one{1, 1};
  const Ints two{2, 2};
  return {
      {"Conv2D", {{1, 6, 5, 5}, {3, 3, 5, 7}}, attrs_of({one}), 3},
      {"Conv2D", {{2, 6, 5, 3}, {3, 3, 3, 17}}, attrs_of({two}), 3},
      {"Conv2D", {{2, 4, 4, 8}, {1, 1, 8, 16}}, attrs_of({one}), 3},
      {"Conv2D", {{1, 1, 1, 33}, {1, 1, 33, 9}}, attrs_of({one}), 3},
      {"Conv2D", {{1, 9, 8, 4}, {3, 3, 4, 5}}, attrs_of({one, "", two}), 3},
      {"Conv2D",
       {{1, 7, 6, 4}, {3, 2, 4, 5}},
       attrs_of({.strides = one, .padding = Padding::Kind::kExplicit}),
       3},
      {"Conv2D", {{2, 5, 6, 5}, {3, 3, 5, 7}}, attrs_of({one, "NCHW"}), 1},
      {"Conv2D", {{0, 6, 5, 5}, {3, 3, 5, 7}}, attrs_of({one}), 3},
      {"Conv2D", {{2, 6, 5, 0}, {3, 3, 0, 7}}, attrs_of({one}), 3},
      {"Conv3D", {{2, 4, 5, 3, 3}, {2, 2, 2, 3, 6}}, attrs_of({{1, 1, 1}}), 4},
      {"DepthwiseConv2dNative", {{2, 6, 5, 5}, {3, 3, 5, 1}}, attrs_of({one}), 3},
      {"DepthwiseConv2dNative", {{1, 7, 6, 16}, {3, 3, 16, 1}}, attrs_of({two}), 3},
      {"DepthwiseConv2dNative", {{1, 6, 5, 5}, {3, 3, 5, 2}}, attrs_of({one}), 3},
      {"DepthwiseConv2dNative", {{2, 5, 6, 5}, {3, 3, 5, 1}}, attrs_of({one, "NCHW"}), 1},
      {"Conv2DBackpropInput",
       {{2, 4, 3, 6}, {3, 3, 9, 6}},
       attrs_of({two, "", {}, {2, 8, 6, 9}}),
       3},
      {"Conv2DBackpropInput",
       {{2, 4, 3, 6}, {3, 3, 3, 6}},
       attrs_of({two, "", {}, {2, 8, 6, 3}}),
       3},
      {"Conv2DBackpropInput",
       {{1, 6, 4, 3}, {3, 3, 5, 6}},
       attrs_of({two, "NCHW", {}, {1, 5, 8, 6}}),
       1},
      {"Conv2DBackpropInput",
       {{0, 4, 3, 6}, {3, 3, 9, 6}},
       attrs_of({two, "", {}, {0, 8, 6, 9}}),
       3},
      {"Conv3DBackpropInputV2",
       {{1, 2, 3, 2, 5}, {2, 2, 2, 4, 5}},
       attrs_of({{2, 2, 2}, "", {}, {1, 4, 6, 4, 4}}),
       4},
      {"DepthwiseConv2dNativeBackpropInput",
       {{1, 6, 5, 7}, {3, 3, 7, 1}},
       attrs_of({one, "", {}, {1, 6, 5, 7}}),
       3},
  };
}

std::vector<Product> matrix_products() {
  return {
      {"BatchMatMul", {{5, 96}, {96, 70}}, transposes(false, false), 1},
      {"BatchMatMul", {{1, 40}, {40, 33}}, transposes(false, false), 1},
      {"BatchMatMul", {{7, 3}, {9, 3}}, transposes(false, true), 1},
      {"BatchMatMul", {{2, 3, 5, 8}, {2, 3, 8, 7}}, transposes(false, false), 3},
      {"BatchMatMul", {{2, 3, 8, 5}, {1, 3, 8, 7}}, transposes(true, false), 3},
      {"BatchMatMul", {{2, 4, 128}, {1, 128, 65}}, transposes(false, false), 2},
      {"BatchMatMul", {{2, 4, 0}, {2, 0, 5}}, transposes(false, false), 2},
      {"BatchMatMul", {{2, 0, 4}, {2, 4, 5}}, transposes(false, false), 2},
  };
}

void check(const Product& product, const Chain& chain, bool with_special_values) {
  SCOPED_TRACE(std::string(product.op) + " of " + to_string(product.inputs[0]) + " and " +
               to_string(product.inputs[1]) + ", " + chain.name +
               (with_special_values ? ", special values" : ""));
  const Case made = make_case(product, chain, with_special_values);
  const Tensor expected = made.unfused();
  const auto planned = host_calls::plan_node(made.node, host_calls::descs_of(made.inputs));
  ASSERT_TRUE(planned.ok()) << planned.status().error().message;
  expect_close(host_calls::run(planned.value(), made.inputs), expected, "fused");
  expect_close(host_calls::run(planned.value(), made.inputs, Bind::kAllButFirst), expected,
               "bound");
}

void check_all(const std::vector<Product>& products) {
  for (const Product& product : products) {
    for (const Chain& chain : chains()) {
      for (const bool with_special_values : {false, true}) {
        check(product, chain, with_special_values);
      }
    }
  }
}

TEST(PostOps, ConvolutionsWithChainsAreTheirOperators) { check_all(convolutions()); }
TEST(PostOps, MatrixProductsWithChainsAreTheirOperators) { check_all(matrix_products()); }

/// The operators of tfjs that are fused already: their own bias and activation come first, and a
/// list goes along the channels wherever these are.
TEST(PostOps, ChainsBehindTheirOwn) {
  const Chain more{"behind", {sum(), activation(Activation::kTanh)}};
  Attrs matmul = transposes(false, false);
  matmul.add("activation", choice("relu"));
  Attrs last = attrs_of({{1, 1}});
  last.add("activation", choice("prelu"));
  Attrs first = attrs_of({{1, 1}, "NCHW"});
  first.add("activation", choice("prelu"));
  const Product products[] = {
      {"_FusedMatMul", {{4, 40}, {40, 33}, {33}, {}}, matmul, 1},
      {"FusedConv2D", {{1, 5, 6, 5}, {3, 3, 5, 6}, {6}, {6}}, last, 3},
      {"FusedConv2D", {{1, 5, 6, 6}, {3, 3, 5, 6}, {6}, {6}}, first, 1},
      {"FusedDepthwiseConv2D", {{1, 5, 6, 6}, {3, 3, 6, 1}, {6}, {6}}, last, 3},
  };
  for (const Product& product : products) check(product, more, false);
}

/// Behind what has no bias of its own, operands broadcast from the last dimension on.
TEST(PostOps, AListOfAsManyValuesAsColumnsIsNoneOfChannels) {
  const Product square{"Conv2D", {{1, 5, 6, 6}, {3, 3, 5, 6}}, attrs_of({{1, 1}, "NCHW"}), 3};
  check(square, {"list", {bias(Spread::kChannels), prelu(Spread::kChannels)}}, false);
}

/// The output takes over the memory of the residual.
TEST(PostOps, InPlaceOfTheResidual) {
  const Chain sums[] = {
      {"sum", {sum()}},
      {"behind bias", {bias(Spread::kChannels), sum(), activation(Activation::kRelu)}},
      {"behind the tail", {binary(Function::kMaximum, Spread::kScalar), sum()}},
  };
  std::vector<Product> products = convolutions();
  for (const Product& product : matrix_products()) products.push_back(product);
  for (const Product& product : products) {
    for (const Chain& chain : sums) {
      SCOPED_TRACE(std::string(product.op) + " of " + to_string(product.inputs[0]) + ", " +
                   chain.name);
      const Case made = make_case(product, chain, false);
      int residual = -1;
      for (PostOp post_op : made.node.post_ops) {
        if (const auto* const sum = std::get_if<SumPostOp>(&post_op)) {
          residual = static_cast<int>(sum->input);
        }
      }
      const auto planned =
          host_calls::plan_node(made.node, host_calls::descs_of(made.inputs), residual);
      const bool is_gradient = std::string_view(product.op).find("Backprop") != std::string::npos;
      ASSERT_EQ(planned.ok(), !is_gradient);
      if (!planned.ok()) continue;
      for (const Bind bind : {Bind::kNo, Bind::kAllButFirst}) {
        expect_close(host_calls::run(planned.value(), made.inputs, bind), made.unfused(),
                     "in place");
      }
    }
  }
}

}  // namespace
}  // namespace tfjs_native
