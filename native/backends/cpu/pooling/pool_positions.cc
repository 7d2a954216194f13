// Positions of maxima in windows. Compiled once for each instruction set; the compiler vectorizes
// over channels.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/cpu/pooling/pool_positions.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include <algorithm>
#include <limits>

#include "backends/cpu/pooling/pool_positions.h"
#include "tensor/element_type.h"

HWY_BEFORE_NAMESPACE();
namespace tfjs_native {
namespace HWY_NAMESPACE {

template <typename T, bool kLast>
void positions_of(const PoolGeometry& geometry, const void* src, int32_t* positions, int64_t begin,
                  int64_t end) {
  constexpr int64_t kBlock = 128;
  constexpr bool kFloat = std::numeric_limits<T>::has_infinity;
  T best[kBlock];
  int32_t where[kBlock];
  const int64_t channels = geometry.channels;
  PoolGeometry::Place place = geometry.place(begin);
  for (int64_t pixel = begin; pixel < end; ++pixel) {
    if (pixel > begin) geometry.advance(place);
    const T* image = static_cast<const T*>(src) + place.image * geometry.in_pixels() * channels;
    for (int64_t first = 0; first < channels; first += kBlock) {
      const int64_t count = std::min(kBlock, channels - first);
      std::fill_n(best, count,
                  kFloat ? -std::numeric_limits<T>::infinity() : std::numeric_limits<T>::lowest());
      std::fill_n(where, count, -1);
      for (int64_t z = place.z.begin; z < place.z.end; ++z) {
        for (int64_t y = place.y.begin; y < place.y.end; ++y) {
          for (int64_t x = place.x.begin; x < place.x.end; ++x) {
            const int64_t at = (z * geometry.dims[1].in + y) * geometry.dims[2].in + x;
            const T* HWY_RESTRICT values = image + at * channels + first;
            const auto position = static_cast<int32_t>(
                ((z - place.z.corner) * geometry.dims[1].filter + y - place.y.corner) *
                    geometry.dims[2].filter +
                x - place.x.corner);
            for (int64_t c = 0; c < count; ++c) {
              // The least integer does exceed -Infinity, which integers start from in tfjs.
              const bool wins = kLast    ? values[c] >= best[c]
                                : kFloat ? values[c] > best[c]
                                         : (where[c] < 0) | (values[c] > best[c]);
              best[c] = wins ? values[c] : best[c];
              where[c] = wins ? position : where[c];
            }
          }
        }
      }
      std::copy_n(where, count, positions + pixel * channels + first);
    }
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
