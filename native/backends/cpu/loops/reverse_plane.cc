// Planes whose rows are turned around. Compiled once for each instruction set.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/cpu/loops/reverse_plane.cc"
#include <hwy/cache_control.h>
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include <cstdint>
#include <cstring>

#include "backends/cpu/loops/copy_plane.h"
#include "backends/cpu/loops/stores-inl.h"

HWY_BEFORE_NAMESPACE();
namespace tfjs_native {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// What is written past the caches reads the row to come ahead: processors hardly do where rows are
/// read backwards.
template <typename Unit, bool kStream>
void reverse_rows(const CopyPlane& plane, const char* src, char* dst) {
  const hn::ScalableTag<Unit> d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  for (int64_t row = 0; row < plane.rows; ++row) {
    const auto* const from = reinterpret_cast<const Unit*>(src + row * plane.src_row);
    const auto* const next = row + 1 < plane.rows ? src + (row + 1) * plane.src_row : nullptr;
    write_elements<kStream>(
        d, reinterpret_cast<Unit*>(dst + row * plane.dst_row), plane.cols,
        [&](int64_t i) HWY_ATTR {
          if (kStream && next != nullptr) hwy::Prefetch(next - i * int64_t{sizeof(Unit)});
          return hn::Reverse(d, hn::LoadU(d, from - i - (lanes - 1)));
        },
        [&](int64_t i) { return from[-i]; });
  }
  if constexpr (kStream) hwy::FlushStream();
}

/// Units of smaller elements, which lie anywhere.
template <typename Unit>
void reverse_scattered(const CopyPlane& plane, const char* src, char* dst) {
  constexpr int64_t kUnit = sizeof(Unit);
  for (int64_t row = 0; row < plane.rows; ++row) {
    const char* const from = src + row * plane.src_row;
    char* const to = dst + row * plane.dst_row;
    for (int64_t i = 0; i < plane.cols; ++i) std::memcpy(to + i * kUnit, from - i * kUnit, kUnit);
  }
}

template <typename Unit, bool kStream>
void reverse_plane(const CopyPlane& plane, const char* src, char* dst) {
  const auto is_in_place = [](int64_t place) { return place % int64_t{sizeof(Unit)} == 0; };
  const bool are_in_place = is_in_place(static_cast<int64_t>(reinterpret_cast<uintptr_t>(src))) &&
                            is_in_place(static_cast<int64_t>(reinterpret_cast<uintptr_t>(dst))) &&
                            is_in_place(plane.src_row) && is_in_place(plane.dst_row);
  are_in_place ? reverse_rows<Unit, kStream>(plane, src, dst)
               : reverse_scattered<Unit>(plane, src, dst);
}

CopyPlaneFunction reverse_function(int64_t unit_bytes, bool streams) {
  if (unit_bytes == 4) {
    return streams ? reverse_plane<uint32_t, true> : reverse_plane<uint32_t, false>;
  }
  return streams ? reverse_plane<uint64_t, true> : reverse_plane<uint64_t, false>;
}

}  // namespace HWY_NAMESPACE
}  // namespace tfjs_native
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tfjs_native {

HWY_EXPORT(reverse_function);

CopyPlaneFunction select_reverse_plane(const CopyPlane& plane) {
  const int64_t unit = plane.unit_bytes;
  if ((unit != 4 && unit != 8) || plane.src_col != -unit || plane.dst_col != unit) return nullptr;
  return HWY_DYNAMIC_DISPATCH(reverse_function)(unit, plane.outgrows_caches);
}

}  // namespace tfjs_native
#endif
