#pragma once

#include <cmath>
#include <cstdint>

#include "math/conversion.h"

// The arithmetic of element-wise operators with two inputs, one functor each, shared by the host's
// and the GPU's kernels. Integers wrap as JavaScript's typed arrays do; where JavaScript computes
// on integers in double precision (division, power), so do these.
//
// A functor may say
//   kCost                 about how many additions one call costs (1 if it does not say);
//   hard(x...), exact(x...)  that operator() is not good enough where hard() is true, and what is.

namespace tfjs_native::functors {

struct Add {
  TFJS_HOST_DEVICE float operator()(float a, float b) const { return a + b; }
  TFJS_HOST_DEVICE int32_t operator()(int32_t a, int32_t b) const {
    return static_cast<int32_t>(static_cast<uint32_t>(a) + static_cast<uint32_t>(b));
  }
  TFJS_HOST_DEVICE Complex64 operator()(Complex64 a, Complex64 b) const {
    return {a.real + b.real, a.imag + b.imag};
  }
};

struct Sub {
  TFJS_HOST_DEVICE float operator()(float a, float b) const { return a - b; }
  TFJS_HOST_DEVICE int32_t operator()(int32_t a, int32_t b) const {
    return static_cast<int32_t>(static_cast<uint32_t>(a) - static_cast<uint32_t>(b));
  }
  TFJS_HOST_DEVICE Complex64 operator()(Complex64 a, Complex64 b) const {
    return {a.real - b.real, a.imag - b.imag};
  }
};

struct Multiply {
  TFJS_HOST_DEVICE float operator()(float a, float b) const { return a * b; }
  TFJS_HOST_DEVICE int32_t operator()(int32_t a, int32_t b) const {
    return static_cast<int32_t>(static_cast<uint32_t>(a) * static_cast<uint32_t>(b));
  }
  /// In double precision, where products of floats are exact and do not overflow.
  TFJS_HOST_DEVICE Complex64 operator()(Complex64 a, Complex64 b) const {
    const double real = a.real;
    const double imag = a.imag;
    return {static_cast<float>(real * b.real - imag * b.imag),
            static_cast<float>(real * b.imag + imag * b.real)};
  }
};

struct SquaredDifference {
  TFJS_HOST_DEVICE float operator()(float a, float b) const { return (a - b) * (a - b); }
  TFJS_HOST_DEVICE int32_t operator()(int32_t a, int32_t b) const {
    const uint32_t difference = static_cast<uint32_t>(a) - static_cast<uint32_t>(b);
    return static_cast<int32_t>(difference * difference);
  }
};

struct RealDiv {
  static constexpr int kCost = 2;
  TFJS_HOST_DEVICE float operator()(float a, float b) const { return a / b; }
  TFJS_HOST_DEVICE int32_t operator()(int32_t a, int32_t b) const {
    return to_int32(static_cast<double>(a) / static_cast<double>(b));
  }
};

/// The result is int32, whatever the operands are.
struct FloorDiv {
  static constexpr int kCost = 4;
  template <typename T>
  TFJS_HOST_DEVICE int32_t operator()(T a, T b) const {
    return to_int32(std::floor(static_cast<double>(a) / static_cast<double>(b)));
  }
};

/// The sign of a result that is not 0 is that of the divisor.
struct Mod {
  static constexpr int kCost = 8;

  TFJS_HOST_DEVICE float operator()(float a, float b) const {
    return static_cast<float>(signed_like_divisor(a, b, remainder(a, b)));
  }
  TFJS_HOST_DEVICE int32_t operator()(int32_t a, int32_t b) const {
    return to_int32(signed_like_divisor(a, b, remainder(a, b)));
  }

  /// Quotients of this size do not fit remainder().
  TFJS_HOST_DEVICE bool hard(float a, float b) const {
    const float quotient = elementary::magnitude(a / b);
    return quotient >= 0x1p28f || elementary::magnitude(b) == elementary::kInfinity;
  }
  TFJS_HOST_DEVICE float exact(float a, float b) const {
    const double divisor = b;
    return static_cast<float>(signed_like_divisor(a, divisor, std::fmod(double{a}, divisor)));
  }

