// Samples of outcomes with given probabilities.
#include <algorithm>
#include <cmath>

#include "backends/cpu/kernel_list.h"
#include "backends/cpu/random/alea.h"
#include "base/thread_pool.h"

namespace tfjs_native {
namespace {

constexpr int64_t kGrain = 4 * 1024;  // Values that are worth another thread.

/// The probabilities of a row of logits, rounded wherever tfjs stores them, so that the samples for
/// a seed are the same.
template <typename T>
void softmax(const T* logits, int64_t count, float* probabilities) {
  T largest = logits[0];
  for (int64_t i = 1; i < count; ++i) {
    if (logits[i] > largest || logits[i] != logits[i]) largest = logits[i];
  }
  double sum = 0;
  for (int64_t i = 0; i < count; ++i) {
    double distance = static_cast<double>(logits[i]) - static_cast<double>(largest);
    if constexpr (std::is_same_v<T, float>) distance = static_cast<float>(distance);
    probabilities[i] = static_cast<float>(std::exp(distance));
    sum += static_cast<double>(probabilities[i]);
  }
  const float divisor = static_cast<float>(sum);
  for (int64_t i = 0; i < count; ++i) probabilities[i] /= divisor;
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
