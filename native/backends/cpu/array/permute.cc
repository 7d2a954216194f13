// Elements in another order, or repeated: strided copies.
#include "backends/cpu/array/copy_kernel.h"
#include "backends/cpu/kernel_list.h"

namespace tfjs_native {
namespace {

Result<PreparedKernelPtr> prepare_transpose(const Descriptor& descriptor, Device&) {
  const TensorDesc& x = descriptor.inputs[0];
  const Ints x_strides = x.strides();
  CopyBox box;
  box.extents = descriptor.outputs[0].shape;
  box.dst_strides = descriptor.outputs[0].strides();
  for (const int64_t axis : descriptor.attrs.integers("perm")) {
    box.src_strides.push_back(x_strides[axis]);
  }
  return make_copy_kernel(box, size_of(x.dtype));
}

Result<PreparedKernelPtr> prepare_tile(const Descriptor& descriptor, Device&) {
  const TensorDesc& x = descriptor.inputs[0];
  if (descriptor.outputs[0].num_elements() == 0) return make_empty_copy();
  const Ints reps = descriptor.attrs.integers("reps");
  const Ints x_strides = strides_of(x.shape);
  const Ints out_strides = strides_of(descriptor.outputs[0].shape);
  CopyBox box;
  for (size_t i = 0; i < x.rank(); ++i) {
    box.extents.push_back(reps[i]);
    box.src_strides.push_back(0);
    box.dst_strides.push_back(out_strides[i] * x.shape[i]);
    box.extents.push_back(x.shape[i]);
    box.src_strides.push_back(x_strides[i]);
    box.dst_strides.push_back(out_strides[i]);
  }
  return make_copy_kernel(box, size_of(x.dtype));
}

Result<PreparedKernelPtr> prepare_broadcast_to(const Descriptor& descriptor, Device&) {
  const TensorDesc& x = descriptor.inputs[0];
  const Shape& shape = descriptor.outputs[0].shape;
  return make_copy_kernel({shape, broadcast_strides(x.shape, shape), strides_of(shape)},
                          size_of(x.dtype));
}

Result<PreparedKernelPtr> prepare_depth_to_space(const Descriptor& descriptor, Device&) {
  const TensorDesc& x = descriptor.inputs[0];
  const Shape& shape = descriptor.outputs[0].shape;
  if (descriptor.outputs[0].num_elements() == 0) return make_empty_copy();
  const int64_t block = descriptor.attrs.integer("blockSize");
  const bool channels_first = descriptor.attrs.text("dataFormat") == "NCHW";
  const size_t height = channels_first ? 2 : 1;
  const size_t depth = channels_first ? 1 : 3;
  const Ints src = strides_of(x.shape);
  const Ints dst = strides_of(shape);
  // Depth holds the row in the block, the column in the block and the output's depth.
  CopyBox box;
  const auto add = [&](int64_t extent, int64_t src_stride, int64_t dst_stride) {
    box.extents.push_back(extent);
    box.src_strides.push_back(src_stride);
    box.dst_strides.push_back(dst_stride);
  };
  add(x.shape[0], src[0], dst[0]);
  add(shape[depth], src[depth], dst[depth]);
  for (size_t i = 0; i < 2; ++i) {
    const size_t dim = height + i;
    add(x.shape[dim], src[dim], dst[dim] * block);
    add(block, src[depth] * shape[depth] * (i == 0 ? block : 1), dst[dim]);
  }
  return make_copy_kernel(box, size_of(x.dtype));
}

Result<PreparedKernelPtr> prepare_diag(const Descriptor& descriptor, Device&) {
  const TensorDesc& x = descriptor.inputs[0];
  const int64_t count = x.num_elements();
  std::vector<CopyKernel::Part> parts{
      {0, 0, StridedCopy({{count}, {1}, {count + 1}}, size_of(x.dtype))}};
  return make_prepared<CopyKernel>(std::move(parts),
                                   static_cast<int64_t>(descriptor.outputs[0].size_bytes()));
}

}  // namespace

std::span<const Kernel> permute_kernels() {
  static const Kernel kKernels[] = {
      {"Transpose",
       "copy",
       {.dtypes = kAllTypes, .strided_inputs = 1, .strided_outputs = 1},
       prepare_transpose},
      {"Tile", "copy", {.dtypes = kAllTypes}, prepare_tile},
      {"BroadcastTo", "copy", {.dtypes = kAllTypes}, prepare_broadcast_to},
      {"_Expand", "copy", {.dtypes = kAllTypes}, prepare_broadcast_to},
      {"DepthToSpace", "copy", {.dtypes = kAllTypes}, prepare_depth_to_space},
      {"Diag", "copy", {.dtypes = kAllTypes}, prepare_diag},
  };
  return kKernels;
}

}  // namespace tfjs_native
