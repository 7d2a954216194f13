// What the kernels accept, and why they decline; needs no GPU.
#include <optional>
#include <string>

#include "backends/cuda/kernel_list.h"
#include "backends/cuda/test_device.h"

namespace tfjs_native::cuda {
namespace {

/// The reason why the kernel declines, or "accepts".
std::string answer(const Descriptor& descriptor) {
  const char* const declined = kernel_for(descriptor.op).accept(descriptor);
  return declined == nullptr ? "accepts" : declined;
}

TEST(CudaKernels, AreCompleteRows) {
  for (const Kernel& kernel : cuda_kernels()) {
    EXPECT_STRNE(kernel.op, "");
    EXPECT_STRNE(kernel.name, "");
    EXPECT_NE(kernel.accept, nullptr);
    EXPECT_NE(kernel.prepare, nullptr);
  }
}

TEST(CudaAccept, Add) {
  const auto add = [](DType dtype, const Shape& a, const Shape& b, const Shape& dst) {
    return answer({"Add", {{dtype, a}, {dtype, b}}, {{dtype, dst}}, {}});
  };
  EXPECT_EQ(add(DType::kFloat32, {2, 3}, {3}, {2, 3}), "accepts");
  EXPECT_EQ(add(DType::kInt32, {}, {}, {}), "accepts");
  EXPECT_EQ(add(DType::kFloat32, {0, 3}, {1}, {0, 3}), "accepts");
  EXPECT_EQ(add(DType::kComplex64, {2}, {2}, {2}), "no functor for this dtype");
  const Shape dense(size_t{12}, int64_t{2});
  Shape holes = dense;
  for (size_t i = 0; i < holes.size(); i += 2) holes[i] = 1;
  EXPECT_EQ(add(DType::kFloat32, dense, dense, dense), "accepts");
  EXPECT_EQ(add(DType::kFloat32, dense, holes, dense),
            "more than 8 dimensions that can not be merged");
}

TEST(CudaAccept, BatchMatMul) {
  const auto product = [](DType dtype, const Shape& a, const Shape& b, const Shape& dst) {
    Attrs attrs;
    attrs.add("transposeA", number_attr(0));
    attrs.add("transposeB", number_attr(0));
    return answer({"BatchMatMul", {{dtype, a}, {dtype, b}}, {{dtype, dst}}, attrs});
  };
  EXPECT_EQ(product(DType::kFloat32, {2, 3, 4}, {1, 4, 5}, {2, 3, 5}), "accepts");
  EXPECT_EQ(product(DType::kFloat32, {0, 4}, {4, 5}, {0, 5}), "accepts");
  EXPECT_EQ(product(DType::kInt32, {3, 4}, {4, 5}, {3, 5}), "only float32");
  const int64_t huge = int64_t{1} << 32;
  EXPECT_EQ(product(DType::kFloat32, {huge, 1}, {1, 1}, {huge, 1}), "an extent above 2^31 - 1");
}

/// FusedConv2D over x [1, 8, 8, 4] with a 3x3 filter and 6 outputs, but for what a test changes.
struct Convolution {
  DType dtype = DType::kFloat32;
  Shape x = {1, 8, 8, 4};
  Shape filter = {3, 3, 4, 6};
  std::optional<Shape> bias;
  std::string activation = "linear";
  std::string format = "NHWC";

  std::string answer() const {
    Attrs attrs;
    attrs.add("strides", numbers_attr({1, 1}));
    attrs.add("pad", padding_attr({Padding::Kind::kSame, {}}));
    attrs.add("dataFormat", text_attr(format));
    attrs.add("dilations", numbers_attr({1, 1}));
    attrs.add("activation", text_attr(activation));
    Descriptor descriptor{"FusedConv2D", {{dtype, x}, {dtype, filter}}, {}, attrs};
    TensorDesc absent;
    absent.present = false;
    descriptor.inputs.push_back(bias ? TensorDesc{dtype, *bias} : absent);
    descriptor.inputs.push_back(absent);
    descriptor.outputs.push_back({dtype, {x[0], x[1], x[2], filter[3]}});
    return cuda::answer(descriptor);
  }
};

TEST(CudaAccept, FusedConv2D) {
  EXPECT_EQ(Convolution{}.answer(), "accepts");
  EXPECT_EQ((Convolution{.bias = Shape{6}, .activation = "relu"}).answer(), "accepts");
  EXPECT_EQ((Convolution{.x = {1, 4, 8, 8}, .format = "NCHW"}).answer(), "accepts");
  EXPECT_EQ((Convolution{.x = {0, 8, 8, 4}}).answer(), "accepts");

  EXPECT_EQ((Convolution{.dtype = DType::kInt32}).answer(), "only float32");
  EXPECT_EQ((Convolution{.bias = Shape{}}).answer(),
            "bias: only one value for each output channel");
  EXPECT_EQ((Convolution{.x = {1, 8, 8, 8}}).answer(), "filter: only as many channels as x has");
  EXPECT_EQ((Convolution{.x = {1, 8, 8, 0}, .filter = {3, 3, 0, 6}}).answer(), "x: no channels");
  EXPECT_EQ((Convolution{.x = {8, 8, 4}}).answer(), "x and filter: only rank 4");
  for (const char* const activation : {"relu6", "prelu", "leakyrelu", "elu", "sigmoid"}) {
    EXPECT_EQ((Convolution{.activation = activation}).answer(), "activation: only linear and relu");
  }
}

}  // namespace
}  // namespace tfjs_native::cuda
