// ResizeBilinear and ResizeNearestNeighbor of images [batch, height, width, channels]. Compiled
// once for each instruction set.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/cpu/image/resize.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <type_traits>

#include "backends/cpu/image/resize_taps.h"
#include "backends/cpu/kernel_list.h"
#include "backends/cpu/loops/element.h"
#include "base/thread_pool.h"
#include "tensor/element_type.h"

#ifndef TFJS_RESIZE_ROWS
#define TFJS_RESIZE_ROWS
namespace tfjs_native {
namespace {

/// Stretches one source row: `taps` are columns.
using StretchRow = void (*)(const void* src, const LinearTaps& taps, int64_t channels, float* dst);
/// dst = low + (high - low) * fraction, element by element.
using BlendRows = void (*)(const float* low, const float* high, float fraction, int64_t count,
                           float* dst);

struct BilinearFunctions {
  StretchRow stretch;
  BlendRows blend;
};

}  // namespace
}  // namespace tfjs_native
#endif

HWY_BEFORE_NAMESPACE();
namespace tfjs_native {
namespace HWY_NAMESPACE {

/// Pixels of three channels as four values, of which the last one is overwritten by the pixel that
/// follows. Answers where it stopped: at a pixel with nothing behind it to read or to overwrite.
int64_t stretch_photo([[maybe_unused]] const float* row, [[maybe_unused]] const LinearTaps& taps,
                      [[maybe_unused]] float* dst) {
  int64_t i = 0;
#if HWY_TARGET != HWY_SCALAR
  namespace hn = hwy::HWY_NAMESPACE;
  const hn::FixedTag<float, 4> d;
  const int32_t* const lows = taps.low.data();
  const int32_t* const highs = taps.high.data();
  const float* const fractions = taps.fraction.data();
  // Positions rise: there is a pixel behind all those before the last one's.
  const auto count = static_cast<int64_t>(taps.low.size());
  const int32_t last = taps.high.back();
  for (; i + 1 < count && highs[i] < last; ++i) {
    const auto a = hn::LoadU(d, row + int64_t{lows[i]} * 3);
    const auto b = hn::LoadU(d, row + int64_t{highs[i]} * 3);
    const auto value = hn::MulAdd(hn::Sub(b, a), hn::Set(d, fractions[i]), a);
    hn::StoreU(value, d, dst + i * 3);
  }
#endif
  return i;
}

/// kChannels is 0 where the number is not known at compile time.
template <typename T, int kChannels>
void stretch_pixels(const T* row, const LinearTaps& taps, int64_t channels, float* dst) {
  if constexpr (kChannels > 0) channels = kChannels;
  const auto count = static_cast<int64_t>(taps.low.size());
  int64_t i = 0;
  if constexpr (kChannels == 3 && std::is_same_v<T, float>) {
    i = stretch_photo(row, taps, dst);
  }
  for (; i < count; ++i) {
    const T* HWY_RESTRICT low = row + taps.low[i] * channels;
    const T* HWY_RESTRICT high = row + taps.high[i] * channels;
    const float fraction = taps.fraction[i];
    float* HWY_RESTRICT out = dst + i * channels;
    for (int64_t c = 0; c < channels; ++c) {
      const auto a = static_cast<float>(low[c]);
      const auto b = static_cast<float>(high[c]);
      out[c] = a + (b - a) * fraction;
    }
  }
}

template <typename T>
void stretch_row(const void* src, const LinearTaps& taps, int64_t channels, float* dst) {
  const T* row = static_cast<const T*>(src);
  switch (channels) {
    case 1:
      return stretch_pixels<T, 1>(row, taps, channels, dst);
    case 2:
      return stretch_pixels<T, 2>(row, taps, channels, dst);
    case 3:
      return stretch_pixels<T, 3>(row, taps, channels, dst);
    case 4:
      return stretch_pixels<T, 4>(row, taps, channels, dst);
    default:
      return stretch_pixels<T, 0>(row, taps, channels, dst);
  }
}

void blend_rows(const float* low, const float* high, float fraction, int64_t count, float* dst) {
  const float* HWY_RESTRICT a = low;
  const float* HWY_RESTRICT b = high;
  float* HWY_RESTRICT out = dst;
  for (int64_t i = 0; i < count; ++i) out[i] = a[i] + (b[i] - a[i]) * fraction;
}

BilinearFunctions select_bilinear(DType dtype) {
  return with_tfjs_real(dtype, [](auto tag) -> BilinearFunctions {
    return {stretch_row<TypeIn<decltype(tag)>>, blend_rows};
  });
}

}  // namespace HWY_NAMESPACE
}  // namespace tfjs_native
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tfjs_native {

HWY_EXPORT(select_bilinear);

namespace {

constexpr int64_t kGrain = 32 * 1024;
constexpr int64_t kMaxTasks = 64;

/// What both resizes know of the shapes. An image without pixels has none to give: tfjs writes
/// what an undefined value becomes, NaN or 0.
struct ResizeShape {
  explicit ResizeShape(const Descriptor& descriptor) {
    const Shape& in = descriptor.inputs[0].shape;
    const Shape& out = descriptor.outputs[0].shape;
    batch = in[0];
    in_height = in[1];
    in_width = in[2];
    channels = in[3];
    out_height = out[1];
    out_width = out[2];
    no_source = num_elements(in) == 0;
    align_corners = descriptor.attrs.flag("alignCorners");
    half_pixel = descriptor.attrs.flag("halfPixelCenters");
  }
  Scale rows() const { return {in_height, out_height, align_corners, half_pixel}; }
  Scale columns() const { return {in_width, out_width, align_corners, half_pixel}; }
  int64_t out_size() const { return batch * out_height * out_width * channels; }

  int64_t batch, in_height, in_width, channels, out_height, out_width;
  bool no_source, align_corners, half_pixel;
};

class ResizeBilinear : public PreparedKernel {
 public:
  ResizeBilinear(const Descriptor& descriptor, const BilinearFunctions& functions)
      : shape_(descriptor), dtype_(descriptor.inputs[0].dtype), functions_(functions) {
    if (shape_.no_source || shape_.out_size() == 0) return;
    rows_ = linear_taps(shape_.rows());
    columns_ = linear_taps(shape_.columns());
    count_held(rows_.size_bytes() + columns_.size_bytes());
    const int64_t all_rows = shape_.batch * shape_.out_height;
    tasks_ = std::clamp<int64_t>(shape_.out_size() / kGrain, 1, std::min(kMaxTasks, all_rows));
    // Each task keeps two stretched rows.
    workspace_bytes_ = static_cast<size_t>(tasks_ * 2 * row_size()) * sizeof(float);
  }

  Status run(const Operands& operands, DeviceStream&) const override {
    float* dst = operands.output<float>();
    if (shape_.out_size() == 0) return {};
    if (shape_.no_source) {
      std::fill_n(dst, shape_.out_size(), std::numeric_limits<float>::quiet_NaN());
      return {};
    }
    auto* buffers = static_cast<float*>(operands.workspace);
    const int64_t all_rows = shape_.batch * shape_.out_height;
    ThreadPool::instance().run(tasks_, [&](int64_t task) {
      resize_rows(operands.inputs[0].data, dst, buffers + task * 2 * row_size(),
                  all_rows * task / tasks_, all_rows * (task + 1) / tasks_);
    });
    return {};
  }

 private:
  int64_t row_size() const { return shape_.out_width * shape_.channels; }

  /// Output rows [begin, end), counted over all images. Neighbouring rows often lie between the
  /// same source rows, so that stretched rows are kept.
  void resize_rows(const void* src, float* dst, float* buffers, int64_t begin, int64_t end) const {
    float* kept[2] = {buffers, buffers + row_size()};
    int64_t kept_row[2] = {-1, -1};
    const auto stretched = [&](int64_t source_row, int64_t other_row) {
      for (int i = 0; i < 2; ++i) {
        if (kept_row[i] == source_row) return kept[i];
      }
      const int slot = kept_row[0] == other_row ? 1 : 0;
      const auto row_bytes =
          shape_.in_width * shape_.channels * static_cast<int64_t>(size_of(dtype_));
      functions_.stretch(static_cast<const char*>(src) + source_row * row_bytes, columns_,
                         shape_.channels, kept[slot]);
      kept_row[slot] = source_row;
      return kept[slot];
    };
    for (int64_t row = begin; row < end; ++row) {
      const int64_t first = row / shape_.out_height * shape_.in_height;
      const int64_t y = row % shape_.out_height;
      const int64_t low = first + rows_.low[y];
      const int64_t high = first + rows_.high[y];
      const float* low_values = stretched(low, high);
      const float* high_values = stretched(high, low);
      functions_.blend(low_values, high_values, rows_.fraction[y], row_size(),
                       dst + row * row_size());
    }
  }

  const ResizeShape shape_;
  const DType dtype_;
  const BilinearFunctions functions_;
  LinearTaps rows_;
  LinearTaps columns_;
  int64_t tasks_ = 1;
};

class ResizeNearest : public PreparedKernel {
 public:
  explicit ResizeNearest(const Descriptor& descriptor)
      : shape_(descriptor), dtype_(descriptor.inputs[0].dtype) {
    if (shape_.no_source || shape_.out_size() == 0) return;
    rows_ = nearest_taps(shape_.rows());
    columns_ = nearest_taps(shape_.columns());
    count_held((rows_.size() + columns_.size()) * sizeof(int32_t));
  }

  Status run(const Operands& operands, DeviceStream&) const override {
    if (shape_.out_size() == 0) return {};
    if (shape_.no_source) {
      const Element undefined = make_element(dtype_, std::numeric_limits<double>::quiet_NaN());
      fill_elements(operands.outputs[0].data, shape_.out_size(), undefined, dtype_);
      return {};
    }
    const int64_t pixel_bytes = shape_.channels * static_cast<int64_t>(size_of(dtype_));
    const int64_t grain = std::max<int64_t>(1, kGrain / (shape_.out_width * shape_.channels));
    ThreadPool::instance().parallel_for(
        shape_.batch * shape_.out_height, grain, [&](int64_t begin, int64_t end) {
          const char* src = operands.input<char>(0);
          char* dst = operands.output<char>();
          // A pixel's size that is known at compile time makes its copy one or two instructions.
          switch (pixel_bytes) {
            case 4:
              return copy_rows<4>(src, dst, begin, end, pixel_bytes);
            case 8:
              return copy_rows<8>(src, dst, begin, end, pixel_bytes);
            case 12:
              return copy_rows<12>(src, dst, begin, end, pixel_bytes);
            case 16:
              return copy_rows<16>(src, dst, begin, end, pixel_bytes);
            default:
              return copy_rows<0>(src, dst, begin, end, pixel_bytes);
          }
        });
    return {};
  }

 private:
  /// kBytes is 0 where the bytes of a pixel are not known at compile time.
  template <int64_t kBytes>
  void copy_rows(const char* src, char* dst, int64_t begin, int64_t end,
                 int64_t pixel_bytes) const {
    if constexpr (kBytes > 0) pixel_bytes = kBytes;
    const int64_t row_bytes = shape_.out_width * pixel_bytes;
    int64_t previous = -1;
    for (int64_t row = begin; row < end; ++row) {
      const int64_t source_row =
          row / shape_.out_height * shape_.in_height + rows_[row % shape_.out_height];
      char* out = dst + row * row_bytes;
      if (source_row == previous) {
        std::memcpy(out, out - row_bytes, static_cast<size_t>(row_bytes));
        continue;
      }
      previous = source_row;
      const char* in = src + source_row * shape_.in_width * pixel_bytes;
      for (int64_t x = 0; x < shape_.out_width; ++x) {
        std::memcpy(out + x * pixel_bytes, in + columns_[x] * pixel_bytes,
                    static_cast<size_t>(pixel_bytes));
      }
    }
  }

  const ResizeShape shape_;
  const DType dtype_;
  std::vector<int32_t> rows_;
  std::vector<int32_t> columns_;
};

Result<PreparedKernelPtr> prepare_bilinear(const Descriptor& descriptor, Device&) {
  const BilinearFunctions functions =
      HWY_DYNAMIC_DISPATCH(select_bilinear)(descriptor.inputs[0].dtype);
  return make_prepared<ResizeBilinear>(descriptor, functions);
}

}  // namespace

std::span<const Kernel> resize_kernels() {
  static const Kernel kKernels[] = {
      {"ResizeBilinear", "simd", {.dtypes = kTfjsReals}, prepare_bilinear},
      {"ResizeNearestNeighbor", "copy", {.dtypes = kTfjsReals}, prepare_as<ResizeNearest>},
  };
  return kKernels;
}

}  // namespace tfjs_native
#endif
