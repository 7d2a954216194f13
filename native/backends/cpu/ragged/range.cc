// RaggedRange: rows of evenly spaced numbers, each as long as its own limits say.
#include <algorithm>
#include <cmath>
#include <limits>
#include <type_traits>

#include "backends/cpu/kernel_list.h"
#include "base/thread_pool.h"
#include "tensor/element_type.h"

namespace tfjs_native {
namespace {

// Elements that are worth another thread.
constexpr int64_t kGrain = 16 * 1024;

constexpr int64_t kMostInt32 = std::numeric_limits<int32_t>::max();

/// How many numbers there are from start to limit, without limit.
Result<int64_t> row_size(double start, double limit, double delta, int64_t row) {
  if (delta == 0) return make_verbatim_status(Code::kBadAttr, "Requires delta != 0");
  if ((delta > 0 && limit < start) || (delta < 0 && limit > start)) return 0;
  const double size = std::ceil(std::abs((limit - start) / delta));
  if (size > static_cast<double>(kMostInt32)) {
    return make_verbatim_status(Code::kBadAttr, "Requires ((limit - start) / delta) <= %lld",
                                static_cast<long long>(kMostInt32));
  }
  if (size != size) {
    return make_status(Code::kBadAttr, "row %lld: from %g to %g by %g is no range",
                       static_cast<long long>(row), start, limit, delta);
  }
  return static_cast<int64_t>(size);
}

template <typename T>
class RaggedRangeKernel : public PreparedKernel {
 public:
  explicit RaggedRangeKernel(const Descriptor& descriptor)
      : rows_(descriptor.outputs[0].shape[0] - 1) {
    for (size_t i = 0; i < 3; ++i) steps_[i] = descriptor.inputs[i].rank() == 0 ? 0 : 1;
  }

  Status run(const Operands& operands, DeviceStream&) const override {
    const T* starts = operands.input<T>(0);
    const T* limits = operands.input<T>(1);
    const T* deltas = operands.input<T>(2);
    int32_t* const splits = operands.output<int32_t>(0);
    splits[0] = 0;
    for (int64_t row = 0; row < rows_; ++row) {
      TFJS_ASSIGN_OR_RETURN(
          const int64_t size,
          row_size(starts[row * steps_[0]], limits[row * steps_[1]], deltas[row * steps_[2]], row));
      const int64_t end = splits[row] + size;
      if (end > kMostInt32) {
        return make_status(Code::kBadAttr, "row %lld: %lld numbers are more than int32 counts",
                           static_cast<long long>(row), static_cast<long long>(end));
      }
      splits[row + 1] = static_cast<int32_t>(end);
    }
    const int64_t total = splits[rows_];
    TFJS_ASSIGN_OR_RETURN(void* const values, operands.open_outputs->allocate(1, {total}));
    if (values == nullptr) return {};
    const int64_t grain = std::max<int64_t>(1, kGrain * rows_ / total);
    ThreadPool::instance().parallel_for(rows_, grain, [&](int64_t begin, int64_t end) {
      for (int64_t row = begin; row < end; ++row) {
        // tfjs adds in JavaScript's numbers, and rounds what it stores.
        Wide value = starts[row * steps_[0]];
        const Wide delta = deltas[row * steps_[2]];
        for (int64_t i = splits[row]; i < splits[row + 1]; ++i, value += delta) {
          static_cast<T*>(values)[i] = static_cast<T>(value);
        }
      }
    });
    return {};
  }

 private:
  using Wide = std::conditional_t<std::is_same_v<T, int32_t>, int64_t, double>;

  const int64_t rows_;
  int64_t steps_[3];  // 0 for what all rows share.
};

Result<PreparedKernelPtr> prepare_range(const Descriptor& descriptor, Device&) {
  return with_type_among<float, int32_t>(descriptor.inputs[0].dtype, [&](auto tag) {
    return make_prepared<RaggedRangeKernel<TypeIn<decltype(tag)>>>(descriptor);
  });
}

}  // namespace

std::span<const Kernel> ragged_range_kernels() {
  static const Kernel kKernels[] = {
      {"RaggedRange", "plain", {.dtypes = {DType::kFloat32, DType::kInt32}}, prepare_range},
  };
  return kKernels;
}

}  // namespace tfjs_native
