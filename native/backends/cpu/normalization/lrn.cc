// LRN and LRNGrad: x * (bias + alpha * s) ^ -beta, where s sums the squares of the channels at
// most depthRadius away. Compiled once for each instruction set; the compiler vectorizes over
// channels. Several pixels go through each step together: what one step has just written, the next
// one would wait for.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/cpu/normalization/lrn.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "backends/cpu/kernel_list.h"
#include "base/thread_pool.h"

#ifndef TFJS_LRN_ROWS
#define TFJS_LRN_ROWS
namespace tfjs_native {
namespace {

struct LrnArguments {
  int64_t channels;
  int64_t radius;  // Negative: no channel counts. At most channels.
  float bias;
  float alpha;
  float beta;
  const float* x;
  const float* y;   // Null for the forward direction.
  const float* dy;  // Likewise.
  float* dst;
};

/// Pixels that go through each step together: their values stay in the nearest caches.
constexpr int64_t lrn_pixels_of(int64_t channels) {
  return std::clamp<int64_t>(2048 / channels, 1, 16);
}

/// Scratch values that they want.
constexpr int64_t lrn_scratch(int64_t channels, int64_t radius) {
  return lrn_pixels_of(channels) * (3 * channels + 2 * std::max<int64_t>(0, radius));
}

/// Pixels [begin, end).
using LrnPixels = void (*)(const LrnArguments& arguments, float* scratch, int64_t begin,
                           int64_t end);

}  // namespace
}  // namespace tfjs_native
#endif

