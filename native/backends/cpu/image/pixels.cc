// Bytes of images to tensors and back. What most images go through is compiled once for each
// instruction set.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/cpu/image/pixels.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include <algorithm>
#include <atomic>

#include "backends/cpu/kernel_list.h"
#include "backends/cpu/loops/stores-inl.h"
#include "backends/cpu/loops/strided_copy.h"
#include "base/thread_pool.h"
#include "tensor/element_type.h"

HWY_BEFORE_NAMESPACE();
namespace tfjs_native {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// Red, green and blue of `pixels` pixels of four bytes each.
template <bool kStream>
void copy_colors_of(const uint8_t* HWY_RESTRICT src, int32_t* HWY_RESTRICT dst, int64_t pixels) {
  const auto copy_one = [&](int64_t i) {
    for (int64_t c = 0; c < 3; ++c) dst[3 * i + c] = src[4 * i + c];
  };
  int64_t i = 0;
#if HWY_TARGET != HWY_SCALAR
  const hn::FixedTag<uint8_t, 16> d;
  const hn::Repartition<int32_t, decltype(d)> integers;
  // Four pixels become three vectors of four integers; 128 stands for a zero.
  alignas(16) static constexpr uint8_t kPlaces[3][16] = {
      {0, 128, 128, 128, 1, 128, 128, 128, 2, 128, 128, 128, 4, 128, 128, 128},
      {5, 128, 128, 128, 6, 128, 128, 128, 8, 128, 128, 128, 9, 128, 128, 128},
      {10, 128, 128, 128, 12, 128, 128, 128, 13, 128, 128, 128, 14, 128, 128, 128}};
  const auto first = hn::Load(d, kPlaces[0]);
  const auto second = hn::Load(d, kPlaces[1]);
  const auto third = hn::Load(d, kPlaces[2]);
  while (kStream && i < pixels && reinterpret_cast<uintptr_t>(dst + 3 * i) % 16 != 0) {
    copy_one(i++);
  }
  for (; i + 4 <= pixels; i += 4) {
    const auto four = hn::LoadU(d, src + 4 * i);
    const auto copy = [&](auto places, int32_t* to) HWY_ATTR {
      store_vector<kStream>(hn::BitCast(integers, hn::TableLookupBytesOr0(four, places)), integers,
                            to);
    };
    copy(first, dst + 3 * i);
    copy(second, dst + 3 * i + 4);
    copy(third, dst + 3 * i + 8);
  }
#endif
  for (; i < pixels; ++i) copy_one(i);
  if constexpr (kStream) hwy::FlushStream();
}

void copy_colors(const uint8_t* src, int32_t* dst, int64_t pixels, bool streams) {
  streams ? copy_colors_of<true>(src, dst, pixels) : copy_colors_of<false>(src, dst, pixels);
}

template <bool kStream>
void widen_bytes_of(const uint8_t* src, int32_t* dst, int64_t count) {
  const hn::ScalableTag<int32_t> d;
  const hn::Rebind<uint8_t, decltype(d)> bytes;
  write_elements<kStream>(
      d, dst, count,
      [&](int64_t i) HWY_ATTR { return hn::PromoteTo(d, hn::LoadU(bytes, src + i)); },
      [&](int64_t i) { return int32_t{src[i]}; });
  if constexpr (kStream) hwy::FlushStream();
}

/// All bytes of pixels.
void widen_bytes(const uint8_t* src, int32_t* dst, int64_t count, bool streams) {
  streams ? widen_bytes_of<true>(src, dst, count) : widen_bytes_of<false>(src, dst, count);
}

}  // namespace HWY_NAMESPACE
}  // namespace tfjs_native
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tfjs_native {

HWY_EXPORT(copy_colors);
HWY_EXPORT(widen_bytes);

namespace {

constexpr int64_t kGrain = 16 * 1024;  // Pixels that are worth another thread.
constexpr int64_t kBytes = 4;          // Of a pixel: red, green, blue, alpha.

/// The first channels of each pixel as a canvas would have it, as int32: grey is all colours, and
/// what has no alpha is opaque.
template <int kDepth>
class FromPixels : public PreparedKernel {
 public:
  explicit FromPixels(const Descriptor& descriptor)
      : channels_(descriptor.outputs[0].shape[2]),
        pixels_(descriptor.inputs[0].num_elements() / kDepth),
        streams_(outgrows_caches(static_cast<int64_t>(descriptor.outputs[0].size_bytes()))) {}

  Status run(const Operands& operands, DeviceStream&) const override {
    const auto* src = operands.input<uint8_t>(0);
    auto* dst = operands.output<int32_t>();
    ThreadPool::instance().parallel_for(pixels_, kGrain, [&](int64_t begin, int64_t end) {
      // Two channels of grey with alpha are grey twice.
      if (channels_ == kDepth && kDepth != 2) {
        HWY_DYNAMIC_DISPATCH(widen_bytes)
        (src + kDepth * begin, dst + kDepth * begin, kDepth * (end - begin), streams_);
        return;
      }
      switch (channels_) {
        case 1:
          return copy<1>(src, dst, begin, end);
        case 2:
          return copy<2>(src, dst, begin, end);
        case 3:
          return copy_three(src, dst, begin, end);
        default:
          return copy<4>(src, dst, begin, end);
      }
    });
    return {};
  }

 private:
  /// Where in a pixel a channel lies.
  static constexpr int place_of(int channel) {
    if (channel == 3) return kDepth - 1;
    return kDepth < 3 ? 0 : channel;
  }
  static constexpr bool has(int channel) { return channel < 3 || kDepth % 2 == 0; }

  void copy_three(const uint8_t* src, int32_t* dst, int64_t begin, int64_t end) const {
    if constexpr (kDepth == kBytes) {
      HWY_DYNAMIC_DISPATCH(copy_colors)
      (src + kBytes * begin, dst + 3 * begin, end - begin, streams_);
    } else {
      copy<3>(src, dst, begin, end);
    }
  }

  template <int kChannels>
  static void copy(const uint8_t* src, int32_t* dst, int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      for (int c = 0; c < kChannels; ++c) {
        dst[kChannels * i + c] = has(c) ? src[kDepth * i + place_of(c)] : 255;
      }
    }
  }

  const int64_t channels_;
  const int64_t pixels_;
  const bool streams_;
};

Result<PreparedKernelPtr> prepare_from_pixels(const Descriptor& descriptor, Device&) {
  switch (descriptor.inputs[0].shape[2]) {
    case 1:
      return make_prepared<FromPixels<1>>(descriptor);
    case 2:
      return make_prepared<FromPixels<2>>(descriptor);
    case 3:
      return make_prepared<FromPixels<3>>(descriptor);
    default:
      return make_prepared<FromPixels<4>>(descriptor);
  }
}

/// Math.round() of JavaScript, as a byte that does not wrap.
uint8_t to_byte(double value) {
  const double inside = value >= 255 ? 255 : value >= 0 ? value : 0;
  return static_cast<uint8_t>(static_cast<int>(inside + 0.5));
}

/// Run-time scalar: how opaque pixels without an alpha of their own are.
template <typename T, int kDepth>
class Draw : public PreparedKernel {
 public:
  explicit Draw(const Descriptor& descriptor)
      : pixels_(descriptor.outputs[0].num_elements() / kBytes) {}

  Status run(const Operands& operands, DeviceStream&) const override {
    const T* src = operands.input<T>(0);
    auto* dst = operands.output<uint8_t>();
    const uint8_t alpha = to_byte(255 * operands.scalars[0]);
    std::atomic<bool> fits{true};
    ThreadPool::instance().parallel_for(pixels_, kGrain, [&](int64_t begin, int64_t end) {
      if (!draw(src, dst, alpha, begin, end)) fits.store(false, std::memory_order_relaxed);
    });
    if (fits.load(std::memory_order_relaxed)) return {};
    const T value = *std::find_if_not(src, src + pixels_ * kDepth, is_inside);
    return make_status(Code::kBadAttr,
                       "image: Tensor values for a %s Tensor must be in the range [0 - %d] but "
                       "encountered %g.",
                       dtype_name(dtype_of<T>()), kMost, static_cast<double>(value));
  }

 private:
  static constexpr int kMost = std::is_same_v<T, float> ? 1 : 255;
  /// NaN is drawn, as 0.
  static bool is_inside(T value) { return !(value < 0) && !(value > kMost); }

  /// Whether all values are inside; without branches, so that pixels go side by side.
  static bool draw(const T* src, uint8_t* dst, uint8_t alpha, int64_t begin, int64_t end) {
    int outside = 0;
    for (int64_t i = begin; i < end; ++i) {
      uint8_t bytes[kBytes] = {0, 0, 0, alpha};
      for (int c = 0; c < kDepth; ++c) {
        const T value = src[i * kDepth + c];
        outside |= is_inside(value) ? 0 : 1;
        bytes[c] = to_byte(static_cast<double>(value) * (255 / kMost));
      }
      if (kDepth == 1) bytes[1] = bytes[2] = bytes[0];
      for (int c = 0; c < kBytes; ++c) dst[i * kBytes + c] = bytes[c];
    }
    return outside == 0;
  }

  const int64_t pixels_;
};

template <typename T>
Result<PreparedKernelPtr> prepare_draw_of(const Descriptor& descriptor) {
  const TensorDesc& image = descriptor.inputs[0];
  switch (image.rank() == 2 ? 1 : image.shape[2]) {
    case 1:
      return make_prepared<Draw<T, 1>>(descriptor);
    case 3:
      return make_prepared<Draw<T, 3>>(descriptor);
    default:
      return make_prepared<Draw<T, 4>>(descriptor);
  }
}

Result<PreparedKernelPtr> prepare_draw(const Descriptor& descriptor, Device&) {
  if (descriptor.inputs[0].dtype == DType::kFloat32) return prepare_draw_of<float>(descriptor);
  return prepare_draw_of<int32_t>(descriptor);
}

}  // namespace

std::span<const Kernel> pixels_kernels() {
  static const Kernel kKernels[] = {
      {"FromPixels", "plain", {.dtypes = {DType::kUint8, DType::kInt32}}, prepare_from_pixels},
      {"Draw", "plain", {.dtypes = {DType::kUint8, DType::kFloat32, DType::kInt32}}, prepare_draw},
  };
  return kKernels;
}

}  // namespace tfjs_native
#endif
