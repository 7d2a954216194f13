// What the kernels accept, and why they decline; needs no GPU.
#include <string>

#include "backends/cuda/kernel_list.h"
#include "backends/cuda/test_device.h"

namespace tfjs_native::cuda {
namespace {

/// The reason why the operator's kernel declines, or "accepts".
std::string answer(const Descriptor& descriptor) {
  const std::string declined = reason_to_decline(kernel_for(descriptor.op), descriptor);
  return declined.empty() ? "accepts" : declined;
}

TEST(CudaKernels, AreCompleteRows) {
  for (const Kernel& kernel : cuda_kernels()) {
    EXPECT_STRNE(kernel.op, "");
    EXPECT_STRNE(kernel.name, "");
    EXPECT_NE(kernel.accept, nullptr);
    EXPECT_NE(kernel.prepare, nullptr);
    EXPECT_TRUE(kernel.takes.dtypes.has(DType::kFloat32)) << kernel.op;
  }
}

TEST(CudaAccept, Add) {
  const auto add = [](DType dtype, const Shape& a, const Shape& b, const Shape& dst) {
    return answer(describe("Add", {{dtype, a}, {dtype, b}}, {dtype, dst}));
  };
  EXPECT_EQ(add(DType::kFloat32, {2, 3}, {3}, {2, 3}), "accepts");
  EXPECT_EQ(add(DType::kInt32, {}, {}, {}), "accepts");
  EXPECT_EQ(add(DType::kFloat32, {0, 3}, {1}, {0, 3}), "accepts");
  EXPECT_EQ(add(DType::kComplex64, {2}, {2}, {2}), "takes no complex64");
  EXPECT_EQ(answer(describe("Add", {{DType::kFloat32, {2}}, {DType::kInt32, {2}}},
                            {DType::kFloat32, {2}})),
            "no functor for these dtypes");
  const Shape dense(size_t{12}, int64_t{2});
  Shape holes = dense;
  for (size_t i = 0; i < holes.size(); i += 2) holes[i] = 1;
  EXPECT_EQ(add(DType::kFloat32, dense, dense, dense), "accepts");
  EXPECT_EQ(add(DType::kFloat32, dense, holes, dense),
            "more than 8 dimensions that cannot be merged");
}

TEST(CudaAccept, BatchMatMul) {
  const auto product = [](DType dtype, const Shape& a, const Shape& b, const Shape& dst) {
    return answer(describe_product({dtype, a}, {dtype, b}, {dtype, dst}, false, false));
  };
  EXPECT_EQ(product(DType::kFloat32, {2, 3, 4}, {1, 4, 5}, {2, 3, 5}), "accepts");
  EXPECT_EQ(product(DType::kFloat32, {0, 4}, {4, 5}, {0, 5}), "accepts");
  EXPECT_EQ(product(DType::kInt32, {3, 4}, {4, 5}, {3, 5}), "takes no int32");
  const int64_t huge = int64_t{1} << 32;
  EXPECT_EQ(product(DType::kFloat32, {huge, 1}, {1, 1}, {huge, 1}), "an extent above 2^31 - 1");
}

/// x [1, 8, 8, 4], a 3x3 filter and 6 outputs, but for what a test changes.
ConvolutionCall convolution() {
  ConvolutionCall call{.x = {1, 8, 8, 4}, .filter = {3, 3, 4, 6}};
  call.spec.strides = {1, 1};
  call.spec.padding.kind = Padding::Kind::kSame;
  return call;
}

TEST(CudaAccept, FusedConv2D) {
  const auto changed = [](auto change) {
    ConvolutionCall call = convolution();
    change(call);
    return answer(call.describe());
  };
  using Call = ConvolutionCall;
  EXPECT_EQ(answer(convolution().describe()), "accepts");
  EXPECT_EQ(changed([](Call& call) { call.x = {0, 8, 8, 4}; }), "accepts");
  EXPECT_EQ(changed([](Call& call) {
              call.x = {1, 4, 8, 8};
              call.spec.channels_first = true;
            }),
            "accepts");
  EXPECT_EQ(changed([](Call& call) { call.dtype = DType::kInt32; }), "takes no int32");
  EXPECT_EQ(changed([](Call& call) {
              call.x = {1, 8, 8, 0};
              call.filter = {3, 3, 0, 6};
            }),
            "x: no channels");
  EXPECT_EQ(changed([](Call& call) { call.x = {8, 8, 4}; }), "only two spatial dimensions");
}

TEST(CudaAccept, PostOpsOfFusedConv2D) {
  ConvolutionCall call = convolution();
  call.bias = Shape{6};
  call.activation = Activation::kRelu;
  EXPECT_EQ(answer(call.describe()), "accepts");
  for (const Activation activation :
       {Activation::kRelu6, Activation::kPrelu, Activation::kLeakyRelu, Activation::kElu,
        Activation::kSigmoid}) {
    call.activation = activation;
    EXPECT_EQ(answer(call.describe()), "post-ops: only a bias, then relu");
  }
  call.activation = Activation::kLinear;
  Descriptor descriptor = call.describe();
  descriptor.post_ops = {ActivationPostOp{Activation::kRelu}, BiasPostOp{2}};
  EXPECT_EQ(answer(descriptor), "post-ops: only a bias, then relu");
  descriptor.post_ops = {BiasPostOp{2}, BiasPostOp{2}};
  EXPECT_EQ(answer(descriptor), "post-ops: only a bias, then relu");
  descriptor.post_ops = {ActivationPostOp{Activation::kLinear}};
  EXPECT_EQ(answer(descriptor), "accepts");
  descriptor.post_ops = {BiasPostOp{2}, SumPostOp{3}};
  EXPECT_EQ(answer(descriptor), "takes no post-op sum");
}

TEST(CudaAccept, BiasOfFusedConv2D) {
  const auto bias = [](const Shape& shape, bool channels_first) {
    ConvolutionCall call = convolution();
    // Rows, columns and outputs are six each, so that only their places tell them apart.
    call.x = channels_first ? Shape{1, 4, 6, 6} : Shape{1, 6, 6, 4};
    call.spec.channels_first = channels_first;
    call.bias = shape;
    return answer(call.describe());
  };
  const std::string declined = "bias: only one value for each output channel";
  for (const Shape& along : {Shape{6}, Shape{1, 6}, Shape{1, 1, 1, 6}}) {
    EXPECT_EQ(bias(along, false), "accepts") << to_string(along);
  }
  for (const Shape& across : {Shape{}, Shape{1}, Shape{6, 1}, Shape{6, 1, 1}, Shape{6, 6}}) {
    EXPECT_EQ(bias(across, false), declined) << to_string(across);
  }
  for (const Shape& along : {Shape{6}, Shape{6, 1, 1}, Shape{1, 6, 1, 1}}) {
    EXPECT_EQ(bias(along, true), "accepts") << to_string(along);
  }
  for (const Shape& across : {Shape{}, Shape{1}, Shape{1, 6}, Shape{6, 1}, Shape{1, 1, 6}}) {
    EXPECT_EQ(bias(across, true), declined) << to_string(across);
  }
}

TEST(CudaAccept, WhatNoRowNames) {
  for (Descriptor descriptor :
       {describe("Add", {desc_of<float>({2}), desc_of<float>({2})}, desc_of<float>({2})),
        convolution().describe()}) {
    descriptor.is_captured = true;
    EXPECT_EQ(answer(descriptor), "accepts");
    descriptor.inputs[0].layout.kind = Layout::Kind::kStrided;
    EXPECT_EQ(answer(descriptor), "takes dense tensors only");
    descriptor.inputs[0].layout.kind = Layout::Kind::kDense;
    descriptor.aliased_input = 0;
    EXPECT_EQ(answer(descriptor), "does not compute in place");
    descriptor.aliased_input = -1;
    descriptor.numerics = Numerics::kBFloat16;
    EXPECT_EQ(answer(descriptor), "does not compute in bfloat16");
  }
}

}  // namespace
}  // namespace tfjs_native::cuda
