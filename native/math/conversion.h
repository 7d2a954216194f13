#pragma once

#include <cstdint>
#include <type_traits>

#include "math/elementary.h"
#include "tensor/element_type.h"

// One element from one type to another: straight-line code, so that loops over it vectorize.
//
// To a floating type: rounded to nearest, halves to even; what is too large becomes infinity, NaN
// stays NaN. To an integer: modulo 2^bits, after the fraction has been cut off; NaN and infinities
// become 0. So do JavaScript's typed arrays. A complex number gives and gets its real part. A Bool
// is an integer of 8 bits here, as in tfjs's typed arrays, except where cast_to makes one.

namespace tfjs_native {

namespace conversion {

/// Truncated, modulo 2^bits of Int, which is signed; 0 for NaN and infinities.
template <typename Int, typename Float>
TFJS_HOST_DEVICE Int wrapped(Float x) {
  constexpr Float kHalf = static_cast<Float>(sizeof(Int) == 8 ? 0x1p63 : 0x1p31);
  constexpr Float kModulus = 2 * kHalf;
  const Float whole = std::trunc(x);
  // Every step is exact: the scale is a power of two, and the rest has no bit that x has not.
  Float rest = whole - std::trunc(whole * (1 / kModulus)) * kModulus;
  rest = rest >= kHalf ? rest - kModulus : rest;
  rest = rest < -kHalf ? rest + kModulus : rest;
  const bool finite = x - x == Float(0);
  return static_cast<Int>(finite ? rest : Float(0));
}

TFJS_HOST_DEVICE float widen(Float16 x) {
  const uint32_t sign = static_cast<uint32_t>(x.bits & 0x8000u) << 16;
  const uint32_t shifted = static_cast<uint32_t>(x.bits & 0x7fffu) << 13;
  const uint32_t exponent = shifted & 0x0f800000u;
  // Rebiased by 127 - 15; all ones stay all ones, and denormals are what exceeds 2^-14.
  const uint32_t normal = shifted + 0x38000000u;
  const uint32_t special = shifted | 0x7f800000u;
  const float denormal =
      elementary::from_bits(shifted + 0x38800000u) - elementary::from_bits(uint32_t{0x38800000u});
  const uint32_t finite = exponent == 0 ? elementary::bits_of(denormal) : normal;
  return elementary::from_bits(sign | (exponent == 0x0f800000u ? special : finite));
}

TFJS_HOST_DEVICE float widen(BFloat16 x) {
  return elementary::from_bits(static_cast<uint32_t>(x.bits) << 16);
}

TFJS_HOST_DEVICE Float16 to_float16(float x) {
  const uint32_t bits = elementary::bits_of(x);
  const uint32_t size = bits & 0x7fffffffu;
  // Below 2^-14 the sum with 1/2 rounds at the last bit that a denormal has.
  const uint32_t denormal =
      elementary::bits_of(elementary::from_bits(size) + 0.5f) - elementary::bits_of(0.5f);
  const uint32_t odd = (size >> 13) & 1u;
  const uint32_t normal = (size - 0x38000000u + 0xfffu + odd) >> 13;
  const uint32_t finite = size < 0x38800000u ? denormal : normal;
  const uint32_t special = size > 0x7f800000u ? 0x7e00u : 0x7c00u;
  const uint32_t magnitude = size >= 0x47800000u ? special : finite;
  return {static_cast<uint16_t>((bits >> 16 & 0x8000u) | magnitude)};
}

TFJS_HOST_DEVICE BFloat16 to_bfloat16(float x) {
  const uint32_t bits = elementary::bits_of(x);
  const uint32_t odd = (bits >> 16) & 1u;
  const uint32_t rounded = (bits + 0x7fffu + odd) >> 16;
  const uint32_t nan = (bits >> 16) | 0x40u;
  const bool is_nan = (bits & 0x7fffffffu) > 0x7f800000u;
  return {static_cast<uint16_t>(is_nan ? nan : rounded)};
}

/// A float that any type with fewer bits rounds to the same as x: where x is no float, the one of
/// its two neighbours whose last bit is 1.
TFJS_HOST_DEVICE float rounded_to_odd(double x) {
  const float nearest = static_cast<float>(x);
  const uint32_t bits = elementary::bits_of(nearest);
  const bool exact = static_cast<double>(nearest) == x;
  const bool above = std::fabs(static_cast<double>(nearest)) > std::fabs(x);
  const uint32_t odd = (above ? bits - 1 : bits) | 1u;
  return elementary::from_bits(exact ? bits : odd);
}

/// The same for integers of which a double loses bits.
TFJS_HOST_DEVICE float rounded_to_odd(int64_t x) {
  // 11 bits fewer, the last of them 1 if one of those that go is.
  const bool wide = x >= (int64_t{1} << 53) || x <= -(int64_t{1} << 53);
  const int64_t sticky = ((x >> 11) | ((x & 0x7ff) != 0 ? 1 : 0)) * 2048;
  return rounded_to_odd(static_cast<double>(wide ? sticky : x));
}

}  // namespace conversion

/// JavaScript's ToInt32.
template <typename Float>
TFJS_HOST_DEVICE int32_t to_int32(Float x) {
  return conversion::wrapped<int32_t>(x);
}

/// What becomes of x when it is stored in an element of type To.
template <typename To, typename From>
TFJS_HOST_DEVICE To store_as(From x) {
  if constexpr (std::is_same_v<From, To>) {
    return x;
  } else if constexpr (std::is_same_v<From, Complex64>) {
    return store_as<To>(x.real);
  } else if constexpr (std::is_same_v<To, Complex64>) {
    return {store_as<float>(x), 0};
  } else if constexpr (std::is_same_v<From, Float16> || std::is_same_v<From, BFloat16>) {
    return store_as<To>(conversion::widen(x));
  } else if constexpr (std::is_same_v<To, Float16> || std::is_same_v<To, BFloat16>) {
    float narrow;
    if constexpr (std::is_same_v<From, float>) {
      narrow = x;
    } else if constexpr (std::is_same_v<From, int64_t>) {
      narrow = conversion::rounded_to_odd(x);
    } else {
      narrow = conversion::rounded_to_odd(static_cast<double>(x));
    }
    if constexpr (std::is_same_v<To, Float16>) {
      return conversion::to_float16(narrow);
    } else {
      return conversion::to_bfloat16(narrow);
    }
  } else if constexpr (std::is_floating_point_v<From> && !std::is_floating_point_v<To>) {
    using Int = std::conditional_t<sizeof(To) == 8, int64_t, int32_t>;
    return static_cast<To>(conversion::wrapped<Int>(x));
  } else {
    return static_cast<To>(x);
  }
}

/// What the operator Cast makes of x: as store_as, but for Bool, which tells whether x is not 0
/// (NaN is not).
template <typename To, typename From>
TFJS_HOST_DEVICE To cast_to(From x) {
  if constexpr (std::is_same_v<To, From> || !std::is_same_v<To, Bool>) {
    return store_as<To>(x);
  } else if constexpr (std::is_same_v<From, Complex64>) {
    return cast_to<Bool>(x.real);
  } else if constexpr (std::is_same_v<From, Float16> || std::is_same_v<From, BFloat16>) {
    return cast_to<Bool>(conversion::widen(x));
  } else {
    return static_cast<Bool>(x != 0);
  }
}

}  // namespace tfjs_native
