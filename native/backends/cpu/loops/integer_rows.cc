#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/cpu/loops/integer_rows.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "backends/cpu/loops/integer_rows.h"

HWY_BEFORE_NAMESPACE();
namespace tfjs_native {
namespace HWY_NAMESPACE {

void add_scaled(int32_t* y, const int32_t* x, int32_t factor, int64_t count) {
  auto* HWY_RESTRICT sums = reinterpret_cast<uint32_t*>(y);
  const auto* HWY_RESTRICT terms = reinterpret_cast<const uint32_t*>(x);
  const auto scale = static_cast<uint32_t>(factor);
  for (int64_t i = 0; i < count; ++i) sums[i] += scale * terms[i];
}

int32_t dot(const int32_t* x, const int32_t* y, int64_t count) {
  const auto* HWY_RESTRICT a = reinterpret_cast<const uint32_t*>(x);
  const auto* HWY_RESTRICT b = reinterpret_cast<const uint32_t*>(y);
  uint32_t sum = 0;
  for (int64_t i = 0; i < count; ++i) sum += a[i] * b[i];
  return static_cast<int32_t>(sum);
}

IntegerRows select_integer_rows() { return {add_scaled, dot}; }

}  // namespace HWY_NAMESPACE
}  // namespace tfjs_native
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tfjs_native {

HWY_EXPORT(select_integer_rows);

const IntegerRows& integer_rows() {
  static const IntegerRows rows = HWY_DYNAMIC_DISPATCH(select_integer_rows)();
  return rows;
}

}  // namespace tfjs_native
#endif
