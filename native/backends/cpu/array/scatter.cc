// Elements or slices written by index. No index is trusted: all are checked before any is used.
#include <algorithm>
#include <cstring>

#include "backends/cpu/array/index_tuples.h"
#include "backends/cpu/kernel_list.h"
#include "backends/cpu/loops/element.h"
#include "backends/cpu/loops/strided_copy.h"
#include "base/thread_pool.h"
#include "tensor/element_type.h"

namespace tfjs_native {
namespace {

// Elements that are worth another thread.
constexpr int64_t kGrain = 32 * 1024;

// Bytes that are worth another thread.
constexpr int64_t kGrainBytes = 256 * 1024;

/// The tuples of indices, one for each update.
IndexTuples tuples_of(const Shape& shape, const TensorDesc& indices) {
  const size_t depth = indices.rank() <= 1 ? 1 : static_cast<size_t>(indices.shape.back());
  // tfjs makes no update where an index names no dimension.
  const int64_t count = depth == 0 ? 0 : indices.num_elements() / static_cast<int64_t>(depth);
  return {shape, depth, count};
}

Status check_tuples(const IndexTuples& tuples, const int32_t* indices) {
  if (tuples.are_inside(indices)) return {};
  int64_t i = 0;
  while (tuples.slice(indices, i) >= 0) ++i;
  return tuples.outside(indices, i, "shape");
}

struct Sum {
  static void apply(float& dst, float value) { dst += value; }
  static void apply(int32_t& dst, int32_t value) {
    dst = static_cast<int32_t>(static_cast<uint32_t>(dst) + static_cast<uint32_t>(value));
  }
  static void apply(Bool& dst, Bool value) { dst = static_cast<Bool>(dst | value); }
};

struct Assign {
  template <typename T>
  static void apply(T& dst, T value) {
    dst = value;
  }
};

/// Applies columns [begin, end) of every update's slice of `width` values, in the updates' order.
/// `step` is `width`, or 0 where one value serves all updates.
using ApplyColumns = void (*)(const IndexTuples& tuples, const int32_t* indices,
                              const void* updates, void* dst, int64_t width, int64_t step,
                              int64_t begin, int64_t end);

/// Slices of one value each.
template <typename T, typename Operation>
void apply_values(const IndexTuples& tuples, const int32_t* indices, const T* updates, T* dst,
                  int64_t step) {
  if (tuples.depth() == 1) {
    for (int64_t i = 0; i < tuples.count(); ++i) {
      Operation::apply(dst[indices[i]], updates[i * step]);
    }
  } else {
    for (int64_t i = 0; i < tuples.count(); ++i) {
      Operation::apply(dst[tuples.slice(indices, i)], updates[i * step]);
    }
  }
}

template <typename T, typename Operation>
void apply_columns(const IndexTuples& tuples, const int32_t* indices, const void* updates,
                   void* dst, int64_t width, int64_t step, int64_t begin, int64_t end) {
  if (width == 1) {
    apply_values<T, Operation>(tuples, indices, static_cast<const T*>(updates),
                               static_cast<T*>(dst), step);
    return;
  }
  for (int64_t i = 0; i < tuples.count(); ++i) {
    T* to = static_cast<T*>(dst) + tuples.slice(indices, i) * width;
    const T* from = static_cast<const T*>(updates) + i * step;
    if (step == 0) {
      for (int64_t j = begin; j < end; ++j) Operation::apply(to[j], *from);
    } else {
      for (int64_t j = begin; j < end; ++j) Operation::apply(to[j], from[j]);
    }
  }
}

ApplyColumns assigning(DType dtype) {
  return with_bytes_of(
      dtype, [](auto tag) -> ApplyColumns { return apply_columns<TypeIn<decltype(tag)>, Assign>; });
}

/// For complex numbers: of their parts.
ApplyColumns summing(DType dtype) {
  if (dtype == DType::kComplex64) dtype = DType::kFloat32;
  return with_tfjs_real(
      dtype, [](auto tag) -> ApplyColumns { return apply_columns<TypeIn<decltype(tag)>, Sum>; });
}

/// The updates of one call: which input holds what, and how an update meets what is there.
class Scatter {
 public:
  Scatter(const Shape& shape, const TensorDesc& indices, const TensorDesc& updates, bool sum)
      : tuples_(tuples_of(shape, indices)),
        width_(num_elements(shape, tuples_.depth(), shape.size())) {
    const bool repeat = updates.rank() == 0 && !(width_ == 1 && tuples_.count() == 1);
    apply_ = sum ? summing(updates.dtype) : assigning(updates.dtype);
    // The parts of complex numbers are summed apart.
    if (sum && updates.dtype == DType::kComplex64) width_ *= 2;
    step_ = repeat ? 0 : width_;
  }

  Status check(const int32_t* indices) const { return check_tuples(tuples_, indices); }

  void run(const int32_t* indices, const void* updates, void* dst) const {
    const int64_t grain = std::max<int64_t>(16, kGrain / std::max<int64_t>(1, tuples_.count()));
    ThreadPool::instance().parallel_for(width_, grain, [&](int64_t begin, int64_t end) {
      apply_(tuples_, indices, updates, dst, width_, step_, begin, end);
    });
  }

