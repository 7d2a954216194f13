// Blocks of space to the batch and back.
//
// An element of space lies at block * position + phase; each phase, a tuple with one value for each
// dimension of the block, is a batch of its own. Dimensions whose phases all have the same
// positions are copied at once, so that what lies together in space is moved together; of the
// others each phase is one strided copy.
#include <algorithm>

#include "backends/cpu/array/copy_kernel.h"
#include "backends/cpu/kernel_list.h"

namespace tfjs_native {
namespace {

/// The part of one dimension that a phase fills.
struct PhaseRange {
  int64_t first = 0;  // Position in the batched tensor.
  int64_t count = 0;
  int64_t space = 0;  // Where the first one lies in space.
};

/// The tensor in space starts `cut` elements behind the place of position 0 and phase 0, and has
/// `extent` elements; the batched tensor has `positions` positions.
PhaseRange phase_range(int64_t block, int64_t phase, int64_t cut, int64_t extent,
                       int64_t positions) {
  const auto ceil_div = [block](int64_t value) {
    return value <= 0 ? 0 : (value + block - 1) / block;
  };
  PhaseRange range;
  range.first = ceil_div(cut - phase);
  const int64_t end = std::min(positions, ceil_div(cut + extent - phase));
  range.count = std::max<int64_t>(0, end - range.first);
  range.space = range.first * block + phase - cut;
  return range;
}

/// Copies between `space` and `batched`; `begins` are the paddings or crops in front of each
/// dimension of the block. `to_batch` tells the direction.
std::vector<CopyKernel::Part> phase_copies(const Shape& space, const Shape& batched,
                                           const Ints& block, const Ints& begins, size_t element,
                                           bool to_batch) {
  const Ints space_strides = strides_of(space);
  const Ints batched_strides = strides_of(batched);
  const auto range_of = [&](size_t j, int64_t phase) {
    return phase_range(block[j], phase, begins[j], space[j + 1], batched[j + 1]);
  };
  // The phases that are copied at once, and how far one lies behind the other in the batched
  // tensor.
  Ints together(block.size(), 1);
  Ints phase_strides(block.size(), 0);
  int64_t stride = space[0] * batched_strides[0];
  for (size_t j = block.size(); j-- > 0; stride *= block[j]) {
    phase_strides[j] = stride;
    const PhaseRange first = range_of(j, 0);
    const PhaseRange last = range_of(j, block[j] - 1);
    if (first.first == last.first && first.count == last.count) together[j] = block[j];
  }
  std::vector<CopyKernel::Part> parts;
  Ints phase(block.size(), 0);
  for (bool is_done = false; !is_done;) {
    Shape extents{space[0]};
    Ints in_space{space_strides[0]};
    Ints in_batched{batched_strides[0]};
    int64_t space_offset = 0;
    int64_t batched_offset = 0;
    const auto add = [&](int64_t extent, int64_t space_stride, int64_t batched_stride) {
      extents.push_back(extent);
      in_space.push_back(space_stride);
      in_batched.push_back(batched_stride);
    };
    for (size_t j = 0; j < block.size(); ++j) {
      const PhaseRange range = range_of(j, phase[j]);
      add(together[j], space_strides[j + 1], phase_strides[j]);
      add(range.count, space_strides[j + 1] * block[j], batched_strides[j + 1]);
      space_offset += range.space * space_strides[j + 1];
      batched_offset += phase[j] * phase_strides[j] + range.first * batched_strides[j + 1];
    }
    for (size_t i = block.size() + 1; i < space.size(); ++i) {
      add(space[i], space_strides[i], batched_strides[i]);
    }
    if (num_elements(extents) > 0) {
      const CopyBox box =
          to_batch ? CopyBox{extents, in_space, in_batched, space_offset, batched_offset}
                   : CopyBox{extents, in_batched, in_space, batched_offset, space_offset};
      parts.push_back({0, 0, StridedCopy(box, element)});
    }
    size_t j = block.size();
    for (; j > 0; --j) {
      phase[j - 1] += together[j - 1];
      if (phase[j - 1] < block[j - 1]) break;
      phase[j - 1] = 0;
    }
    is_done = j == 0;
  }
  return parts;
}

Ints begins_of(const Ints& pairs) {
  Ints begins;
  for (size_t i = 0; i < pairs.size(); i += 2) begins.push_back(pairs[i]);
  return begins;
}

Result<PreparedKernelPtr> prepare_space_to_batch(const Descriptor& descriptor, Device&) {
  const TensorDesc& x = descriptor.inputs[0];
  const TensorDesc& output = descriptor.outputs[0];
  if (output.num_elements() == 0) return make_empty_copy();
  const Ints paddings = descriptor.attrs.integers("paddings");
  const bool padded =
      std::any_of(paddings.begin(), paddings.end(), [](int64_t padding) { return padding != 0; });
  return make_prepared<CopyKernel>(
      phase_copies(x.shape, output.shape, descriptor.attrs.integers("blockShape"),
                   begins_of(paddings), size_of(x.dtype), true),
      padded ? static_cast<int64_t>(output.size_bytes()) : 0);
}

Result<PreparedKernelPtr> prepare_batch_to_space(const Descriptor& descriptor, Device&) {
  const TensorDesc& x = descriptor.inputs[0];
  const TensorDesc& output = descriptor.outputs[0];
  if (output.num_elements() == 0) return make_empty_copy();
  return make_prepared<CopyKernel>(
      phase_copies(output.shape, x.shape, descriptor.attrs.integers("blockShape"),
                   begins_of(descriptor.attrs.integers("crops")), size_of(x.dtype), false));
}

}  // namespace

std::span<const Kernel> space_to_batch_kernels() {
  static const Kernel kKernels[] = {
      {"SpaceToBatchND", "copy", {.dtypes = kAllTypes}, prepare_space_to_batch},
      {"BatchToSpaceND", "copy", {.dtypes = kAllTypes}, prepare_batch_to_space},
  };
  return kKernels;
}

}  // namespace tfjs_native
