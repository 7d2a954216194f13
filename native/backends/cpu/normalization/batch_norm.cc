// FusedBatchNorm: (x - mean) * scale / sqrt(variance + epsilon) + offset. As in tfjs, a parameter
// with fewer values than x repeats along x's flat index. Compiled once for each instruction set;
// the compiler vectorizes the loop.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/cpu/normalization/batch_norm.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "backends/cpu/kernel_list.h"
#include "base/thread_pool.h"
#include "math/conversion.h"

#ifndef TFJS_BATCH_NORM_ROWS
#define TFJS_BATCH_NORM_ROWS
namespace tfjs_native {
namespace {

/// Elements [begin, end) of x; mean, factor and offset repeat every `period` elements.
using BatchNormRange = void (*)(const void* x, const float* mean, const float* factor,
                                const float* offset, int64_t period, void* dst, int64_t begin,
                                int64_t end);

}  // namespace
}  // namespace tfjs_native
#endif

HWY_BEFORE_NAMESPACE();
namespace tfjs_native {
namespace HWY_NAMESPACE {

template <typename T>
void batch_norm_range(const void* x, const float* mean, const float* factor, const float* offset,
                      int64_t period, void* dst, int64_t begin, int64_t end) {
  int64_t phase = begin % period;
  while (begin < end) {
    const int64_t count = std::min(period - phase, end - begin);
    const T* HWY_RESTRICT in = static_cast<const T*>(x) + begin;
    T* HWY_RESTRICT out = static_cast<T*>(dst) + begin;
    const float* HWY_RESTRICT m = mean + phase;
    const float* HWY_RESTRICT f = factor + phase;
    const float* HWY_RESTRICT o = offset + phase;
    if constexpr (std::is_same_v<T, float>) {
      for (int64_t i = 0; i < count; ++i) out[i] = (in[i] - m[i]) * f[i] + o[i];
    } else {
      for (int64_t i = 0; i < count; ++i) {
        out[i] = to_int32((static_cast<double>(in[i]) - m[i]) * f[i] + o[i]);
      }
    }
    begin += count;
    phase = 0;
  }
}

BatchNormRange select_batch_norm(DType dtype) {
  return with_type_among<float, int32_t>(
      dtype, [](auto tag) -> BatchNormRange { return batch_norm_range<TypeIn<decltype(tag)>>; });
}

}  // namespace HWY_NAMESPACE
}  // namespace tfjs_native
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tfjs_native {

HWY_EXPORT(select_batch_norm);

namespace {

constexpr int64_t kGrain = 32 * 1024;
constexpr int64_t kShortest = 256;  // Shorter periods are repeated: long inner loops are faster.

/// Repeats the first `count` of `size` values, which are a multiple of that.
void repeat(float* values, int64_t count, int64_t size) {
  for (; count < size; count *= 2) {
    std::copy_n(values, std::min(count, size - count), values + count);
  }
}

/// A parameter: one value or more, of any real dtype.
class Parameter {
 public:
  explicit Parameter(const TensorDesc& desc)
      : dtype_(desc.dtype), count_(desc.present ? desc.num_elements() : 0) {}

  /// Number of values; 0 when the parameter is absent.
  int64_t count() const { return count_; }
  double at(const void* data, int64_t i) const {
    i %= count_;
    return with_tfjs_real(dtype_, [&](auto tag) {
      return static_cast<double>(static_cast<const TypeIn<decltype(tag)>*>(data)[i]);
    });
  }

 private:
  DType dtype_;
  int64_t count_;
};

class BatchNorm : public PreparedKernel {
 public:
  BatchNorm(const Descriptor& descriptor, BatchNormRange compute)
      : size_(descriptor.inputs[0].num_elements()),
        mean_(descriptor.inputs[1]),
        variance_(descriptor.inputs[2]),
        offset_(descriptor.inputs[3]),
        scale_(descriptor.inputs[4]),
        epsilon_(descriptor.attrs.has("varianceEpsilon")
                     ? descriptor.attrs.number("varianceEpsilon")
                     : 0.001),
        compute_(compute) {
    for (const Parameter* parameter : {&mean_, &variance_, &offset_, &scale_}) {
      if (size_ == 0 || parameter->count() == 0) continue;
      // The least common multiple, at most the size of x.
      const int64_t times = parameter->count() / std::gcd(period_, parameter->count());
      period_ = times > size_ / period_ ? size_ : period_ * times;
    }
    computed_ = period_;
    // No longer than x, which it may not divide.
    const int64_t longest = std::min(kShortest, (size_ + period_ - 1) / period_ * period_);
    if (period_ < longest) period_ *= longest / period_;
    workspace_bytes_ = static_cast<size_t>(3 * period_) * sizeof(float);
  }

  Status run(const Operands& operands, DeviceStream&) const override {
    if (size_ == 0) return {};
    auto* mean = static_cast<float*>(operands.workspace);
    float* factor = mean + period_;
    float* offset = factor + period_;
    for (int64_t i = 0; i < computed_; ++i) {
      mean[i] = static_cast<float>(mean_.at(operands.inputs[1].data, i));
      const double deviation = std::sqrt(variance_.at(operands.inputs[2].data, i) + epsilon_);
      const double scale = scale_.count() > 0 ? scale_.at(operands.inputs[4].data, i) : 1;
      factor[i] = static_cast<float>(scale / deviation);
      offset[i] =
          static_cast<float>(offset_.count() > 0 ? offset_.at(operands.inputs[3].data, i) : 0);
    }
    for (float* values : {mean, factor, offset}) repeat(values, computed_, period_);
    const void* x = operands.inputs[0].data;
    void* dst = operands.outputs[0].data;
    ThreadPool::instance().parallel_for(size_, kGrain, [&](int64_t begin, int64_t end) {
      compute_(x, mean, factor, offset, period_, dst, begin, end);
    });
    return {};
  }

 private:
  const int64_t size_;
  const Parameter mean_;
  const Parameter variance_;
  const Parameter offset_;
  const Parameter scale_;
  const double epsilon_;
  const BatchNormRange compute_;
  int64_t computed_ = 1;  // After so many values the parameters repeat.
  int64_t period_ = 1;    // The same or a multiple: what the loop over x has of them.
};

Result<PreparedKernelPtr> prepare_batch_norm(const Descriptor& descriptor, Device&) {
  const BatchNormRange compute =
      HWY_DYNAMIC_DISPATCH(select_batch_norm)(descriptor.inputs[0].dtype);
  return make_prepared<BatchNorm>(descriptor, compute);
}

}  // namespace

std::span<const Kernel> batch_norm_kernels() {
  static const Kernel kKernels[] = {
      {"FusedBatchNorm", "simd", {.dtypes = kTfjsReals}, prepare_batch_norm},
  };
  return kKernels;
}

}  // namespace tfjs_native
#endif