 private:
  const IndexTuples tuples_;
  int64_t width_;  // Of one slice.
  int64_t step_;
  ApplyColumns apply_ = nullptr;
};

/// TensorScatterUpdate of slices of many values: each slice of the output is written once, from the
/// last update that names it or else from the tensor.
class SliceUpdate : public PreparedKernel {
 public:
  explicit SliceUpdate(const Descriptor& descriptor)
      : tuples_(tuples_of(descriptor.outputs[0].shape, descriptor.inputs[1])),
        slices_(num_elements(descriptor.outputs[0].shape, 0, tuples_.depth())) {
    slice_bytes_ = static_cast<int64_t>(descriptor.outputs[0].size_bytes()) / slices_;
    workspace_bytes_ = static_cast<size_t>(slices_) * sizeof(int64_t);
  }

  /// Where that is worth the while; a scalar may stand for all updates.
  static bool fits(const Descriptor& descriptor) {
    constexpr int64_t kLongSlice = 64;
    const TensorDesc& output = descriptor.outputs[0];
    const size_t depth = tuples_of(output.shape, descriptor.inputs[1]).depth();
    return depth > 0 && output.num_elements() > 0 && descriptor.inputs[2].rank() > 0 &&
           num_elements(output.shape, depth, output.rank()) >= kLongSlice;
  }

  Status run(const Operands& operands, DeviceStream&) const override {
    const int32_t* indices = operands.input<int32_t>(1);
    TFJS_RETURN_IF_ERROR(check_tuples(tuples_, indices));
    auto* const update_of = static_cast<int64_t*>(operands.workspace);
    std::fill_n(update_of, slices_, -1);
    for (int64_t i = 0; i < tuples_.count(); ++i) update_of[tuples_.slice(indices, i)] = i;
    const char* const tensor = operands.input<char>(0);
    const char* const updates = operands.input<char>(2);
    char* const dst = operands.output<char>();
    const int64_t grain = std::max<int64_t>(1, kGrainBytes / slice_bytes_);
    ThreadPool::instance().parallel_for(slices_, grain, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        const int64_t update = update_of[i];
        const char* from = update < 0 ? tensor + i * slice_bytes_ : updates + update * slice_bytes_;
        std::memcpy(dst + i * slice_bytes_, from, static_cast<size_t>(slice_bytes_));
      }
    });
    return {};
  }

 private:
  const IndexTuples tuples_;
  const int64_t slices_;
  int64_t slice_bytes_;
};

const char* accept_slices(const Descriptor& descriptor) {
  return SliceUpdate::fits(descriptor) ? nullptr : "the slices have few values, or one for all";
}

/// Fills the output with a value, a tensor or zeros, then applies the updates.
class ScatterKernel : public PreparedKernel {
 public:
  enum class Base { kZeros, kTensor, kValue };

  ScatterKernel(const Descriptor& descriptor, Base base, size_t base_input, size_t indices_input,
                size_t updates_input)
      : base_(base),
        base_input_(base_input),
        indices_input_(indices_input),
        updates_input_(updates_input),
        output_(descriptor.outputs[0]),
        scatter_(output_.shape, descriptor.inputs[indices_input], descriptor.inputs[updates_input],
                 base == Base::kZeros) {}

  Status run(const Operands& operands, DeviceStream&) const override {
    const int64_t count = output_.num_elements();
    if (count == 0) return {};
    const int32_t* indices = operands.input<int32_t>(indices_input_);
    TFJS_RETURN_IF_ERROR(scatter_.check(indices));
    void* dst = operands.outputs[0].data;
    const int64_t bytes = static_cast<int64_t>(output_.size_bytes());
    switch (base_) {
      case Base::kZeros:
        zero_bytes(dst, bytes);
        break;
      case Base::kTensor:
        copy_bytes(operands.inputs[base_input_].data, dst, bytes);
        break;
      case Base::kValue: {
        Element value;
        std::memcpy(value.bytes, operands.inputs[base_input_].data, size_of(output_.dtype));
        fill_elements(dst, count, value, output_.dtype);
        break;
      }
    }
    scatter_.run(indices, operands.inputs[updates_input_].data, dst);
    return {};
  }

 private:
  const Base base_;
  const size_t base_input_;
  const size_t indices_input_;
  const size_t updates_input_;
  const TensorDesc output_;
  const Scatter scatter_;
};

using Base = ScatterKernel::Base;

}  // namespace

std::span<const Kernel> scatter_kernels() {
  static const Kernel kKernels[] = {
      {"ScatterNd",
       "rows",
       {.dtypes = kTfjsTypes},
       prepare_as<ScatterKernel, Base::kZeros, 0, 0, 1>},
      {"TensorScatterUpdate",
       "slices",
       {.dtypes = kAllTypes},
       prepare_as<SliceUpdate>,
       accept_slices},
      {"TensorScatterUpdate",
       "rows",
       {.dtypes = kAllTypes},
       prepare_as<ScatterKernel, Base::kTensor, 0, 1, 2>},
      {"SparseToDense",
       "rows",
       {.dtypes = kAllTypes},
       prepare_as<ScatterKernel, Base::kValue, 2, 0, 1>},
  };
  return kKernels;
}

}  // namespace tfjs_native
