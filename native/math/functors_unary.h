#pragma once

#include <cstdint>
#include <iterator>
#include <span>
#include <type_traits>

#include "math/functors.h"

// The arithmetic of element-wise operators with one input; functors.h says what functors may tell
// about themselves. Beyond that one of these may be made from numbers.

namespace tfjs_native {

/// The numbers that a functor is made from.
struct FunctorParams {
  double values[2] = {0, 0};

  FunctorParams() = default;
  /// The first of the numbers; there may be more or fewer.
  explicit FunctorParams(std::span<const double> numbers) {
    for (size_t i = 0; i < numbers.size() && i < std::size(values); ++i) values[i] = numbers[i];
  }
};

template <typename Functor>
TFJS_HOST_DEVICE Functor make_functor([[maybe_unused]] const FunctorParams& params) {
  if constexpr (std::is_constructible_v<Functor, const FunctorParams&>) {
    return Functor(params);
  } else {
    return Functor();
  }
}

}  // namespace tfjs_native

namespace tfjs_native::functors {

struct Abs {
  TFJS_HOST_DEVICE float operator()(float x) const { return elementary::magnitude(x); }
  TFJS_HOST_DEVICE int32_t operator()(int32_t x) const {
    return static_cast<int32_t>(x < 0 ? 0u - static_cast<uint32_t>(x) : static_cast<uint32_t>(x));
  }
};

struct Neg {
  TFJS_HOST_DEVICE float operator()(float x) const { return -x; }
  TFJS_HOST_DEVICE int32_t operator()(int32_t x) const {
    return static_cast<int32_t>(0u - static_cast<uint32_t>(x));
  }
  /// tfjs multiplies by -1 made a bool, which is 1.
  TFJS_HOST_DEVICE Bool operator()(Bool x) const { return x; }
};

struct Square {
  TFJS_HOST_DEVICE float operator()(float x) const { return x * x; }
  TFJS_HOST_DEVICE int32_t operator()(int32_t x) const {
    return static_cast<int32_t>(static_cast<uint32_t>(x) * static_cast<uint32_t>(x));
  }
};

struct Sign {
  template <typename T>
  TFJS_HOST_DEVICE T operator()(T x) const {
    const T not_negative = x > 0 ? T(1) : T(0);
    return x < 0 ? T(-1) : not_negative;
  }
};

struct Relu {
  template <typename T>
  TFJS_HOST_DEVICE T operator()(T x) const {
    return x <= 0 ? T(0) : x;
  }
};

struct Relu6 {
  template <typename T>
  TFJS_HOST_DEVICE T operator()(T x) const {
    const T capped = x > 6 ? T(6) : x;
    return x <= 0 ? T(0) : capped;
  }
};

struct LeakyRelu {
  float alpha;
  TFJS_HOST_DEVICE explicit LeakyRelu(const FunctorParams& params)
      : alpha(static_cast<float>(params.values[0])) {}
  template <typename T>
  TFJS_HOST_DEVICE T operator()(T x) const {
    return x < 0 ? static_cast<T>(alpha) * x : x;
  }
};

struct Step {
  float alpha;
  TFJS_HOST_DEVICE explicit Step(const FunctorParams& params)
      : alpha(static_cast<float>(params.values[0])) {}
  TFJS_HOST_DEVICE float operator()(float x) const {
    const float y = x > 0 ? 1.0f : alpha;
    return elementary::is_nan(x) ? x : y;
  }
};

struct ClipByValue {
  double low;
  double high;
  TFJS_HOST_DEVICE explicit ClipByValue(const FunctorParams& params)
      : low(params.values[0]), high(params.values[1]) {}
  TFJS_HOST_DEVICE float operator()(float x) const {
    const float least = static_cast<float>(low);
    const float most = static_cast<float>(high);
    const float lifted = x < least ? least : x;
    return x > most ? most : lifted;
  }
  /// The bounds need not be integers.
  TFJS_HOST_DEVICE int32_t operator()(int32_t x) const {
    const double value = x;
    const int32_t lifted = value < low ? to_int32(low) : x;
    return value > high ? to_int32(high) : lifted;
  }
};

struct Ceil {
  TFJS_HOST_DEVICE float operator()(float x) const { return std::ceil(x); }
  TFJS_HOST_DEVICE int32_t operator()(int32_t x) const { return x; }
};

struct Floor {
  TFJS_HOST_DEVICE float operator()(float x) const { return std::floor(x); }
  TFJS_HOST_DEVICE int32_t operator()(int32_t x) const { return x; }
};

/// Halves go to the even neighbour.
struct Round {
  TFJS_HOST_DEVICE float operator()(float x) const { return std::rint(x); }
  TFJS_HOST_DEVICE int32_t operator()(int32_t x) const { return x; }
};

struct Sqrt {
  static constexpr int kCost = 2;
  TFJS_HOST_DEVICE float operator()(float x) const { return std::sqrt(x); }
};

struct Rsqrt {
  static constexpr int kCost = 4;
  TFJS_HOST_DEVICE float operator()(float x) const { return 1.0f / std::sqrt(x); }
};

struct Reciprocal {
  static constexpr int kCost = 2;
  TFJS_HOST_DEVICE float operator()(float x) const { return 1.0f / x; }
};

struct IsNan {
  TFJS_HOST_DEVICE Bool operator()(float x) const {
    return static_cast<Bool>(elementary::is_nan(x));
  }
};

struct IsInf {
  TFJS_HOST_DEVICE Bool operator()(float x) const {
    return static_cast<Bool>(elementary::magnitude(x) == elementary::kInfinity);
  }
};

struct IsFinite {
  TFJS_HOST_DEVICE Bool operator()(float x) const {
    return static_cast<Bool>(elementary::magnitude(x) < elementary::kInfinity);
  }
};

struct LogicalNot {
  TFJS_HOST_DEVICE Bool operator()(Bool x) const { return static_cast<Bool>(x == 0); }
};

struct Real {
  TFJS_HOST_DEVICE float operator()(Complex64 x) const { return x.real; }
};

struct Imag {
  TFJS_HOST_DEVICE float operator()(Complex64 x) const { return x.imag; }
};

/// In double precision, where squares of floats neither overflow nor vanish.
struct ComplexAbs {
  static constexpr int kCost = 4;
  TFJS_HOST_DEVICE float operator()(Complex64 x) const {
    const double real = x.real;
    const double imag = x.imag;
    const float length = static_cast<float>(std::sqrt(real * real + imag * imag));
    const bool infinite = elementary::magnitude(x.real) == elementary::kInfinity ||
                          elementary::magnitude(x.imag) == elementary::kInfinity;
    return infinite ? elementary::kInfinity : length;
  }
};

struct Elu {
  static constexpr int kCost = 4;
  TFJS_HOST_DEVICE float operator()(float x) const { return x >= 0 ? x : elementary::expm1(x); }
  /// e^x - 1 without its fraction: in double precision it is -1 from -38 down.
  TFJS_HOST_DEVICE int32_t operator()(int32_t x) const {
    const int32_t below = x <= -38 ? -1 : 0;
    return x >= 0 ? x : below;
  }
};

struct Sigmoid {
  static constexpr int kCost = 4;
  TFJS_HOST_DEVICE float operator()(float x) const { return elementary::sigmoid(x); }
  /// Without the fraction: in double precision 1 + e^-x is 1 from 37 up.
  TFJS_HOST_DEVICE int32_t operator()(int32_t x) const { return x >= 37 ? 1 : 0; }
};

struct Selu {
  static constexpr int kCost = 4;
  TFJS_HOST_DEVICE float operator()(float x) const {
    constexpr float kScale = 1.05070099f;
    constexpr float kScaleAlpha = 1.75809934f;
    return x >= 0 ? kScale * x : kScaleAlpha * elementary::expm1(x);
  }
};

struct Softplus {
  static constexpr int kCost = 8;
  TFJS_HOST_DEVICE float operator()(float x) const {
    const float rest = elementary::log1p(elementary::exp(-elementary::magnitude(x)));
    return Relu()(x) + rest;
  }
  /// What the exponential adds to a large number is less than 1.
  TFJS_HOST_DEVICE int32_t operator()(int32_t x) const {
    return x > 20 ? x : static_cast<int32_t>((*this)(static_cast<float>(x)));
  }
};

// sin, cos, tan: what vectorizes is exact up to 2^20, far beyond what a network feeds them.
#define TFJS_TRIGONOMETRIC(name, function)                                                    \
  struct name {                                                                               \
    static constexpr int kCost = 4;                                                           \
    TFJS_HOST_DEVICE float operator()(float x) const { return elementary::function(x); }      \
    TFJS_HOST_DEVICE bool hard(float x) const { return elementary::needs_long_reduction(x); } \
    TFJS_HOST_DEVICE float exact(float x) const {                                             \
      return static_cast<float>(std::function(static_cast<double>(x)));                       \
    }                                                                                         \
  };
TFJS_TRIGONOMETRIC(Sin, sin)
TFJS_TRIGONOMETRIC(Cos, cos)
TFJS_TRIGONOMETRIC(Tan, tan)
#undef TFJS_TRIGONOMETRIC

// Functors that only call the function of their name.
#define TFJS_ELEMENTARY(name, function, cost)                                            \
  struct name {                                                                          \
    static constexpr int kCost = cost;                                                   \
    TFJS_HOST_DEVICE float operator()(float x) const { return elementary::function(x); } \
  };
TFJS_ELEMENTARY(Acos, acos, 4)
TFJS_ELEMENTARY(Acosh, acosh, 8)
TFJS_ELEMENTARY(Asin, asin, 4)
TFJS_ELEMENTARY(Asinh, asinh, 8)
TFJS_ELEMENTARY(Atan, atan, 4)
TFJS_ELEMENTARY(Atanh, atanh, 8)
TFJS_ELEMENTARY(Cosh, cosh, 4)
TFJS_ELEMENTARY(Erf, erf, 8)
TFJS_ELEMENTARY(Exp, exp, 4)
TFJS_ELEMENTARY(Expm1, expm1, 4)
TFJS_ELEMENTARY(Log, log, 4)
TFJS_ELEMENTARY(Log1p, log1p, 4)
TFJS_ELEMENTARY(Sinh, sinh, 4)
TFJS_ELEMENTARY(Tanh, tanh, 4)
#undef TFJS_ELEMENTARY

// Activations that tfjs composes of several operators.

struct HardSigmoid {
  TFJS_HOST_DEVICE float operator()(float x) const { return Relu6()(x + 3.0f) * (1.0f / 6.0f); }
};

struct HardSwish {
  TFJS_HOST_DEVICE float operator()(float x) const { return x * HardSigmoid()(x); }
};

struct Swish {
  static constexpr int kCost = 4;
  TFJS_HOST_DEVICE float operator()(float x) const { return x * elementary::sigmoid(x); }
};

struct Gelu {
  static constexpr int kCost = 8;
  TFJS_HOST_DEVICE float operator()(float x) const {
    constexpr float kRootOfHalf = 0.70710678f;
    return 0.5f * x * (1.0f + elementary::erf(x * kRootOfHalf));
  }
};

struct GeluTanh {
  static constexpr int kCost = 4;
  TFJS_HOST_DEVICE float operator()(float x) const {
    constexpr float kRootOfTwoOverPi = 0.79788456f;
    constexpr float kCubic = 0.044715f;
    return 0.5f * x * (1.0f + elementary::tanh(kRootOfTwoOverPi * (x + kCubic * x * x * x)));
  }
};

}  // namespace tfjs_native::functors
