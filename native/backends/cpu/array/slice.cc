// Slices and reversals: each is one strided copy.
#include "backends/cpu/array/copy_kernel.h"
#include "backends/cpu/kernel_list.h"

namespace tfjs_native {
namespace {

/// Elements at `strides` of x, the first of which run() is told.
StridedCopy box_copy(const TensorDesc& x, const Ints& strides, const Shape& size) {
  const Ints x_strides = x.strides();
  CopyBox box;
  box.extents = size;
  box.dst_strides = strides_of(size);
  for (size_t i = 0; i < size.size(); ++i) box.src_strides.push_back(x_strides[i] * strides[i]);
  return StridedCopy(box, size_of(x.dtype));
}

/// Run-time scalars: the begin along each dimension.
class SliceKernel : public PreparedKernel {
 public:
  explicit SliceKernel(const Descriptor& descriptor)
      : copy_(box_copy(descriptor.inputs[0], descriptor.resolved_as<SliceBox>()->strides,
                       descriptor.resolved_as<SliceBox>()->size)),
        x_strides_(descriptor.inputs[0].strides()),
        element_bytes_(static_cast<int64_t>(size_of(descriptor.inputs[0].dtype))) {}

  Status run(const Operands& operands, DeviceStream&) const override {
    if (copy_.total_bytes() == 0) return {};
    int64_t first = 0;
    for (size_t i = 0; i < x_strides_.size(); ++i) {
      first += x_strides_[i] * static_cast<int64_t>(operands.scalars[i]);
    }
    copy_.run(operands.input<char>(0) + first * element_bytes_, operands.outputs[0].data);
    return {};
  }

 private:
  const StridedCopy copy_;
  const Ints x_strides_;
  const int64_t element_bytes_;
};

Result<PreparedKernelPtr> prepare_reverse(const Descriptor& descriptor, Device&) {
  const TensorDesc& x = descriptor.inputs[0];
  CopyBox box{x.shape, strides_of(x.shape), strides_of(x.shape)};
  // A dimension that is named twice is reversed twice.
  for (const int64_t dim : descriptor.resolved_as<Axes>()->axes) {
    const auto i = static_cast<size_t>(dim);
    box.src_offset += (x.shape[i] - 1) * box.src_strides[i];
    box.src_strides[i] = -box.src_strides[i];
  }
  return make_copy_kernel(box, size_of(x.dtype));
}

}  // namespace

std::span<const Kernel> slice_kernels() {
  constexpr Takes kTakes = {.dtypes = kAllTypes, .strided_inputs = 1};
  static const Kernel kKernels[] = {
      {"Slice", "copy", kTakes, prepare_as<SliceKernel>},
      {"StridedSlice", "copy", kTakes, prepare_as<SliceKernel>},
      {"Reverse", "copy", {.dtypes = kAllTypes}, prepare_reverse},
  };
  return kKernels;
}

}  // namespace tfjs_native
