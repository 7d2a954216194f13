// Softmax and LogSoftmax over the last dimension. Compiled once for each instruction set.
//
// oneDNN's softmax would turn a row with a NaN or an infinity into finite numbers; here, as in
// tfjs, the whole row becomes NaN.
//
// A row is read once and written once: between its largest value, the exponentials and the result
// it stays in a cache. Rows that no cache holds are read twice, and their sum is found block by
// block beside their largest value.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/cpu/reduction/softmax.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "backends/cpu/kernel_list.h"
#include "backends/cpu/loops/exp-inl.h"
#include "backends/cpu/loops/stores-inl.h"
#include "backends/cpu/loops/stream_bytes.h"
#include "backends/cpu/loops/strided_copy.h"
#include "base/machine.h"
#include "base/thread_pool.h"
#include "math/elementary.h"

#ifndef TFJS_SOFTMAX_ROWS
#define TFJS_SOFTMAX_ROWS
namespace tfjs_native {
namespace {

/// Computes `rows` neighbouring rows of `count` >= 1 values. A row of up to `kept` values stays in
/// a cache.
using SoftmaxRows = void (*)(const float* src, float* dst, int64_t rows, int64_t count,
                             int64_t kept);

// Rows shorter than this are taken together, so that exp() works on full vectors.
constexpr int64_t kShortRow = 32;
constexpr int64_t kBlock = 1024;
// Exponentials of a row that are kept until they are written past the caches: with the row itself a
// part of the smallest second-level cache.
constexpr int64_t kKept = 8 * 1024;

}  // namespace
}  // namespace tfjs_native
#endif

