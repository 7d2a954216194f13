// ResizeBilinear of images [batch, height, width, channels]. Compiled once for each instruction
// set.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/cpu/image/resize.cc"
#include <hwy/cache_control.h>
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include <algorithm>
#include <limits>
#include <type_traits>

#include "backends/cpu/image/resize_shape.h"
#include "backends/cpu/kernel_list.h"
#include "backends/cpu/loops/stores-inl.h"
#include "backends/cpu/loops/strided_copy.h"
#include "base/machine.h"
#include "base/thread_pool.h"
#include "tensor/element_type.h"

#ifndef TFJS_RESIZE_ROWS
#define TFJS_RESIZE_ROWS
namespace tfjs_native {
namespace {

/// Two source rows between which a row lies: low + (high - low) * fraction.
struct RowPair {
  const void* low;
  const void* high;
  float fraction;
};

/// What is read ahead while a row is computed: so many bytes for each of its pixels.
struct Ahead {
  const char* data = nullptr;
  int64_t step = 0;
};

/// Stretches one row: `taps` are columns.
using StretchRow = void (*)(const void* src, const LinearTaps& taps, int64_t channels, float* dst,
                            const Ahead& ahead);
/// The row between two, `count` elements of it; past the caches where it `streams`.
using BlendRows = void (*)(const RowPair& rows, int64_t count, float* dst, bool streams);
/// Both at once, of floats with at least as many channels as a vector has lanes.
using MixPixels = void (*)(const RowPair& rows, const LinearTaps& taps, int64_t channels,
                           float* dst, bool streams);

struct BilinearFunctions {
  StretchRow stretch;
  BlendRows blend;
  // Of rows that are stretched.
  StretchRow stretch_floats;
  BlendRows blend_floats;
  MixPixels mix;  // Null where it does not apply.
};

}  // namespace
}  // namespace tfjs_native
#endif

