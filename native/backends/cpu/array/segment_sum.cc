// Sums of the slices that share a segment.
#include <algorithm>

#include "backends/cpu/kernel_list.h"
#include "backends/cpu/loops/strided_copy.h"
#include "base/thread_pool.h"
#include "tensor/element_type.h"

namespace tfjs_native {
namespace {

// Elements that are worth another thread.
constexpr int64_t kGrain = 64 * 1024;

/// out[ids[i, j], j, k] += x[i, j, k]: with a vector of ids (the usual case) there is no j. Ids
/// outside of the output are left out, as tfjs does.
class SegmentSumKernel : public PreparedKernel {
 public:
  explicit SegmentSumKernel(const Descriptor& descriptor)
      : segments_(descriptor.outputs[0].shape[0]), dtype_(descriptor.inputs[0].dtype) {
    const Shape& x = descriptor.inputs[0].shape;
    const size_t id_rank = descriptor.inputs[1].rank();
    rows_ = x[0];
    ids_in_row_ = num_elements(x, 1, id_rank);
    width_ = num_elements(x, id_rank, x.size());
  }

  Status run(const Operands& operands, DeviceStream&) const override {
    return with_tfjs_real(dtype_, [&](auto tag) { return sum<TypeIn<decltype(tag)>>(operands); });
  }

 private:
  template <typename T>
  Status sum(const Operands& operands) const {
    const T* x = operands.input<T>(0);
    const int32_t* ids = operands.input<int32_t>(1);
    float* dst = operands.output<float>();
    const int64_t row_width = ids_in_row_ * width_;
    zero_bytes(dst, segments_ * row_width * static_cast<int64_t>(sizeof(float)));
    // Threads take columns, so that no two of them add to the same element.
    const int64_t grain = std::max<int64_t>(16, kGrain / std::max<int64_t>(1, rows_ * ids_in_row_));
    ThreadPool::instance().parallel_for(width_, grain, [&](int64_t begin, int64_t end) {
      for (int64_t i = 0; i < rows_ * ids_in_row_; ++i) {
        if (ids[i] < 0 || ids[i] >= segments_) continue;
        const T* from = x + i * width_;
        float* to = dst + ids[i] * row_width + i % ids_in_row_ * width_;
        for (int64_t k = begin; k < end; ++k) to[k] += static_cast<float>(from[k]);
      }
    });
    return {};
  }

  const int64_t segments_;
  const DType dtype_;
  int64_t rows_;
  int64_t ids_in_row_;
  int64_t width_;
};

}  // namespace

std::span<const Kernel> segment_sum_kernels() {
  static const Kernel kKernels[] = {
      {"UnsortedSegmentSum", "plain", {.dtypes = kTfjsReals}, prepare_as<SegmentSumKernel>},
  };
  return kKernels;
}

}  // namespace tfjs_native
