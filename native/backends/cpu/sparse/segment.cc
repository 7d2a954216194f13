// SparseSegmentSum and SparseSegmentMean: rows of a table, picked by index, added up by segment.
#include <algorithm>
#include <type_traits>

#include "backends/cpu/kernel_list.h"
#include "base/thread_pool.h"
#include "tensor/element_type.h"

namespace tfjs_native {
namespace {

// Elements that are worth another thread.
constexpr int64_t kGrain = 64 * 1024;

// Up to here a float holds every integer.
constexpr int64_t kMostInFloat = int64_t{1} << 24;

/// What is wrong with the lists of indices and ids, in the order in which tfjs finds it.
Status check_lists(const int32_t* indices, const int32_t* ids, int64_t count, int64_t data_rows) {
  const int64_t rows = static_cast<int64_t>(ids[count - 1]) + 1;
  if (rows <= 0) return make_verbatim_status(Code::kBadAttr, "segment ids must be >= 0");
  for (int64_t begin = 0, end = 0; begin < count; begin = end) {
    while (end < count && ids[end] == ids[begin]) ++end;
    if (end < count && ids[end] < ids[begin]) {
      return make_verbatim_status(Code::kBadAttr, "segment ids are not increasing");
    }
    if (ids[begin] < 0 || ids[begin] >= rows) {
      return make_verbatim_status(Code::kBadAttr,
                                  "Segment id %d out of range [0, %lld), possibly because "
                                  "segmentIds input is not sorted.",
                                  ids[begin], static_cast<long long>(rows));
    }
    for (int64_t i = begin; i < end; ++i) {
      if (indices[i] >= 0 && indices[i] < data_rows) continue;
      return make_verbatim_status(Code::kBadAttr, "Bad: indices[%lld] == %d out of range [0, %lld)",
                                  static_cast<long long>(i), indices[i],
                                  static_cast<long long>(data_rows));
    }
  }
  return {};
}

template <typename T, bool kIsMean>
class SparseSegmentKernel : public PreparedKernel {
 public:
  explicit SparseSegmentKernel(const Descriptor& descriptor)
      : shape_(descriptor.inputs[0].shape),
        width_(num_elements(shape_, 1, shape_.size())),
        count_(descriptor.inputs[1].shape[0]) {}

  Status run(const Operands& operands, DeviceStream&) const override {
    const int32_t* indices = operands.input<int32_t>(1);
    const int32_t* ids = operands.input<int32_t>(2);
    Shape shape = shape_;
    shape[0] = 0;
    if (count_ > 0) {
      TFJS_RETURN_IF_ERROR(check_lists(indices, ids, count_, shape_[0]));
      shape[0] = static_cast<int64_t>(ids[count_ - 1]) + 1;
    }
    TFJS_ASSIGN_OR_RETURN(void* const dst, operands.open_outputs->allocate(0, shape));
    if (dst == nullptr) return {};
    const T* data = operands.input<T>(0);
    // A segment belongs to the thread in whose part it begins, with the rows without elements
    // before it.
    const int64_t grain = std::max<int64_t>(1, kGrain / width_);
    ThreadPool::instance().parallel_for(count_, grain, [&](int64_t begin, int64_t part_end) {
      while (begin > 0 && begin < part_end && ids[begin] == ids[begin - 1]) ++begin;
      for (int64_t end = begin; begin < part_end; begin = end) {
        while (end < count_ && ids[end] == ids[begin]) ++end;
        const int64_t first_row = begin == 0 ? 0 : static_cast<int64_t>(ids[begin - 1]) + 1;
        T* const to = static_cast<T*>(dst) + ids[begin] * width_;
        std::fill(static_cast<T*>(dst) + first_row * width_, to, T(0));
        reduce(data, indices + begin, end - begin, to);
      }
    });
    return {};
  }

 private:
  // Integers wrap, as tfjs's do.
  using Sum = std::conditional_t<std::is_same_v<T, int32_t>, uint32_t, T>;

  void reduce(const T* data, const int32_t* indices, int64_t count, T* to) const {
    const T* first = data + indices[0] * width_;
    // Not a copy: the sum of -0 alone is 0.
    for (int64_t k = 0; k < width_; ++k) to[k] = T(0) + first[k];
    for (int64_t i = 1; i < count; ++i) {
      const T* from = data + indices[i] * width_;
      for (int64_t k = 0; k < width_; ++k) {
        to[k] = static_cast<T>(static_cast<Sum>(to[k]) + static_cast<Sum>(from[k]));
      }
    }
    if (!kIsMean || count == 1) return;
    if constexpr (std::is_same_v<T, float>) {
      // Where a float holds the count, the quotient in double precision is rounded to the same.
      if (count <= kMostInFloat) {
        const auto divisor = static_cast<float>(count);
        for (int64_t k = 0; k < width_; ++k) to[k] /= divisor;
        return;
      }
    }
    for (int64_t k = 0; k < width_; ++k) {
      to[k] = static_cast<T>(static_cast<double>(to[k]) / static_cast<double>(count));
    }
  }

  const Shape shape_;
  const int64_t width_;
  const int64_t count_;
};

template <bool kIsMean>
Result<PreparedKernelPtr> prepare_segment(const Descriptor& descriptor, Device&) {
  return with_type_among<float, int32_t>(descriptor.inputs[0].dtype, [&](auto tag) {
    return make_prepared<SparseSegmentKernel<TypeIn<decltype(tag)>, kIsMean>>(descriptor);
  });
}

}  // namespace

std::span<const Kernel> sparse_segment_kernels() {
  static constexpr DTypeSet kTypes = {DType::kFloat32, DType::kInt32};
  static const Kernel kKernels[] = {
      {"SparseSegmentSum", "plain", {.dtypes = kTypes}, prepare_segment<false>},
      {"SparseSegmentMean", "plain", {.dtypes = kTypes}, prepare_segment<true>},
  };
  return kKernels;
}

}  // namespace tfjs_native
