#include "backends/cpu/loops/integer_tail.h"

#include <bit>
#include <cmath>

#include "math/conversion.h"

namespace tfjs_native {
namespace {

double load(const void* values, DType dtype, int64_t i) {
  return with_tfjs_real(dtype, [&](auto tag) {
    return static_cast<double>(static_cast<const TypeIn<decltype(tag)>*>(values)[i]);
  });
}

/// Calls f(sum, operand) for every element; `loops` has the sums as `a`.
template <typename F>
void for_each_pair(const BroadcastLoops& loops, int32_t* sums, const void* operand, DType dtype,
                   F f) {
  for (int64_t row = 0; row < loops.outer; ++row) {
    int64_t unused;
    int64_t offset;
    loops.offsets(row, unused, offset);
    for (int64_t i = 0; i < loops.inner; ++i) {
      f(sums[row * loops.inner + i], load(operand, dtype, offset + i * loops.b_inner));
    }
  }
}

/// The int32 cell becomes a float32 one.
void store_sloped(int32_t& cell, double slope) {
  const auto value = static_cast<double>(cell);
  cell = std::bit_cast<int32_t>(static_cast<float>(value < 0 ? slope * value : value));
}

double activate(Activation activation, double x) {
  switch (activation) {
    case Activation::kRelu:
      return x < 0 ? 0 : x;
    case Activation::kRelu6:
      return x < 0 ? 0 : x > 6 ? 6 : x;
    case Activation::kElu:
      return x < 0 ? std::exp(x) - 1 : x;
    case Activation::kSigmoid:
      return 1 / (1 + std::exp(-x));
    default:
      return x;
  }
}

}  // namespace

IntegerTail::IntegerTail(const FusedSpec& spec, const TensorDesc& output)
    : spec_(spec), elements_(output.num_elements()) {
  if (elements_ == 0) return;
  if (spec.bias.present) {
    bias_loops_ = merge_broadcast(output.shape, spec.bias.shape, output.shape);
  }
  if (spec.alpha.present) {
    alpha_loops_ = merge_broadcast(output.shape, spec.alpha.shape, output.shape);
  }
}

void IntegerTail::run(int32_t* sums, const void* bias, const void* alpha) const {
  if (elements_ == 0) return;
  if (spec_.bias.present) {
    for_each_pair(bias_loops_, sums, bias, spec_.bias.dtype,
                  [](int32_t& sum, double b) { sum = to_int32(sum + b); });
  }
  switch (spec_.activation) {
    case Activation::kLinear:
      return;
    case Activation::kPrelu:
      return for_each_pair(alpha_loops_, sums, alpha, spec_.alpha.dtype, store_sloped);
    case Activation::kLeakyRelu:
      for (int64_t i = 0; i < elements_; ++i) store_sloped(sums[i], spec_.leaky_alpha);
      return;
    default:
      for (int64_t i = 0; i < elements_; ++i) {
        sums[i] = to_int32(activate(spec_.activation, sums[i]));
      }
  }
}

}  // namespace tfjs_native