 private:
  /// a % b, with the sign of a, for operands that are floats or integers: the product is exact, and
  /// a quotient that was rounded to the next integer is off by 1.
  TFJS_HOST_DEVICE static double remainder(double a, double b) {
    const double size = std::fabs(b);
    const double rest = std::fabs(a) - std::trunc(std::fabs(a) / size) * size;
    const double lifted = rest < 0 ? rest + size : rest;
    const double reduced = lifted >= size ? lifted - size : lifted;
    return a < 0 ? -reduced : reduced;
  }
  /// JavaScript's (rest + b) % b where the signs differ.
  TFJS_HOST_DEVICE static double signed_like_divisor(double a, double b, double rest) {
    const bool same_sign = (a < 0 && b < 0) || (a >= 0 && b >= 0);
    const double sum = rest + b;
    const double turned = sum == b ? b - b : sum;
    return same_sign ? rest : turned;
  }
};

struct Pow {
  static constexpr int kCost = 16;
  TFJS_HOST_DEVICE float operator()(float a, float b) const { return elementary::pow(a, b); }
  TFJS_HOST_DEVICE int32_t operator()(int32_t a, int32_t b) const {
    return to_int32(std::pow(static_cast<double>(a), static_cast<double>(b)));
  }
};

struct Atan2 {
  static constexpr int kCost = 8;
  TFJS_HOST_DEVICE float operator()(float a, float b) const { return elementary::atan2(a, b); }
};

struct Maximum {
  TFJS_HOST_DEVICE float operator()(float a, float b) const {
    const float larger = a > b ? a : b;
    return elementary::is_nan(a) ? a : larger;
  }
  TFJS_HOST_DEVICE int32_t operator()(int32_t a, int32_t b) const { return a > b ? a : b; }
};

struct Minimum {
  TFJS_HOST_DEVICE float operator()(float a, float b) const {
    const float smaller = a < b ? a : b;
    return elementary::is_nan(a) ? a : smaller;
  }
  TFJS_HOST_DEVICE int32_t operator()(int32_t a, int32_t b) const { return a < b ? a : b; }
};

/// Of x and alpha.
struct Prelu {
  template <typename T>
  TFJS_HOST_DEVICE T operator()(T a, T b) const {
    return a < 0 ? a * b : a;
  }
};

/// Of dy and y, the result of Elu.
struct EluGrad {
  TFJS_HOST_DEVICE float operator()(float a, float b) const { return b >= 0 ? a : a * (b + 1); }
};

/// Of the real and the imaginary parts.
struct Complex {
  TFJS_HOST_DEVICE Complex64 operator()(float a, float b) const { return {a, b}; }
};

struct BitwiseAnd {
  TFJS_HOST_DEVICE int32_t operator()(int32_t a, int32_t b) const { return a & b; }
};

struct Equal {
  template <typename T>
  TFJS_HOST_DEVICE Bool operator()(T a, T b) const {
    return static_cast<Bool>(a == b);
  }
};

struct NotEqual {
  template <typename T>
  TFJS_HOST_DEVICE Bool operator()(T a, T b) const {
    return static_cast<Bool>(a != b);
  }
};

struct Greater {
  template <typename T>
  TFJS_HOST_DEVICE Bool operator()(T a, T b) const {
    return static_cast<Bool>(a > b);
  }
};

struct GreaterEqual {
  template <typename T>
  TFJS_HOST_DEVICE Bool operator()(T a, T b) const {
    return static_cast<Bool>(a >= b);
  }
};

struct Less {
  template <typename T>
  TFJS_HOST_DEVICE Bool operator()(T a, T b) const {
    return static_cast<Bool>(a < b);
  }
};

struct LessEqual {
  template <typename T>
  TFJS_HOST_DEVICE Bool operator()(T a, T b) const {
    return static_cast<Bool>(a <= b);
  }
};

struct LogicalAnd {
  TFJS_HOST_DEVICE Bool operator()(Bool a, Bool b) const {
    return static_cast<Bool>((a != 0) & (b != 0));
  }
};

struct LogicalOr {
  TFJS_HOST_DEVICE Bool operator()(Bool a, Bool b) const {
    return static_cast<Bool>((a != 0) | (b != 0));
  }
};

struct LogicalXor {
  TFJS_HOST_DEVICE Bool operator()(Bool a, Bool b) const {
    return static_cast<Bool>((a != 0) != (b != 0));
  }
};

}  // namespace tfjs_native::functors
