// Softmax and LogSoftmax over the last dimension. Compiled once for each instruction set.
//
// oneDNN's softmax would turn a row with a NaN or an infinity into finite numbers; here, as in
// tfjs, the whole row becomes NaN.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/cpu/reduction/softmax.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "backends/cpu/kernel_list.h"
#include "base/thread_pool.h"
#include "math/elementary.h"

#ifndef TFJS_SOFTMAX_ROWS
#define TFJS_SOFTMAX_ROWS
namespace tfjs_native {
namespace {

/// Computes `rows` neighbouring rows of `count` >= 1 values.
using SoftmaxRows = void (*)(const float* src, float* dst, int64_t rows, int64_t count);

// Rows shorter than this are taken together, so that exp() works on full vectors.
constexpr int64_t kShortRow = 32;
constexpr int64_t kBlock = 1024;

}  // namespace
}  // namespace tfjs_native
#endif

HWY_BEFORE_NAMESPACE();
namespace tfjs_native {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// The largest of `count` values, or NaN if there is one.
float row_max(const float* x, int64_t count) {
  const hn::ScalableTag<float> d;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  const auto larger = [](float a, float b) { return b > a || b != b ? b : a; };
  float largest = x[0];
  int64_t i = 0;
  if (count >= 2 * lanes) {
    const auto larger_lanes = [](auto a, auto b) {
      return hn::IfThenElse(hn::Or(hn::Gt(b, a), hn::IsNaN(b)), b, a);
    };
    auto m0 = hn::LoadU(d, x);
    auto m1 = m0;
    for (; i + 2 * lanes <= count; i += 2 * lanes) {
      m0 = larger_lanes(m0, hn::LoadU(d, x + i));
      m1 = larger_lanes(m1, hn::LoadU(d, x + i + lanes));
    }
    m0 = larger_lanes(m0, m1);
    if (!hn::AllFalse(d, hn::IsNaN(m0))) return std::numeric_limits<float>::quiet_NaN();
    largest = hn::GetLane(hn::MaxOfLanes(d, m0));
  }
  for (; i < count; ++i) largest = larger(largest, x[i]);
  return largest;
}

/// dst = exp(src - shift); returns the sum. src may be dst.
double exp_row(const float* src, float shift, float* dst, int64_t count) {
  const hn::ScalableTag<float> d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  // Short runs of single-precision sums lose nothing that matters.
  constexpr int64_t kRun = 512;
  HWY_ALIGN float run[kRun];
  double total = 0;
  for (int64_t first = 0; first < count; first += kRun) {
    const int64_t length = std::min(kRun, count - first);
    const float* const x = src + first;
    float* const out = dst + first;
    // Whole vectors: what is left over would be computed one by one.
    const int64_t padded = (length + lanes - 1) / lanes * lanes;
    for (int64_t i = 0; i < length; ++i) run[i] = x[i] - shift;
    std::fill(run + length, run + padded, 0.0f);
    for (int64_t i = 0; i < padded; ++i) run[i] = elementary::exp(run[i]);
    auto sum = hn::Zero(d);
    int64_t i = 0;
    for (; i + lanes <= length; i += lanes) {
      const auto e = hn::Load(d, run + i);
      sum = hn::Add(sum, e);
      hn::StoreU(e, d, out + i);
    }
    total += static_cast<double>(hn::GetLane(hn::SumOfLanes(d, sum)));
    for (; i < length; ++i) total += out[i] = run[i];
  }
  return total;
}

/// From exponentials in dst (and the logits in src) to the result.
template <bool kLog>
HWY_INLINE void finish_row(const float* src, float shift, double sum, float* dst, int64_t count) {
  if (!std::isfinite(shift)) {
    std::fill_n(dst, count, std::numeric_limits<float>::quiet_NaN());
  } else if (kLog) {
    const auto log_sum = static_cast<float>(std::log(sum));
    for (int64_t i = 0; i < count; ++i) dst[i] = (src[i] - shift) - log_sum;
  } else {
    const auto scale = static_cast<float>(1 / sum);
    for (int64_t i = 0; i < count; ++i) dst[i] *= scale;
  }
}

/// Rows of less than kShortRow values, many at a time. kCount is 0 where `count` is not known at
/// compile time.
template <bool kLog, int64_t kCount>
void short_rows(const float* src, float* dst, int64_t rows, int64_t count) {
  if constexpr (kCount > 0) count = kCount;
  float shifts[kBlock];
  const int64_t block = kBlock / count;
  for (int64_t first = 0; first < rows; first += block) {
    const int64_t in_block = std::min(block, rows - first);
    for (int64_t row = 0; row < in_block; ++row) {
      const float* HWY_RESTRICT x = src + row * count;
      float* HWY_RESTRICT shifted = dst + row * count;
      float shift = x[0];
      for (int64_t i = 1; i < count; ++i) shift = x[i] > shift || x[i] != x[i] ? x[i] : shift;
      shifts[row] = shift;
      for (int64_t i = 0; i < count; ++i) shifted[i] = x[i] - shift;
    }
    exp_row(dst, 0, dst, in_block * count);
    for (int64_t row = 0; row < in_block; ++row) {
      float* e = dst + row * count;
      float sum = 0;
      for (int64_t i = 0; i < count; ++i) sum += e[i];
      finish_row<kLog>(src + row * count, shifts[row], sum, e, count);
    }
    src += in_block * count;
    dst += in_block * count;
  }
}

template <bool kLog>
void softmax_rows(const float* src, float* dst, int64_t rows, int64_t count) {
  switch (count) {
    case 1:
      return short_rows<kLog, 1>(src, dst, rows, count);
    case 2:
      return short_rows<kLog, 2>(src, dst, rows, count);
    case 3:
      return short_rows<kLog, 3>(src, dst, rows, count);
    case 4:
      return short_rows<kLog, 4>(src, dst, rows, count);
  }
  if (count < kShortRow) return short_rows<kLog, 0>(src, dst, rows, count);
  for (int64_t row = 0; row < rows; ++row, src += count, dst += count) {
    const float shift = row_max(src, count);
    const double sum = std::isfinite(shift) ? exp_row(src, shift, dst, count) : 0;
    finish_row<kLog>(src, shift, sum, dst, count);
  }
}

SoftmaxRows select_softmax(bool log) { return log ? softmax_rows<true> : softmax_rows<false>; }

}  // namespace HWY_NAMESPACE
}  // namespace tfjs_native
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tfjs_native {

HWY_EXPORT(select_softmax);

namespace {

constexpr int64_t kGrain = 8 * 1024;  // An element costs an exponential.

class Softmax : public PreparedKernel {
 public:
  Softmax(const Descriptor& descriptor, SoftmaxRows compute)
      : count_(descriptor.inputs[0].shape.back()),
        rows_(count_ == 0 ? 0 : descriptor.inputs[0].num_elements() / count_),
        compute_(compute) {}

  Status run(const Operands& operands, DeviceStream&) const override {
    if (rows_ == 0) return {};
    const float* src = operands.input<float>(0);
    float* dst = operands.output<float>();
    ThreadPool::instance().parallel_for(
        rows_, std::max<int64_t>(1, kGrain / count_), [&](int64_t begin, int64_t end) {
          compute_(src + begin * count_, dst + begin * count_, end - begin, count_);
        });
    return {};
  }

 private:
  const int64_t count_;
  const int64_t rows_;
  const SoftmaxRows compute_;
};

template <bool kLog>
Result<PreparedKernelPtr> prepare_softmax(const Descriptor& descriptor, Device&) {
  const SoftmaxRows compute = HWY_DYNAMIC_DISPATCH(select_softmax)(kLog);
  return make_prepared<Softmax>(descriptor, compute);
}

}  // namespace

std::span<const Kernel> softmax_kernels() {
  static const Kernel kKernels[] = {
      {"Softmax", "simd", {.dtypes = {DType::kFloat32}}, prepare_softmax<false>},
      {"LogSoftmax", "simd", {.dtypes = {DType::kFloat32}}, prepare_softmax<true>},
  };
  return kKernels;
}

}  // namespace tfjs_native
#endif
