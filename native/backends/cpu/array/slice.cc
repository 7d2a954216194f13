// Slices: each is one strided copy.
#include "backends/cpu/array/copy_kernel.h"
#include "backends/cpu/kernel_list.h"

namespace tfjs_native {
namespace {

/// Takes `size` elements of x from `begin` on in steps of `strides`.
PreparedKernelPtr make_slice_kernel(const TensorDesc& x, const Ints& begin, const Ints& strides,
                                    const Shape& size) {
  const Ints x_strides = strides_of(x.shape);
  CopyBox box;
  box.extents = size;
  box.dst_strides = strides_of(size);
  for (size_t i = 0; i < size.size(); ++i) {
    box.src_strides.push_back(x_strides[i] * strides[i]);
    box.src_offset += x_strides[i] * begin[i];
  }
  return make_copy_kernel(box, size_of(x.dtype));
}

Result<PreparedKernelPtr> prepare_slice(const Descriptor& descriptor, Device&) {
  const TensorDesc& x = descriptor.inputs[0];
  return make_slice_kernel(x, descriptor.attrs.integers("begin"), Ints(x.rank(), 1),
                           descriptor.outputs[0].shape);
}

Result<PreparedKernelPtr> prepare_strided_slice(const Descriptor& descriptor, Device&) {
  const Attrs& attrs = descriptor.attrs;
  return make_slice_kernel(descriptor.inputs[0], attrs.integers("begin"), attrs.integers("strides"),
                           attrs.integers("size"));
}

Result<PreparedKernelPtr> prepare_reverse(const Descriptor& descriptor, Device&) {
  const TensorDesc& x = descriptor.inputs[0];
  Ints begin(x.rank(), 0);
  Ints strides(x.rank(), 1);
  // A dimension that is named twice is reversed twice.
  for (const int64_t dim : descriptor.attrs.integers("dims")) {
    strides[dim] = -strides[dim];
    begin[dim] = x.shape[dim] - 1 - begin[dim];
  }
  return make_slice_kernel(x, begin, strides, x.shape);
}

}  // namespace

std::span<const Kernel> slice_kernels() {
  static const Kernel kKernels[] = {
      {"Slice", "copy", accept_all, prepare_slice},
      {"StridedSlice", "copy", accept_all, prepare_strided_slice},
      {"Reverse", "copy", accept_all, prepare_reverse},
  };
  return kKernels;
}

}  // namespace tfjs_native