HWY_BEFORE_NAMESPACE();
namespace tfjs_native {
namespace HWY_NAMESPACE {

/// sums[c] = the sum of padded[c .. c + 2 * radius].
void window_sums(const float* padded, int64_t channels, int64_t radius, float* sums) {
  namespace hn = hwy::HWY_NAMESPACE;
  const hn::ScalableTag<float> d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  int64_t c = 0;
  for (; c + lanes <= channels; c += lanes) {
    auto sum = hn::Zero(d);
    for (int64_t k = 0; k <= 2 * radius; ++k) sum = hn::Add(sum, hn::LoadU(d, padded + c + k));
    hn::StoreU(sum, d, sums + c);
  }
  for (; c < channels; ++c) {
    float sum = 0;
    for (int64_t k = 0; k <= 2 * radius; ++k) sum += padded[c + k];
    sums[c] = sum;
  }
}

/// power = base ^ -beta.
void negative_power(const float* base, int64_t count, float beta, float* power) {
  if (beta == 0.5f) {
    for (int64_t i = 0; i < count; ++i) power[i] = 1.0f / std::sqrt(base[i]);
  } else if (beta == 1.0f) {
    for (int64_t i = 0; i < count; ++i) power[i] = 1.0f / base[i];
  } else if (beta == 0.75f) {
    for (int64_t i = 0; i < count; ++i) {
      const float root = std::sqrt(base[i]);
      power[i] = 1.0f / (root * std::sqrt(root));
    }
  } else {
    for (int64_t i = 0; i < count; ++i) power[i] = std::pow(base[i], -beta);
  }
}

/// At most lrn_pixels_of() pixels from `first` on. The margins of `padded` hold zeros.
void lrn_block(const LrnArguments& arguments, float* padded, int64_t first, int64_t pixels) {
  const int64_t channels = arguments.channels;
  const int64_t margin = std::max<int64_t>(0, arguments.radius);
  const int64_t padded_size = channels + 2 * margin;
  float* HWY_RESTRICT norm = padded + lrn_pixels_of(channels) * padded_size;
  float* HWY_RESTRICT power = norm + lrn_pixels_of(channels) * channels;
  const float* HWY_RESTRICT x = arguments.x + first * channels;
  float* HWY_RESTRICT dst = arguments.dst + first * channels;
  const int64_t values = pixels * channels;
  const float bias = arguments.bias;
  const float alpha = arguments.alpha;
  const auto sum_windows = [&] {
    for (int64_t pixel = 0; pixel < pixels; ++pixel) {
      window_sums(padded + pixel * padded_size, channels, arguments.radius,
                  norm + pixel * channels);
    }
  };
  for (int64_t pixel = 0; pixel < pixels; ++pixel) {
    const float* HWY_RESTRICT in = x + pixel * channels;
    float* HWY_RESTRICT squares = padded + pixel * padded_size + margin;
    for (int64_t c = 0; c < channels; ++c) squares[c] = in[c] * in[c];
  }
  sum_windows();
  for (int64_t i = 0; i < values; ++i) norm[i] = bias + alpha * norm[i];
  negative_power(norm, values, arguments.beta, power);
  if (arguments.dy == nullptr) {
    for (int64_t i = 0; i < values; ++i) dst[i] = x[i] * power[i];
    return;
  }
  // An output depends on its own input through the factor, on all in its window through norm.
  const float factor = -2 * alpha * arguments.beta;
  const float* HWY_RESTRICT dy = arguments.dy + first * channels;
  for (int64_t pixel = 0; pixel < pixels; ++pixel) {
    const float* HWY_RESTRICT y = arguments.y + (first + pixel) * channels;
    const float* gradient = dy + pixel * channels;
    const float* divisor = norm + pixel * channels;
    float* HWY_RESTRICT out = padded + pixel * padded_size + margin;
    for (int64_t c = 0; c < channels; ++c) out[c] = factor * y[c] * gradient[c] / divisor[c];
  }
  sum_windows();
  if (arguments.radius < 0) {
    std::fill_n(dst, values, 0.0f);
  } else {
    for (int64_t i = 0; i < values; ++i) dst[i] = x[i] * norm[i] + power[i] * dy[i];
  }
}

void lrn_pixels(const LrnArguments& arguments, float* scratch, int64_t begin, int64_t end) {
  const int64_t margin = std::max<int64_t>(0, arguments.radius);
  const int64_t pixels = lrn_pixels_of(arguments.channels);
  std::fill_n(scratch, pixels * (arguments.channels + 2 * margin), 0.0f);
  for (int64_t pixel = begin; pixel < end; pixel += pixels) {
    lrn_block(arguments, scratch, pixel, std::min(pixels, end - pixel));
  }
}

LrnPixels select_lrn() { return lrn_pixels; }

}  // namespace HWY_NAMESPACE
}  // namespace tfjs_native
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tfjs_native {

HWY_EXPORT(select_lrn);

namespace {

constexpr int64_t kGrain = 32 * 1024;

/// Inputs: x, or x, y and dy.
class Lrn : public PreparedKernel {
 public:
  explicit Lrn(const Descriptor& descriptor) : is_gradient_(descriptor.inputs.size() == 3) {
    const Shape& shape = descriptor.inputs[0].shape;
    arguments_.channels = shape.back();
    arguments_.radius =
        std::clamp<int64_t>(descriptor.attrs.integer("depthRadius"), -1, arguments_.channels);
    arguments_.bias = static_cast<float>(descriptor.attrs.number("bias"));
    arguments_.alpha = static_cast<float>(descriptor.attrs.number("alpha"));
    arguments_.beta = static_cast<float>(descriptor.attrs.number("beta"));
    pixels_ = arguments_.channels == 0 ? 0 : num_elements(shape) / arguments_.channels;
  }

  Status run(const Operands& operands, DeviceStream&) const override {
    if (pixels_ == 0) return {};
    LrnArguments arguments = arguments_;
    arguments.x = operands.input<float>(0);
    arguments.y = is_gradient_ ? operands.input<float>(1) : nullptr;
    arguments.dy = is_gradient_ ? operands.input<float>(2) : nullptr;
    arguments.dst = operands.output<float>();
    const int64_t work = arguments.channels * (2 * std::max<int64_t>(0, arguments.radius) + 8);
    ThreadPool::instance().parallel_for(
        pixels_, std::max<int64_t>(1, kGrain / work), [&](int64_t begin, int64_t end) {
          std::vector<float> scratch(
              static_cast<size_t>(lrn_scratch(arguments.channels, arguments.radius)));
          compute_(arguments, scratch.data(), begin, end);
        });
    return {};
  }

 private:
  const LrnPixels compute_ = HWY_DYNAMIC_DISPATCH(select_lrn)();
  const bool is_gradient_;
  LrnArguments arguments_{};
  int64_t pixels_;
};

}  // namespace

std::span<const Kernel> lrn_kernels() {
  static const Kernel kKernels[] = {
      {"LRN", "simd", {.dtypes = {DType::kFloat32}}, prepare_as<Lrn>},
      {"LRNGrad", "simd", {.dtypes = {DType::kFloat32}}, prepare_as<Lrn>},
  };
  return kKernels;
}

}  // namespace tfjs_native
#endif