HWY_BEFORE_NAMESPACE();
namespace tfjs_native {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// low + (high - low) * fraction
template <class V>
HWY_INLINE V between(V low, V high, V fraction) {
  return hn::MulAdd(hn::Sub(high, low), fraction, low);
}

/// Pixels [begin, end) of three channels as four values, of which the last one is overwritten by
/// the pixel that follows. Answers where it stopped: at a pixel with nothing behind it to read or
/// to overwrite.
int64_t stretch_photo([[maybe_unused]] const float* row, [[maybe_unused]] const LinearTaps& taps,
                      [[maybe_unused]] float* dst, int64_t begin, [[maybe_unused]] int64_t end) {
  int64_t i = begin;
#if HWY_TARGET != HWY_SCALAR
  const hn::FixedTag<float, 4> d;
  const int32_t* const lows = taps.low.data();
  const int32_t* const highs = taps.high.data();
  const float* const fractions = taps.fraction.data();
  // Positions rise: there is a pixel behind all those before the last one's.
  end = std::min(end, static_cast<int64_t>(taps.low.size()) - 1);
  while (end > i && highs[end - 1] == taps.high.back()) --end;
  for (; i < end; ++i) {
    const auto a = hn::LoadU(d, row + int64_t{lows[i]} * 3);
    const auto b = hn::LoadU(d, row + int64_t{highs[i]} * 3);
    hn::StoreU(between(a, b, hn::Set(d, fractions[i])), d, dst + i * 3);
  }
#endif
  return i;
}

/// kChannels is 0 where the number is not known at compile time.
template <typename T, int kChannels>
void stretch_pixels(const T* row, const LinearTaps& taps, int64_t channels, float* dst,
                    int64_t begin, int64_t end) {
  if constexpr (kChannels > 0) channels = kChannels;
  int64_t i = begin;
  if constexpr (kChannels == 3 && std::is_same_v<T, float>) {
    i = stretch_photo(row, taps, dst, begin, end);
  }
  for (; i < end; ++i) {
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
void stretch_part(const T* row, const LinearTaps& taps, int64_t channels, float* dst, int64_t begin,
                  int64_t end) {
  switch (channels) {
    case 1:
      return stretch_pixels<T, 1>(row, taps, channels, dst, begin, end);
    case 2:
      return stretch_pixels<T, 2>(row, taps, channels, dst, begin, end);
    case 3:
      return stretch_pixels<T, 3>(row, taps, channels, dst, begin, end);
    case 4:
      return stretch_pixels<T, 4>(row, taps, channels, dst, begin, end);
    default:
      return stretch_pixels<T, 0>(row, taps, channels, dst, begin, end);
  }
}

template <typename T>
void stretch_row(const void* src, const LinearTaps& taps, int64_t channels, float* dst,
                 const Ahead& ahead) {
  // Pixels between which lines are asked for: more at once would wait for one another.
  constexpr int64_t kPart = 16;
  const auto count = static_cast<int64_t>(taps.low.size());
  const int64_t most = ahead.data == nullptr ? count : kPart;
  for (int64_t begin = 0; begin < count; begin += most) {
    const int64_t end = std::min(count, begin + most);
    for (int64_t byte = begin * ahead.step; byte < end * ahead.step; byte += kLine) {
      hwy::Prefetch(ahead.data + byte);
    }
    stretch_part(static_cast<const T*>(src), taps, channels, dst, begin, end);
  }
}

template <typename T>
void blend_rows(const RowPair& rows, int64_t count, float* dst, bool streams) {
  const T* const low = static_cast<const T*>(rows.low);
  const T* const high = static_cast<const T*>(rows.high);
  const auto blend_one = [&](int64_t i) {
    const auto a = static_cast<float>(low[i]);
    return a + (static_cast<float>(high[i]) - a) * rows.fraction;
  };
  if constexpr (std::is_same_v<T, float>) {
    const hn::ScalableTag<float> d;
    const auto fraction = hn::Set(d, rows.fraction);
    const auto blend = [&](int64_t i) HWY_ATTR {
      return between(hn::LoadU(d, low + i), hn::LoadU(d, high + i), fraction);
    };
    if (streams) {
      write_elements<true>(d, dst, count, blend, blend_one);
    } else {
      write_elements<false>(d, dst, count, blend, blend_one);
    }
  } else {
    for (int64_t i = 0; i < count; ++i) dst[i] = blend_one(i);
  }
}

template <bool kStream>
void mix_pixels_of(const RowPair& rows, const LinearTaps& taps, int64_t channels, float* dst) {
  const hn::ScalableTag<float> d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  const float* const top = static_cast<const float*>(rows.low);
  const float* const bottom = static_cast<const float*>(rows.high);
  const auto down = hn::Set(d, rows.fraction);
  const auto count = static_cast<int64_t>(taps.low.size());
  for (int64_t i = 0; i < count; ++i, dst += channels) {
    const int64_t left = int64_t{taps.low[i]} * channels;
    const int64_t right = int64_t{taps.high[i]} * channels;
    const auto across = hn::Set(d, taps.fraction[i]);
    const auto mix = [&](int64_t c) HWY_ATTR {
      const auto above =
          between(hn::LoadU(d, top + left + c), hn::LoadU(d, top + right + c), across);
      const auto below =
          between(hn::LoadU(d, bottom + left + c), hn::LoadU(d, bottom + right + c), across);
      return between(above, below, down);
    };
    int64_t c = 0;
    for (; c + lanes <= channels; c += lanes) store_vector<kStream>(mix(c), d, dst + c);
    // Some are computed twice where they are no whole vectors.
    if (c < channels) hn::StoreU(mix(channels - lanes), d, dst + channels - lanes);
  }
}

void mix_pixels(const RowPair& rows, const LinearTaps& taps, int64_t channels, float* dst,
                bool streams) {
  const bool has_whole_lines = channels * static_cast<int64_t>(sizeof(float)) % kLine == 0 &&
                               reinterpret_cast<uintptr_t>(dst) % kLine == 0;
  streams&& has_whole_lines ? mix_pixels_of<true>(rows, taps, channels, dst)
                            : mix_pixels_of<false>(rows, taps, channels, dst);
}

BilinearFunctions select_bilinear(DType dtype, int64_t channels) {
  const bool mixes = dtype == DType::kFloat32 &&
                     channels >= static_cast<int64_t>(hn::Lanes(hn::ScalableTag<float>()));
  return with_tfjs_real(dtype, [mixes](auto tag) -> BilinearFunctions {
    using T = TypeIn<decltype(tag)>;
    return {stretch_row<T>, blend_rows<T>, stretch_row<float>, blend_rows<float>,
            mixes ? mix_pixels : nullptr};
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

/// With channels for a vector, pixel by pixel where rows are long. Where rows become fewer, the two
/// that a row lies between are blended and then stretched; else they are stretched first, each once
/// for all rows beside it.
class ResizeBilinear : public PreparedKernel {
 public:
  ResizeBilinear(const Descriptor& descriptor, const BilinearFunctions& functions)
      : shape_(descriptor),
        dtype_(descriptor.inputs[0].dtype),
        functions_(functions),
        mixes_(functions.mix != nullptr && !keeps_stretched_rows()),
        blends_first_(shape_.in_height > shape_.out_height &&
                      shape_.in_width <= kMostBlended * shape_.out_width),
        reads_ahead_(outgrows_caches(static_cast<int64_t>(descriptor.inputs[0].size_bytes()))),
        streams_(outgrows_caches(static_cast<int64_t>(descriptor.outputs[0].size_bytes()))) {
    if (shape_.no_source || shape_.out_size() == 0) return;
    rows_ = linear_taps(shape_.rows());
    columns_ = linear_taps(shape_.columns());
    count_held(rows_.size_bytes() + columns_.size_bytes());
    const int64_t all_rows = shape_.batch * shape_.out_height;
    tasks_ = std::clamp<int64_t>(shape_.out_size() / kGrain, 1, std::min(kMaxTasks, all_rows));
    if (!mixes_) {
      buffer_size_ = blends_first_ ? in_row_size() : 2 * row_size();
      workspace_bytes_ = static_cast<size_t>(tasks_ * buffer_size_) * sizeof(float);
    }
  }

  Status run(const Operands& operands, DeviceStream&) const override {
    float* dst = operands.output<float>();
    if (shape_.out_size() == 0) return {};
    if (shape_.no_source) {
      std::fill_n(dst, shape_.out_size(), std::numeric_limits<float>::quiet_NaN());
      return {};
    }
    const char* const src = operands.input<char>(0);
    auto* buffers = static_cast<float*>(operands.workspace);
    const int64_t all_rows = shape_.batch * shape_.out_height;
    ThreadPool::instance().run(tasks_, [&](int64_t task) {
      const int64_t begin = all_rows * task / tasks_;
      const int64_t end = all_rows * (task + 1) / tasks_;
      float* const buffer = buffers + task * buffer_size_;
      if (mixes_) {
        mix_rows(src, dst, begin, end);
      } else if (blends_first_) {
        blend_and_stretch_rows(src, dst, buffer, begin, end);
      } else {
        stretch_and_blend_rows(src, dst, buffer, begin, end);
      }
      if (streams_) hwy::FlushStream();
    });
    return {};
  }

 private:
  /// Columns of the source for one of the output up to which all of them are blended.
  static constexpr int64_t kMostBlended = 4;

  /// Whether two of them stay in the nearest cache, beside what is read and written.
  bool keeps_stretched_rows() const {
    return 2 * row_size() * static_cast<int64_t>(sizeof(float)) <=
           static_cast<int64_t>(machine().cache_bytes(1)) / 2;
  }
  int64_t row_size() const { return shape_.out_width * shape_.channels; }
  int64_t in_row_size() const { return shape_.in_width * shape_.channels; }
  const char* source_row(const char* src, int64_t row) const {
    return src + row * in_row_size() * static_cast<int64_t>(size_of(dtype_));
  }

  /// Between which source rows an output row lies; both are counted over all images.
  struct Place {
    int64_t low;
    int64_t high;
    float fraction;
  };
  Place place_of(int64_t row) const {
    const int64_t first = row / shape_.out_height * shape_.in_height;
    const int64_t y = row % shape_.out_height;
    return {first + rows_.low[y], first + rows_.high[y], rows_.fraction[y]};
  }
  RowPair pair_of(const char* src, int64_t row) const {
    const Place place = place_of(row);
    return {source_row(src, place.low), source_row(src, place.high), place.fraction};
  }

  /// The source rows of an output row, which lie together.
  Ahead ahead_of(const char* src, int64_t row) const {
    const Place place = place_of(row);
    const char* const from = source_row(src, place.low);
    return {from, (source_row(src, place.high + 1) - from) / shape_.out_width};
  }

  void mix_rows(const char* src, float* dst, int64_t begin, int64_t end) const {
    for (int64_t row = begin; row < end; ++row) {
      functions_.mix(pair_of(src, row), columns_, shape_.channels, dst + row * row_size(),
                     streams_);
    }
  }

  void blend_and_stretch_rows(const char* src, float* dst, float* buffer, int64_t begin,
                              int64_t end) const {
    for (int64_t row = begin; row < end; ++row) {
      functions_.blend(pair_of(src, row), in_row_size(), buffer, false);
      const Ahead ahead = reads_ahead_ && row + 1 < end ? ahead_of(src, row + 1) : Ahead{};
      functions_.stretch_floats(buffer, columns_, shape_.channels, dst + row * row_size(), ahead);
    }
  }

  /// Neighbouring rows often lie between the same source rows, so that stretched rows are kept.
  void stretch_and_blend_rows(const char* src, float* dst, float* buffer, int64_t begin,
                              int64_t end) const {
    float* kept[2] = {buffer, buffer + row_size()};
    int64_t kept_row[2] = {-1, -1};
    const auto stretched = [&](int64_t wanted, int64_t other_row) {
      for (int i = 0; i < 2; ++i) {
        if (kept_row[i] == wanted) return kept[i];
      }
      const int slot = kept_row[0] == other_row ? 1 : 0;
      functions_.stretch(source_row(src, wanted), columns_, shape_.channels, kept[slot], {});
      kept_row[slot] = wanted;
      return kept[slot];
    };
    for (int64_t row = begin; row < end; ++row) {
      const Place place = place_of(row);
      const float* low = stretched(place.low, place.high);
      const float* high = stretched(place.high, place.low);
      functions_.blend_floats({low, high, place.fraction}, row_size(), dst + row * row_size(),
                              streams_);
    }
  }

  const ResizeShape shape_;
  const DType dtype_;
  const BilinearFunctions functions_;
  const bool mixes_;
  const bool blends_first_;
  const bool reads_ahead_;
  const bool streams_;
  LinearTaps rows_;
  LinearTaps columns_;
  int64_t buffer_size_ = 0;  // Elements of a task's rows.
  int64_t tasks_ = 1;
};

Result<PreparedKernelPtr> prepare_bilinear(const Descriptor& descriptor, Device&) {
  const TensorDesc& input = descriptor.inputs[0];
  const BilinearFunctions functions =
      HWY_DYNAMIC_DISPATCH(select_bilinear)(input.dtype, input.shape[3]);
  return make_prepared<ResizeBilinear>(descriptor, functions);
}

}  // namespace

std::span<const Kernel> resize_kernels() {
  static const Kernel kKernels[] = {
      {"ResizeBilinear", "simd", {.dtypes = kTfjsReals}, prepare_bilinear},
  };
  return kKernels;
}

}  // namespace tfjs_native
#endif
