// Convolutions of single pixels whose input or output lies at strides: matrix products, as oneDNN's
// convolutions take dense tensors only.
#include <algorithm>
#include <optional>
#include <string_view>

#include "backends/cpu/kernel_list.h"
#include "backends/cpu/loops/post_op_chain.h"
#include "device/device.h"

namespace tfjs_native {
namespace {

constexpr size_t kOwnInputs = 2;

bool is_strided(const TensorDesc& desc) { return desc.layout.kind == Layout::Kind::kStrided; }

/// The tensor as a matrix of a row for each pixel; empty where the rows are not equally far apart.
std::optional<TensorDesc> matrix_of(const TensorDesc& desc) {
  const Ints strides = desc.strides();
  const size_t last = desc.rank() - 1;
  if (desc.shape[last] > 1 && strides[last] != 1) return {};
  int64_t rows = 1;
  int64_t row = desc.shape[last];
  for (size_t i = last; i-- > 0;) {
    if (desc.shape[i] == 1) continue;
    if (rows == 1) row = strides[i];
    if (strides[i] != rows * row) return {};
    rows *= desc.shape[i];
  }
  TensorDesc matrix{.dtype = desc.dtype, .shape = {rows, desc.shape[last]}};
  if (row != desc.shape[last])
    matrix.layout = {.kind = Layout::Kind::kStrided, .strides = {row, 1}};
  return matrix;
}

/// One value, or one for each channel.
bool is_for_channels(const TensorDesc& operand, int64_t channels) {
  const int64_t count = operand.num_elements();
  return count == 1 || (count == channels && operand.shape.back() == channels);
}

/// The call as a matrix product; empty where it is none.
std::optional<Descriptor> product_of(const Descriptor& descriptor) {
  const auto x = matrix_of(descriptor.inputs[0]);
  const auto y = matrix_of(descriptor.outputs[0]);
  if (!x || !y) return {};
  Descriptor product;
  product.op = "BatchMatMul";
  product.inputs = descriptor.inputs;
  product.inputs[0] = *x;
  product.inputs[1].shape = {x->shape[1], y->shape[1]};
  product.outputs = {*y};
  product.post_ops = descriptor.post_ops;
  return product;
}

const char* accept(const Descriptor& descriptor) {
  if (descriptor.inputs[0].dtype != DType::kFloat32) return "float32 only";
  if (!is_strided(descriptor.inputs[0]) && !is_strided(descriptor.outputs[0])) return "all dense";
  const Window& window = *descriptor.resolved_as<Window>();
  if (window.channels_first) return "channels last only";
  for (const WindowDim& dim : window.dims) {
    const bool is_pixel =
        dim.filter == 1 && dim.stride == 1 && dim.pad_begin == 0 && dim.in == dim.out;
    if (!is_pixel) return "single pixels only";
  }
  if (descriptor.outputs[0].num_elements() == 0 || window.channels == 0) return "empty";
  const int64_t channels = descriptor.outputs[0].shape.back();
  for (size_t i = kOwnInputs; i < descriptor.inputs.size(); ++i) {
    if (!is_for_channels(descriptor.inputs[i], channels)) return "operands for channels only";
  }
  if (!product_of(descriptor)) return "pixels that are not equally far apart";
  return decline_chain(descriptor, kOwnInputs);
}

Result<PreparedKernelPtr> prepare(const Descriptor& descriptor, Device& device) {
  const Descriptor product = *product_of(descriptor);
  for (const Kernel& kernel : device.kernels()) {
    if (std::string_view(kernel.op) != product.op) continue;
    if (reason_to_decline(kernel, product).empty()) return kernel.prepare(product, device);
  }
  return Status(Code::kUnsupported, "no kernel takes the product");
}

}  // namespace

std::span<const Kernel> pointwise_convolution_kernels() {
  static const Kernel kKernels[] = {{"Conv2D",
                                     "onednn matmul",
                                     {.dtypes = {DType::kFloat32},
                                      .post_ops = kChainPostOps,
                                      .strided_inputs = 1,
                                      .strided_outputs = 1},
                                     prepare,
                                     accept}};
  return kKernels;
}

}  // namespace tfjs_native