HWY_BEFORE_NAMESPACE();
namespace tfjs_native {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// The least and the largest of values, of which the largest is NaN if there is one.
struct RowRange {
  float low;
  float high;
};

RowRange row_range(const float* x, int64_t count) {
  const hn::ScalableTag<float> d;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  RowRange range{x[0], x[0]};
  int64_t i = 0;
  bool has_nan = false;
  if (count >= 2 * lanes) {
    auto low0 = hn::LoadU(d, x);
    auto low1 = low0;
    auto high0 = low0;
    auto high1 = low0;
    auto nan0 = hn::IsNaN(low0);
    auto nan1 = nan0;
    const int64_t last = count - 2 * lanes;
    // The last ones are looked at twice where they are no whole vectors.
    for (; i < count; i += 2 * lanes) {
      const float* const at = x + std::min(i, last);
      const auto v0 = hn::LoadU(d, at);
      const auto v1 = hn::LoadU(d, at + lanes);
      low0 = hn::Min(low0, v0);
      low1 = hn::Min(low1, v1);
      high0 = hn::Max(high0, v0);
      high1 = hn::Max(high1, v1);
      nan0 = hn::Or(nan0, hn::IsNaN(v0));
      nan1 = hn::Or(nan1, hn::IsNaN(v1));
    }
    has_nan = !hn::AllFalse(d, hn::Or(nan0, nan1));
    range = {hn::GetLane(hn::MinOfLanes(d, hn::Min(low0, low1))),
             hn::GetLane(hn::MaxOfLanes(d, hn::Max(high0, high1)))};
  }
  for (; i < count; ++i) {
    has_nan |= x[i] != x[i];
    range = {std::min(range.low, x[i]), std::max(range.high, x[i])};
  }
  if (has_nan) range.high = std::numeric_limits<float>::quiet_NaN();
  return range;
}

/// Sums exp(x - shift) of `count` values, none of which is above `shift`; with kStore they are kept
/// in `dst`, which may be `x`. Reads ahead from `next` on where there is something.
template <bool kStore, bool kTiny>
double exp_sum_of(const float* x, float shift, float* dst, int64_t count, const float* next) {
  const hn::ScalableTag<float> d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  const auto shifts = hn::Set(d, shift);
  const auto exp_at = [&](const float* values) HWY_ATTR {
    return exp_below<kTiny>(d, hn::Sub(hn::LoadU(d, values), shifts));
  };
  double total = 0;
  int64_t i = 0;
  // Short runs of single-precision sums lose nothing that matters.
  constexpr int64_t kRun = 1024;
  while (i + lanes <= count) {
    const int64_t end = std::min(count, i + kRun);
    auto sum0 = hn::Zero(d);
    auto sum1 = sum0;
    for (; i + 2 * lanes <= end; i += 2 * lanes) {
      if (next != nullptr) {
        for (int64_t ahead = i; ahead < i + 2 * lanes; ahead += kLine / 4) {
          hwy::Prefetch(next + ahead);
        }
      }
      const auto e0 = exp_at(x + i);
      const auto e1 = exp_at(x + i + lanes);
      sum0 = hn::Add(sum0, e0);
      sum1 = hn::Add(sum1, e1);
      if constexpr (kStore) {
        hn::StoreU(e0, d, dst + i);
        hn::StoreU(e1, d, dst + i + lanes);
      }
    }
    if (i + lanes <= end) {
      const auto e = exp_at(x + i);
      sum0 = hn::Add(sum0, e);
      if constexpr (kStore) hn::StoreU(e, d, dst + i);
      i += lanes;
    }
    total += static_cast<double>(hn::GetLane(hn::SumOfLanes(d, hn::Add(sum0, sum1))));
  }
  if (i < count) {
    // As a whole vector: one by one they would take longer.
    HWY_ALIGN float rest[hn::MaxLanes(d)];
    std::fill_n(rest, lanes, shift);
    std::copy(x + i, x + count, rest);
    hn::Store(exp_at(rest), d, rest);
    for (int64_t k = 0; i < count; ++i, ++k) {
      total += static_cast<double>(rest[k]);
      if constexpr (kStore) dst[i] = rest[k];
    }
  }
  return total;
}

template <bool kStore>
double exp_sum(const float* x, const RowRange& range, float shift, float* dst, int64_t count,
               const float* next = nullptr) {
  return range.low - shift < kLeastNormalExp
             ? exp_sum_of<kStore, true>(x, shift, dst, count, next)
             : exp_sum_of<kStore, false>(x, shift, dst, count, next);
}

/// What makes a row's result of its values.
struct RowSum {
  float shift;  // The largest value; NaN, or infinite, where the result is NaN.
  double sum;   // Of exp(x - shift).
};

/// Of rows that are read once, block by block: what was summed up is scaled when a larger value
/// comes.
RowSum sum_in_blocks(const float* x, int64_t count) {
  RowSum row{-std::numeric_limits<float>::infinity(), 0};
  for (int64_t i = 0; i < count; i += kBlock) {
    const int64_t length = std::min(kBlock, count - i);
    const RowRange range = row_range(x + i, length);
    if (range.high == -std::numeric_limits<float>::infinity()) continue;
    if (!(range.high <= row.shift)) {
      if (!std::isfinite(range.high)) return {range.high, 0};
      row.sum *= std::exp(static_cast<double>(row.shift) - static_cast<double>(range.high));
      row.shift = range.high;
    }
    row.sum += exp_sum<false>(x + i, range, row.shift, nullptr, length);
  }
  return row;
}

template <bool kStream>
void write_logs(const float* x, const RowSum& row, float* dst, int64_t count) {
  const hn::ScalableTag<float> d;
  const auto log_sum = static_cast<float>(std::log(row.sum));
  const auto shifts = hn::Set(d, row.shift);
  const auto log_sums = hn::Set(d, log_sum);
  write_elements<kStream>(
      d, dst, count,
      [&](int64_t i) HWY_ATTR { return hn::Sub(hn::Sub(hn::LoadU(d, x + i), shifts), log_sums); },
      [&](int64_t i) { return (x[i] - row.shift) - log_sum; });
}

/// dst = exponentials / sum; they may be dst where it does not stream.
template <bool kStream>
void write_shares(const float* exponentials, double sum, float* dst, int64_t count) {
  const hn::ScalableTag<float> d;
  const auto scale = static_cast<float>(1 / sum);
  const auto scales = hn::Set(d, scale);
  write_elements<kStream>(
      d, dst, count,
      [&](int64_t i) HWY_ATTR { return hn::Mul(hn::LoadU(d, exponentials + i), scales); },
      [&](int64_t i) { return exponentials[i] * scale; });
}

/// The same of values, whose exponentials nobody kept.
template <bool kStream>
void write_shares_anew(const float* x, const RowSum& row, float* dst, int64_t count) {
  const hn::ScalableTag<float> d;
  const auto scale = static_cast<float>(1 / row.sum);
  const auto scales = hn::Set(d, scale);
  const auto shifts = hn::Set(d, row.shift);
  write_elements<kStream>(
      d, dst, count,
      [&](int64_t i) HWY_ATTR {
        return hn::Mul(exp_below<true>(d, hn::Sub(hn::LoadU(d, x + i), shifts)), scales);
      },
      [&](int64_t i) { return elementary::exp(x[i] - row.shift) * scale; });
}

/// From the values of a row and their exponentials, which may lie in `dst`, to the result.
template <bool kLog, bool kStream>
HWY_INLINE void finish_row(const float* x, const float* exponentials, const RowSum& row, float* dst,
                           int64_t count) {
  if (!std::isfinite(row.shift)) {
    std::fill_n(dst, count, std::numeric_limits<float>::quiet_NaN());
  } else if (kLog) {
    write_logs<kStream>(x, row, dst, count);
  } else if (exponentials == nullptr) {
    write_shares_anew<kStream>(x, row, dst, count);
  } else {
    write_shares<kStream>(exponentials, row.sum, dst, count);
  }
}

/// Reads ahead from `next` on where there is something.
template <bool kLog, bool kStream>
void softmax_row(const float* src, float* dst, int64_t count, int64_t kept, const float* next) {
  if (count > kept) {
    return finish_row<kLog, kStream>(src, nullptr, sum_in_blocks(src, count), dst, count);
  }
  HWY_ALIGN float local[kStream && !kLog ? kKept : 1];
  float* const exponentials = kStream ? local : dst;
  const RowRange range = row_range(src, count);
  RowSum row{range.high, 0};
  if (std::isfinite(row.shift)) {
    row.sum = exp_sum<!kLog>(src, range, row.shift, exponentials, count, next);
  }
  finish_row<kLog, kStream>(src, exponentials, row, dst, count);
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
    exp_sum_of<true, true>(dst, 0, dst, in_block * count, nullptr);
    for (int64_t row = 0; row < in_block; ++row) {
      float* e = dst + row * count;
      float sum = 0;
      for (int64_t i = 0; i < count; ++i) sum += e[i];
      const RowSum whole{shifts[row], static_cast<double>(sum)};
      finish_row<kLog, false>(src + row * count, e, whole, e, count);
    }
    src += in_block * count;
    dst += in_block * count;
  }
}

