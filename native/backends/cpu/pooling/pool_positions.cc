// Positions of maxima in windows. Compiled once for each instruction set.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/cpu/pooling/pool_positions.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include <algorithm>
#include <limits>
#include <type_traits>

#include "backends/cpu/pooling/pool_positions.h"
#include "tensor/element_type.h"

HWY_BEFORE_NAMESPACE();
namespace tfjs_native {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

/// One output pixel.
template <typename T>
struct PoolPixel {
  const PoolGeometry& geometry;
  const PoolGeometry::Place& place;
  const T* image;
  T* maxima;  // May be null.
  int32_t* positions;
};

/// Calls f(pixel of the image, position) for what a window covers.
template <typename T, typename F>
HWY_INLINE void for_covered(const PoolPixel<T>& pixel, const F& f) {
  const auto& dims = pixel.geometry.dims;
  const PoolGeometry::Place& place = pixel.place;
  for (int64_t z = place.z.begin; z < place.z.end; ++z) {
    for (int64_t y = place.y.begin; y < place.y.end; ++y) {
      const int64_t row = (z * dims[1].in + y) * dims[2].in;
      const int64_t first =
          ((z - place.z.corner) * dims[1].filter + y - place.y.corner) * dims[2].filter;
      for (int64_t x = place.x.begin; x < place.x.end; ++x) {
        f(pixel.image + (row + x) * pixel.geometry.channels,
          static_cast<int32_t>(first + x - place.x.corner));
      }
    }
  }
}

/// Channels from `c` on: kVectors (1 or 4) vectors of them stay in registers.
template <bool kLast, int kVectors, class D>
HWY_INLINE void find_in_vectors(D d, const PoolPixel<float>& pixel, int64_t c) {
  const hn::Rebind<int32_t, D> integers;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  auto b0 = hn::Set(d, -std::numeric_limits<float>::infinity());
  auto b1 = b0;
  auto b2 = b0;
  auto b3 = b0;
  auto w0 = hn::Set(integers, -1);
  auto w1 = w0;
  auto w2 = w0;
  auto w3 = w0;
  for_covered(pixel, [&](const float* values, int32_t position) HWY_ATTR {
    const auto here = hn::Set(integers, position);
    const auto challenge = [&](int64_t vector, auto& best, auto& where) HWY_ATTR {
      const auto value = hn::LoadU(d, values + c + vector * lanes);
      const auto wins = kLast ? hn::Ge(value, best) : hn::Gt(value, best);
      best = hn::IfThenElse(wins, value, best);
      where = hn::IfThenElse(hn::RebindMask(integers, wins), here, where);
    };
    challenge(0, b0, w0);
    if constexpr (kVectors > 1) {
      challenge(1, b1, w1);
      challenge(2, b2, w2);
      challenge(3, b3, w3);
    }
  });
  const auto write = [&](int64_t vector, auto best, auto where) HWY_ATTR {
    hn::StoreU(where, integers, pixel.positions + c + vector * lanes);
    if (pixel.maxima != nullptr) hn::StoreU(best, d, pixel.maxima + c + vector * lanes);
  };
  write(0, b0, w0);
  if constexpr (kVectors > 1) {
    write(1, b1, w1);
    write(2, b2, w2);
    write(3, b3, w3);
  }
}

/// Channels from `c` on, of any type.
template <typename T, bool kLast>
HWY_INLINE void find_plainly(const PoolPixel<T>& pixel, int64_t c) {
  constexpr int64_t kBlock = 128;
  constexpr bool kFloat = std::numeric_limits<T>::has_infinity;
  T best[kBlock];
  int32_t where[kBlock];
  for (; c < pixel.geometry.channels; c += kBlock) {
    const int64_t count = std::min(kBlock, pixel.geometry.channels - c);
    std::fill_n(best, count,
                kFloat ? -std::numeric_limits<T>::infinity() : std::numeric_limits<T>::lowest());
    std::fill_n(where, count, -1);
    for_covered(pixel, [&](const T* covered, int32_t position) {
      const T* HWY_RESTRICT values = covered + c;
      for (int64_t i = 0; i < count; ++i) {
        // The least integer does exceed -Infinity, which integers start from in tfjs.
        const bool wins = kLast    ? values[i] >= best[i]
                          : kFloat ? values[i] > best[i]
                                   : (where[i] < 0) | (values[i] > best[i]);
        best[i] = wins ? values[i] : best[i];
        where[i] = wins ? position : where[i];
      }
    });
    std::copy_n(where, count, pixel.positions + c);
    if (pixel.maxima != nullptr) std::copy_n(best, count, pixel.maxima + c);
  }
}

template <typename T, bool kLast>
void positions_of(const PoolGeometry& geometry, const void* src, void* maxima, int32_t* positions,
                  int64_t begin, int64_t end) {
  const int64_t channels = geometry.channels;
  PoolGeometry::Place place = geometry.place(begin);
  for (int64_t pixel = begin; pixel < end; ++pixel) {
    if (pixel > begin) geometry.advance(place);
    const T* image = static_cast<const T*>(src) + place.image * geometry.in_pixels() * channels;
    T* const best = maxima == nullptr ? nullptr : static_cast<T*>(maxima) + pixel * channels;
    const PoolPixel<T> task{geometry, place, image, best, positions + pixel * channels};
    int64_t c = 0;
    if constexpr (std::is_same_v<T, float>) {
      const hn::ScalableTag<float> d;
      const auto lanes = static_cast<int64_t>(hn::Lanes(d));
      for (; c + 4 * lanes <= channels; c += 4 * lanes) find_in_vectors<kLast, 4>(d, task, c);
      for (; c + lanes <= channels; c += lanes) find_in_vectors<kLast, 1>(d, task, c);
    }
    find_plainly<T, kLast>(task, c);
  }
}

template <typename T>
PoolPositions positions_for(bool last) {
  return last ? positions_of<T, true> : positions_of<T, false>;
}

PoolPositions select_pool_positions(DType dtype, bool last) {
  return with_tfjs_real(
      dtype, [last](auto tag) { return positions_for<NumberOf<TypeIn<decltype(tag)>>>(last); });
}

}  // namespace HWY_NAMESPACE
}  // namespace tfjs_native
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tfjs_native {

HWY_EXPORT(select_pool_positions);

PoolPositions pool_positions(DType dtype, bool last) {
  return HWY_DYNAMIC_DISPATCH(select_pool_positions)(dtype, last);
}

}  // namespace tfjs_native
#endif
