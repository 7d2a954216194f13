#pragma once

#include <cstdint>
#include <limits>

namespace tfjs_native {

/// Sets `product` to a * b; false, and `product` as it was, where that does not fit.
inline bool multiply_checked(int64_t a, int64_t b, int64_t& product) {
#if defined(__GNUC__)
  int64_t result;
  if (__builtin_mul_overflow(a, b, &result)) return false;
  product = result;
  return true;
#else
  if (a == -1 && b == std::numeric_limits<int64_t>::min()) return false;
  const auto wrapped = static_cast<int64_t>(static_cast<uint64_t>(a) * static_cast<uint64_t>(b));
  if (a != 0 && wrapped / a != b) return false;
  product = wrapped;
  return true;
#endif
}

}  // namespace tfjs_native
