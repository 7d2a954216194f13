#include "device/kernel.h"

#include <gtest/gtest.h>

namespace tfjs_native {
namespace {

TensorDesc floats(const Shape& shape) { return {.dtype = DType::kFloat32, .shape = shape}; }

Result<PreparedKernelPtr> prepare_nothing(const Descriptor&, Device&) {
  return PreparedKernelPtr();
}

/// A product of floats with bias, as a kernel of the first edition took it.
Descriptor product() {
  Descriptor descriptor;
  descriptor.op = "BatchMatMul";
  descriptor.inputs = {floats({2, 3}), floats({3, 4}), {.present = false}};
  descriptor.outputs = {floats({2, 4})};
  return descriptor;
}

struct DeclineTest : testing::Test {
  Kernel kernel{"BatchMatMul", "plain", {.dtypes = {DType::kFloat32}}, prepare_nothing};
  Descriptor descriptor = product();
  std::string reason() const { return reason_to_decline(kernel, descriptor); }
};

TEST_F(DeclineTest, TakesWhatItsRowNames) { EXPECT_EQ(reason(), ""); }

TEST_F(DeclineTest, DTypesOfInputsAndOutputs) {
  descriptor.inputs[1].dtype = DType::kInt32;
  EXPECT_EQ(reason(), "takes no int32");
  descriptor = product();
  descriptor.outputs[0].dtype = DType::kBool;
  EXPECT_EQ(reason(), "takes no bool");
  kernel.takes.dtypes = {DType::kFloat32, DType::kBool};
  EXPECT_EQ(reason(), "");
  descriptor = product();
  descriptor.inputs[2].dtype = DType::kComplex64;  // It is absent.
  EXPECT_EQ(reason(), "");
}

TEST_F(DeclineTest, Layouts) {
  descriptor.inputs[0].layout = {Layout::Kind::kStrided, {8, 1}, {}, 0};
  EXPECT_EQ(reason(), "takes dense tensors only");
  kernel.takes.strided_inputs = 0b10;  // The other one.
  EXPECT_EQ(reason(), "takes dense tensors only");
  kernel.takes.strided_inputs = 0b01;
  EXPECT_EQ(reason(), "");
  descriptor.inputs[1].layout = {Layout::Kind::kPacked, {}, "AB16b", 256};
  EXPECT_EQ(reason(), "takes no packed form");
  kernel.takes.packed_inputs = 0b10;
  EXPECT_EQ(reason(), "");
  descriptor.outputs[0].layout = {Layout::Kind::kStrided, {8, 1}, {}, 0};
  EXPECT_EQ(reason(), "takes dense tensors only");
}

TEST_F(DeclineTest, PostOps) {
  descriptor.post_ops = {BiasPostOp{2}, ActivationPostOp{Activation::kRelu}};
  EXPECT_EQ(reason(), "takes no post-op bias");
  kernel.takes.post_ops = {PostOpKind::kBias};
  EXPECT_EQ(reason(), "takes no post-op activation");
  kernel.takes.post_ops = {PostOpKind::kBias, PostOpKind::kActivation};
  EXPECT_EQ(reason(), "");
  for (const PostOp& post_op :
       {PostOp(BinaryPostOp{}), PostOp(SumPostOp{}), PostOp(QuantizePostOp{})}) {
    descriptor.post_ops = {post_op};
    EXPECT_NE(reason(), "");
  }
}

TEST_F(DeclineTest, NumericsAliasAndCapture) {
  descriptor.numerics = Numerics::kBFloat16;
  EXPECT_EQ(reason(), "does not compute in bfloat16");
  kernel.takes.numerics = {Numerics::kBFloat16};
  EXPECT_EQ(reason(), "");
  descriptor.aliased_input = 1;
  EXPECT_EQ(reason(), "does not compute in place");
  kernel.takes.aliased_inputs = 0b10;
  EXPECT_EQ(reason(), "");
  descriptor.is_captured = true;
  EXPECT_EQ(reason(), "cannot be captured by the device");
  kernel.takes.is_capturable = true;
  EXPECT_EQ(reason(), "");
}

TEST_F(DeclineTest, FurtherConditionsComeLast) {
  kernel.accept = [](const Descriptor&) -> const char* { return "too small for it"; };
  EXPECT_EQ(reason(), "too small for it");
  descriptor.numerics = Numerics::kTf32;
  EXPECT_EQ(reason(), "does not compute in TF32");
}

TEST(Descriptor, EqualOnesHashEqually) {
  EXPECT_EQ(product(), product());
  EXPECT_EQ(hash_of(product()), hash_of(product()));
}

TEST(Descriptor, EverythingThatAKernelIsMadeForMakesADifference) {
  const auto differs = [](auto change) {
    Descriptor changed = product();
    change(changed);
    EXPECT_FALSE(changed == product());
  };
  differs([](Descriptor& d) { d.op = "Add"; });
  differs([](Descriptor& d) { d.inputs[0].shape[0] = 3; });
  differs([](Descriptor& d) { d.inputs[1].is_constant = true; });
  differs([](Descriptor& d) { d.inputs[2].present = true; });
  differs([](Descriptor& d) { d.inputs[0].layout = {Layout::Kind::kStrided, {8, 1}, {}, 0}; });
  differs([](Descriptor& d) { d.outputs[0].dtype = DType::kBool; });
  differs([](Descriptor& d) { d.attrs.add("transposeA", {.present = true, .numbers = {1}}); });
  differs([](Descriptor& d) { d.resolved = Axes{{0}}; });
  differs([](Descriptor& d) { d.post_ops = {ActivationPostOp{Activation::kRelu}}; });
  differs([](Descriptor& d) { d.numerics = Numerics::kTf32; });
  differs([](Descriptor& d) { d.aliased_input = 0; });
  differs([](Descriptor& d) { d.is_captured = true; });
}

TEST(TensorDesc, StorageIsWhatTheLayoutSpans) {
  TensorDesc desc = floats({2, 3});
  EXPECT_EQ(desc.storage_bytes(), 24u);
  desc.layout = {Layout::Kind::kStrided, {10, 2}, {}, 0};
  EXPECT_EQ(desc.storage_bytes(), (10 + 2 * 2 + 1) * 4u);
  EXPECT_EQ(desc.size_bytes(), 24u);
  desc.layout = {Layout::Kind::kPacked, {}, "AB16b", 128};
  EXPECT_EQ(desc.storage_bytes(), 128u);
  desc = floats({0, 3});
  desc.layout = {Layout::Kind::kStrided, {10, 2}, {}, 0};
  EXPECT_EQ(desc.storage_bytes(), 0u);
}

}  // namespace
}  // namespace tfjs_native
