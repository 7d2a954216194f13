#pragma once

#include <cmath>
#include <cstdint>

namespace tfjs_native {

/// JavaScript's ToInt32, which decides what a number becomes in an Int32Array: truncated, modulo
/// 2^32; 0 for NaN and infinities.
inline int32_t to_int32(double value) {
  if (value >= -2147483648.0 && value <= 2147483647.0) return static_cast<int32_t>(value);
  if (!std::isfinite(value)) return 0;
  const double modulo = std::fmod(std::trunc(value), 4294967296.0);
  return static_cast<int32_t>(static_cast<uint32_t>(static_cast<int64_t>(modulo)));
}

}  // namespace tfjs_native
