// Samples of outcomes with given probabilities. Compiled once for each instruction set.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/cpu/random/multinomial.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include <hwy/contrib/math/math-inl.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "backends/cpu/kernel_list.h"
#include "backends/cpu/random/alea.h"
#include "base/thread_pool.h"

HWY_BEFORE_NAMESPACE();
namespace tfjs_native {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// What tfjs rounds where it stores it is rounded here, so that the samples for a seed are the
/// same. Writes exp(logits - largest) and answers their sum; `largest` is finite.
double write_exponentials(const float* logits, int64_t count, float largest, float* dst) {
  const hn::ScalableTag<double> d;
  const hn::Rebind<float, decltype(d)> floats;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  const auto shift = hn::Set(floats, largest);
  const auto exp_of = [&](auto logit) HWY_ATTR {
    return hn::DemoteTo(floats, hn::Exp(d, hn::PromoteTo(d, hn::Sub(logit, shift))));
  };
  auto sums = hn::Zero(d);
  int64_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    const auto value = exp_of(hn::LoadU(floats, logits + i));
    hn::StoreU(value, floats, dst + i);
    sums = hn::Add(sums, hn::PromoteTo(d, value));
  }
  HWY_ALIGN double parts[hn::MaxLanes(d)];
  hn::Store(sums, d, parts);
  double sum = 0;
  for (int64_t lane = 0; lane < lanes; ++lane) sum += parts[lane];
  if (i < count) {
    HWY_ALIGN float rest[hn::MaxLanes(d)];
    std::fill_n(rest, lanes, largest);
    std::copy(logits + i, logits + count, rest);
    hn::Store(exp_of(hn::Load(floats, rest)), floats, rest);
    for (int64_t lane = 0; i + lane < count; ++lane) {
      dst[i + lane] = rest[lane];
      sum += static_cast<double>(rest[lane]);
    }
  }
  return sum;
}

/// The largest of `count` values, or NaN if there is one.
float largest_of(const float* x, int64_t count) {
  float largest = -std::numeric_limits<float>::infinity();
  int nans = 0;
  for (int64_t i = 0; i < count; ++i) {
    largest = x[i] > largest ? x[i] : largest;
    nans |= x[i] != x[i] ? 1 : 0;
  }
  return nans != 0 ? std::numeric_limits<float>::quiet_NaN() : largest;
}

void divide(float* values, int64_t count, float divisor) {
  for (int64_t i = 0; i < count; ++i) values[i] /= divisor;
}

}  // namespace HWY_NAMESPACE
}  // namespace tfjs_native
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tfjs_native {

HWY_EXPORT(write_exponentials);
HWY_EXPORT(largest_of);
HWY_EXPORT(divide);

namespace {

constexpr int64_t kGrain = 4 * 1024;  // Values that are worth another thread.

void softmax(const float* logits, int64_t count, float* probabilities) {
  const float largest = HWY_DYNAMIC_DISPATCH(largest_of)(logits, count);
  if (!std::isfinite(largest)) {
    // Infinity less itself is NaN, and so are a sum with NaN and all that is divided by it.
    std::fill_n(probabilities, count, std::numeric_limits<float>::quiet_NaN());
    return;
  }
  const double sum =
      HWY_DYNAMIC_DISPATCH(write_exponentials)(logits, count, largest, probabilities);
  HWY_DYNAMIC_DISPATCH(divide)(probabilities, count, static_cast<float>(sum));
}

void softmax(const int32_t* logits, int64_t count, float* probabilities) {
  const auto largest = static_cast<double>(*std::max_element(logits, logits + count));
  double sum = 0;
  for (int64_t i = 0; i < count; ++i) {
    probabilities[i] = static_cast<float>(std::exp(static_cast<double>(logits[i]) - largest));
    sum += static_cast<double>(probabilities[i]);
  }
  HWY_DYNAMIC_DISPATCH(divide)(probabilities, count, static_cast<float>(sum));
}

/// For each row how likely the outcomes up to each one are together; the last one, which is what is
/// left, is not looked at. tfjs takes the first outcome that the random number is below, so that
/// bounds may be raised to all those before them, and NaN, which nothing is below, to the same.
template <typename T>
void make_bounds(const T* logits, int64_t outcomes, bool is_normalized, float* bounds) {
  if (is_normalized) {
    for (int64_t i = 0; i < outcomes; ++i) bounds[i] = static_cast<float>(logits[i]);
  } else {
    softmax(logits, outcomes, bounds);
  }
  float sum = 0;
  float most = -INFINITY;
  for (int64_t i = 0; i + 1 < outcomes; ++i) {
    sum = i == 0 ? bounds[0] : sum + bounds[i];
    if (sum > most) most = sum;
    bounds[i] = most;
  }
}

/// Run-time scalar: the seed.
class Multinomial : public PreparedKernel {
 public:
  explicit Multinomial(const Descriptor& descriptor)
      : rows_(descriptor.inputs[0].shape[0]),
        outcomes_(descriptor.inputs[0].shape[1]),
        samples_(descriptor.outputs[0].shape[1]),
        is_float_(descriptor.inputs[0].dtype == DType::kFloat32),
        is_normalized_(descriptor.attrs.flag("normalized")) {
    if (rows_ * samples_ == 0) return;
    workspace_bytes_ = static_cast<size_t>(samples_) * sizeof(double) +
                       static_cast<size_t>(rows_ * outcomes_) * sizeof(float);
  }

  Status run(const Operands& operands, DeviceStream&) const override {
    if (rows_ * samples_ == 0) return {};
    // Every row draws the same numbers.
    auto* const numbers = static_cast<double*>(operands.workspace);
    auto* const bounds = reinterpret_cast<float*>(numbers + samples_);
    Alea alea(javascript_text(operands.scalars[0]));
    for (int64_t i = 0; i < samples_; ++i) numbers[i] = alea.next();
    ThreadPool& pool = ThreadPool::instance();
    pool.parallel_for(
        rows_, std::max<int64_t>(1, kGrain / outcomes_), [&](int64_t begin, int64_t end) {
          for (int64_t row = begin; row < end; ++row) {
            const int64_t at = row * outcomes_;
            if (is_float_) {
              make_bounds(operands.input<float>(0) + at, outcomes_, is_normalized_, bounds + at);
            } else {
              make_bounds(operands.input<int32_t>(0) + at, outcomes_, is_normalized_, bounds + at);
            }
          }
        });
    auto* const dst = operands.output<int32_t>();
    pool.parallel_for(rows_ * samples_, kGrain, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        const float* const row = bounds + i / samples_ * outcomes_;
        const float* const found =
            std::upper_bound(row, row + outcomes_ - 1, numbers[i % samples_],
                             [](double number, float bound) { return number < bound; });
        dst[i] = static_cast<int32_t>(found - row);
      }
    });
    return {};
  }

 private:
  const int64_t rows_;
  const int64_t outcomes_;
  const int64_t samples_;
  const bool is_float_;
  const bool is_normalized_;
};

}  // namespace

std::span<const Kernel> multinomial_kernels() {
  static const Kernel kKernels[] = {{"Multinomial",
                                     "plain",
                                     {.dtypes = {DType::kFloat32, DType::kInt32}},
                                     prepare_as<Multinomial>}};
  return kKernels;
}

}  // namespace tfjs_native
#endif
