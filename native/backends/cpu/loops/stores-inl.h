// Stores of vectors, past the caches or into them, for the files that are compiled once for each
// instruction set.
#if defined(TFJS_STORES_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef TFJS_STORES_INL_H
#undef TFJS_STORES_INL_H
#else
#define TFJS_STORES_INL_H
#endif

#include <hwy/cache_control.h>
#include <hwy/highway.h>

#include <algorithm>
#include <cstdint>

#include "backends/cpu/loops/cache_line.h"

HWY_BEFORE_NAMESPACE();
namespace tfjs_native {
namespace HWY_NAMESPACE {

/// Where it streams, past the caches and to a place that is aligned to the vector; else anywhere.
/// Whoever streams flushes the stream (hwy::FlushStream()) when all is written.
template <bool kStream, class D, class V>
HWY_INLINE void store_vector(V value, D d, hwy::HWY_NAMESPACE::TFromD<D>* to) {
  if constexpr (kStream) {
    hwy::HWY_NAMESPACE::Stream(value, d, to);
  } else {
    hwy::HWY_NAMESPACE::StoreU(value, d, to);
  }
}

/// Of `count` elements those in front of the first whole line that is written; all of them where
/// no element begins with a line.
template <typename T>
HWY_INLINE int64_t elements_before_line(const T* dst, int64_t count) {
  constexpr int64_t kElement = sizeof(T);
  const auto place = static_cast<int64_t>(reinterpret_cast<uintptr_t>(dst) % kLine);
  if (place % kElement != 0) return count;
  return std::min(place == 0 ? 0 : (kLine - place) / kElement, count);
}

/// dst[i] = vector_of(i) for whole vectors and one_of(i) for what is left at either end.
template <bool kStream, class D, typename VectorOf, typename OneOf>
HWY_INLINE void write_elements(D d, hwy::HWY_NAMESPACE::TFromD<D>* HWY_RESTRICT dst, int64_t count,
                               const VectorOf& vector_of, const OneOf& one_of) {
  const auto lanes = static_cast<int64_t>(hwy::HWY_NAMESPACE::Lanes(d));
  int64_t i = 0;
  if constexpr (kStream) {
    for (const int64_t head = elements_before_line(dst, count); i < head; ++i) dst[i] = one_of(i);
  }
  for (; i + lanes <= count; i += lanes) store_vector<kStream>(vector_of(i), d, dst + i);
  for (; i < count; ++i) dst[i] = one_of(i);
}

}  // namespace HWY_NAMESPACE
}  // namespace tfjs_native
HWY_AFTER_NAMESPACE();

#endif  // TFJS_STORES_INL_H
