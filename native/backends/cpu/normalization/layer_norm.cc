// _LayerNorm: row by row, three times over a row, which stays in the cache. Compiled once for each
// instruction set.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/cpu/normalization/layer_norm.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include <algorithm>
#include <cmath>

#include "backends/cpu/kernel_list.h"
#include "base/thread_pool.h"

#ifndef TFJS_LAYER_NORM_ROWS
#define TFJS_LAYER_NORM_ROWS
namespace tfjs_native {
namespace {

/// Neighbouring rows of `count` >= 1 values; gamma and beta may be null.
struct LayerNormRows {
  const float* src;
  const float* gamma;
  const float* beta;
  float* dst;
  int64_t rows;
  int64_t count;
  double epsilon;
};

using LayerNormLoop = void (*)(const LayerNormRows& rows);

// Shorter rows are taken together, one in each lane.
constexpr int64_t kShortRow = 24;
constexpr int64_t kTogether = 16;

}  // namespace
}  // namespace tfjs_native
#endif

HWY_BEFORE_NAMESPACE();
namespace tfjs_native {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using Floats = hn::ScalableTag<float>;
using FloatVector = hn::Vec<Floats>;

HWY_INLINE double sum_of_lanes(FloatVector x) {
  const Floats d;
  return static_cast<double>(hn::GetLane(hn::SumOfLanes(d, x)));
}

/// The beginning of a vector, which lies at the end of memory; the other lanes are 0.
HWY_INLINE FloatVector load_tail(const float* x, int64_t count) {
  const Floats d;
  HWY_ALIGN float lanes[hn::MaxLanes(d)] = {};
  std::copy_n(x, count, lanes);
  return hn::Load(d, lanes);
}

/// The sum of f(x) over a row. Sums of short runs are single, which loses nothing that matters.
template <typename F>
HWY_INLINE double row_sum(const float* HWY_RESTRICT x, int64_t count, F f) {
  const Floats d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  double total = 0;
  int64_t i = 0;
  while (i + 4 * lanes <= count) {
    const int64_t stop = std::min(count, i + 64 * lanes);
    FloatVector s0 = hn::Zero(d);
    FloatVector s1 = hn::Zero(d);
    FloatVector s2 = hn::Zero(d);
    FloatVector s3 = hn::Zero(d);
    for (; i + 4 * lanes <= stop; i += 4 * lanes) {
      s0 = hn::Add(s0, f(hn::LoadU(d, x + i)));
      s1 = hn::Add(s1, f(hn::LoadU(d, x + i + lanes)));
      s2 = hn::Add(s2, f(hn::LoadU(d, x + i + 2 * lanes)));
      s3 = hn::Add(s3, f(hn::LoadU(d, x + i + 3 * lanes)));
    }
    total += sum_of_lanes(hn::Add(hn::Add(s0, s1), hn::Add(s2, s3)));
  }
  FloatVector rest = hn::Zero(d);
  for (; i + lanes <= count; i += lanes) rest = hn::Add(rest, f(hn::LoadU(d, x + i)));
  if (i < count) {
    const FloatVector part = f(load_tail(x + i, count - i));
    const auto is_in_row = hn::FirstN(d, static_cast<size_t>(count - i));
    rest = hn::Add(rest, hn::IfThenElseZero(is_in_row, part));
  }
  return total + sum_of_lanes(rest);
}

/// Rows of less than kShortRow values. The compiler vectorizes the loops over `lane`.
template <bool kGamma, bool kBeta>
void short_rows(const LayerNormRows& rows) {
  const int64_t count = rows.count;
  HWY_ALIGN float x[kShortRow][kTogether] = {};
  for (int64_t row = 0; row < rows.rows; row += kTogether) {
    const float* src = rows.src + row * count;
    float* dst = rows.dst + row * count;
    const int64_t together = std::min(kTogether, rows.rows - row);
    for (int64_t lane = 0; lane < together; ++lane) {
      for (int64_t i = 0; i < count; ++i) x[i][lane] = src[lane * count + i];
    }
    HWY_ALIGN double sum[kTogether] = {};
    for (int64_t i = 0; i < count; ++i) {
      for (int64_t lane = 0; lane < kTogether; ++lane) sum[lane] += static_cast<double>(x[i][lane]);
    }
    const double share = 1 / static_cast<double>(count);
    HWY_ALIGN float mean[kTogether];
    for (int64_t lane = 0; lane < kTogether; ++lane) {
      mean[lane] = static_cast<float>(sum[lane] * share);
    }
    HWY_ALIGN float scale[kTogether] = {};
    for (int64_t i = 0; i < count; ++i) {
      for (int64_t lane = 0; lane < kTogether; ++lane) {
        x[i][lane] -= mean[lane];
        scale[lane] += x[i][lane] * x[i][lane];
      }
    }
    const auto epsilon = static_cast<float>(rows.epsilon);
    const auto single_share = static_cast<float>(share);
    for (int64_t lane = 0; lane < kTogether; ++lane) {
      scale[lane] = 1.0f / std::sqrt(scale[lane] * single_share + epsilon);
    }
    for (int64_t i = 0; i < count; ++i) {
      const float gamma = kGamma ? rows.gamma[i] : 1.0f;
      const float beta = kBeta ? rows.beta[i] : 0.0f;
      for (int64_t lane = 0; lane < kTogether; ++lane) {
        x[i][lane] = x[i][lane] * scale[lane] * gamma + beta;
      }
    }
    for (int64_t lane = 0; lane < together; ++lane) {
      for (int64_t i = 0; i < count; ++i) dst[lane * count + i] = x[i][lane];
    }
  }
}

template <bool kGamma, bool kBeta>
void layer_norm_rows(const LayerNormRows& rows) {
  if (rows.count < kShortRow) return short_rows<kGamma, kBeta>(rows);
  const Floats d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  const int64_t count = rows.count;
  for (int64_t row = 0; row < rows.rows; ++row) {
    const float* HWY_RESTRICT src = rows.src + row * count;
    float* HWY_RESTRICT dst = rows.dst + row * count;
    const double mean =
        row_sum(src, count, [](FloatVector x) { return x; }) / static_cast<double>(count);
    const FloatVector means = hn::Set(d, static_cast<float>(mean));
    const double squares = row_sum(src, count, [&](FloatVector x) {
      const FloatVector difference = hn::Sub(x, means);
      return hn::Mul(difference, difference);
    });
    const double deviation = std::sqrt(squares / static_cast<double>(count) + rows.epsilon);
    const FloatVector scales = hn::Set(d, static_cast<float>(1 / deviation));
    const auto result = [&](FloatVector x, FloatVector gamma, FloatVector beta) {
      FloatVector scaled = hn::Mul(hn::Sub(x, means), scales);
      if constexpr (kGamma) scaled = hn::Mul(scaled, gamma);
      if constexpr (kBeta) scaled = hn::Add(scaled, beta);
      return scaled;
    };
    const FloatVector none = hn::Zero(d);
    int64_t i = 0;
    for (; i + lanes <= count; i += lanes) {
      const FloatVector gamma = kGamma ? hn::LoadU(d, rows.gamma + i) : none;
      const FloatVector beta = kBeta ? hn::LoadU(d, rows.beta + i) : none;
      hn::StoreU(result(hn::LoadU(d, src + i), gamma, beta), d, dst + i);
    }
    if (i == count) continue;
    const int64_t left = count - i;
    const FloatVector gamma = kGamma ? load_tail(rows.gamma + i, left) : none;
    const FloatVector beta = kBeta ? load_tail(rows.beta + i, left) : none;
    HWY_ALIGN float tail[hn::MaxLanes(d)];
    hn::Store(result(load_tail(src + i, left), gamma, beta), d, tail);
    std::copy_n(tail, left, dst + i);
  }
}

LayerNormLoop select_layer_norm(bool gamma, bool beta) {
  if (gamma) return beta ? layer_norm_rows<true, true> : layer_norm_rows<true, false>;
  return beta ? layer_norm_rows<false, true> : layer_norm_rows<false, false>;
}

}  // namespace HWY_NAMESPACE
}  // namespace tfjs_native
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tfjs_native {

HWY_EXPORT(select_layer_norm);

namespace {

constexpr int64_t kGrain = 8 * 1024;  // Elements that are worth another thread.

class LayerNorm : public PreparedKernel {
 public:
  LayerNorm(const Descriptor& descriptor, LayerNormLoop loop)
      : epsilon_(descriptor.attrs.number("epsilon")), loop_(loop) {
    const Shape& shape = descriptor.inputs[0].shape;
    const size_t first = static_cast<size_t>(descriptor.resolved_as<Axes>()->axes[0]);
    count_ = num_elements(shape, first, shape.size());
    rows_ = count_ == 0 ? 0 : num_elements(shape, 0, first);
  }

  Status run(const Operands& operands, DeviceStream&) const override {
    if (rows_ == 0) return {};
    const float* src = operands.input<float>(0);
    const float* gamma = operands.input<float>(1);
    const float* beta = operands.input<float>(2);
    float* dst = operands.output<float>();
    ThreadPool::instance().parallel_for(
        rows_, std::max<int64_t>(1, kGrain / count_), [&](int64_t begin, int64_t end) {
          loop_({src + begin * count_, gamma, beta, dst + begin * count_, end - begin, count_,
                 epsilon_});
        });
    return {};
  }

 private:
  const double epsilon_;
  const LayerNormLoop loop_;
  int64_t count_ = 0;
  int64_t rows_ = 0;
};

Result<PreparedKernelPtr> prepare_layer_norm(const Descriptor& descriptor, Device&) {
  const LayerNormLoop loop = HWY_DYNAMIC_DISPATCH(select_layer_norm)(descriptor.inputs[1].present,
                                                                     descriptor.inputs[2].present);
  return make_prepared<LayerNorm>(descriptor, loop);
}

}  // namespace

std::span<const Kernel> layer_norm_kernels() {
  static const Kernel kKernels[] = {
      {"_LayerNorm", "simd", {.dtypes = {DType::kFloat32}}, prepare_layer_norm}};
  return kKernels;
}

}  // namespace tfjs_native
#endif