template <bool kLog, bool kStream>
void softmax_rows(const float* src, float* dst, int64_t rows, int64_t count, int64_t kept) {
  if constexpr (!kStream) {
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
  }
  for (int64_t row = 0; row < rows; ++row, src += count, dst += count) {
    const float* const next = kStream && row + 1 < rows ? src + count : nullptr;
    softmax_row<kLog, kStream>(src, dst, count, kept, next);
  }
  if constexpr (kStream) hwy::FlushStream();
}

SoftmaxRows select_softmax(bool log, bool streams) {
  if (streams) return log ? softmax_rows<true, true> : softmax_rows<false, true>;
  return log ? softmax_rows<true, false> : softmax_rows<false, false>;
}

}  // namespace HWY_NAMESPACE
}  // namespace tfjs_native
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tfjs_native {

HWY_EXPORT(select_softmax);

namespace {

constexpr int64_t kGrain = 8 * 1024;  // An element costs an exponential.

bool streams(const TensorDesc& output) {
  return outgrows_caches(static_cast<int64_t>(output.size_bytes())) &&
         output.shape.back() * static_cast<int64_t>(sizeof(float)) >= kStreamedRun;
}

/// Values of a row that stays in the second-level cache, beside its exponentials.
int64_t kept_values(bool log, bool streams) {
  const auto fitting = static_cast<int64_t>(machine().cache_bytes(2) / (4 * sizeof(float)));
  return streams && !log ? std::min(kKept, fitting) : fitting;
}

class Softmax : public PreparedKernel {
 public:
  Softmax(const Descriptor& descriptor, SoftmaxRows compute, int64_t kept)
      : count_(descriptor.inputs[0].shape.back()),
        rows_(count_ == 0 ? 0 : descriptor.inputs[0].num_elements() / count_),
        kept_(kept),
        compute_(compute) {}

  Status run(const Operands& operands, DeviceStream&) const override {
    if (rows_ == 0) return {};
    const float* src = operands.input<float>(0);
    float* dst = operands.output<float>();
    ThreadPool::instance().parallel_for(
        rows_, std::max<int64_t>(1, kGrain / count_), [&](int64_t begin, int64_t end) {
          compute_(src + begin * count_, dst + begin * count_, end - begin, count_, kept_);
        });
    return {};
  }

 private:
  const int64_t count_;
  const int64_t rows_;
  const int64_t kept_;
  const SoftmaxRows compute_;
};

template <bool kLog>
Result<PreparedKernelPtr> prepare_softmax(const Descriptor& descriptor, Device&) {
  const bool past_caches = streams(descriptor.outputs[0]);
  const SoftmaxRows compute = HWY_DYNAMIC_DISPATCH(select_softmax)(kLog, past_caches);
  return make_prepared<Softmax>(descriptor, compute, kept_values(kLog, past_caches));
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
