// math/: the arithmetic of one element, written once for the host and for GPUs: elementary
// functions, functors of operators, conversions. No loops, no tensors.
// May include: tensor/, base/.
// Threads: pure functions.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

// Elementary functions in single precision for element-wise functors: straight-line code without
// calls, so that a loop over them vectorizes for every instruction set, and the same on a GPU.
// Errors are a few units in the last place (elementary_test.cc holds them to that); NaN,
// infinities, zeros and denormals come out as JavaScript's Math gives them.
//
// The polynomials are minimax fits by the Remez exchange algorithm, made for this file; each notes
// its interval and its largest error. The argument reductions are the classic ones: Cody and Waite,
// "Software Manual for the Elementary Functions", 1980.

#if defined(__CUDACC__)
#define TFJS_HOST_DEVICE __host__ __device__ inline
#elif defined(__GNUC__)
// A loop vectorizes only when everything in its body is inlined.
#define TFJS_HOST_DEVICE inline __attribute__((always_inline))
#else
#define TFJS_HOST_DEVICE inline
#endif

namespace tfjs_native::elementary {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kSmallestNormal = std::numeric_limits<float>::min();
constexpr float kHalfPi = 1.57079637f;
constexpr float kHalfPiRest = -4.37113883e-8f;  // pi / 2 - kHalfPi.
constexpr float kLn2 = 0.693147181f;
// ln 2 in two parts; the first has so few bits that multiples of it are exact.
constexpr float kLn2High = 0.693359375f;
constexpr float kLn2Low = -2.12194440e-4f;
// Adding it rounds to the nearest integer, which then stands in the low bits.
constexpr float kRounder = 12582912.0f;            // 1.5 * 2^23
constexpr double kRounder64 = 6755399441055744.0;  // 1.5 * 2^52

TFJS_HOST_DEVICE uint32_t bits_of(float x) {
#if defined(__CUDA_ARCH__)
  return __float_as_uint(x);
#else
  return std::bit_cast<uint32_t>(x);
#endif
}

TFJS_HOST_DEVICE float from_bits(uint32_t bits) {
#if defined(__CUDA_ARCH__)
  return __uint_as_float(bits);
#else
  return std::bit_cast<float>(bits);
#endif
}

TFJS_HOST_DEVICE uint64_t bits_of(double x) {
#if defined(__CUDA_ARCH__)
  return static_cast<uint64_t>(__double_as_longlong(x));
#else
  return std::bit_cast<uint64_t>(x);
#endif
}

TFJS_HOST_DEVICE double from_bits(uint64_t bits) {
#if defined(__CUDA_ARCH__)
  return __longlong_as_double(static_cast<long long>(bits));
#else
  return std::bit_cast<double>(bits);
#endif
}

TFJS_HOST_DEVICE float magnitude(float x) { return from_bits(bits_of(x) & 0x7fffffffu); }

/// |x| with the sign of `sign`.
TFJS_HOST_DEVICE float with_sign(float x, float sign) {
  return from_bits((bits_of(x) & 0x7fffffffu) | (bits_of(sign) & 0x80000000u));
}

TFJS_HOST_DEVICE bool is_nan(float x) { return x != x; }

/// 2^n for n in [-126, 127], infinity for 128.
TFJS_HOST_DEVICE float power_of_two(int32_t n) {
  return from_bits(static_cast<uint32_t>(n + 127) << 23);
}

/// x within [low, high]; NaN stays.
TFJS_HOST_DEVICE float clamp(float x, float low, float high) {
  x = x < low ? low : x;
  return x > high ? high : x;
}

/// (e^r - 1 - r) / r^2 on [-ln2 / 2, ln2 / 2], from the constant term on; error 1.3e-8 / r.
struct ExpFit {
  static constexpr float kLog2E = 1.44269504f;
  static constexpr float kP0 = 0.500000006f;
  static constexpr float kP1 = 0.166665428f;
  static constexpr float kP2 = 0.0416662814f;
  static constexpr float kP3 = 0.0083666106f;
  static constexpr float kP4 = 0.00139464971f;
};

/// e^x = (1 + tail) * 2^exponent.
struct ExpParts {
  float tail;
  int32_t exponent;
};

/// For |x| < 150; NaN gives a NaN tail.
TFJS_HOST_DEVICE ExpParts exp_parts(float x) {
  const float rounded = x * ExpFit::kLog2E + kRounder;
  const float n = rounded - kRounder;
  float r = x - n * kLn2High;
  r = r - n * kLn2Low;
  float p = ExpFit::kP4;
  p = p * r + ExpFit::kP3;
  p = p * r + ExpFit::kP2;
  p = p * r + ExpFit::kP1;
  p = p * r + ExpFit::kP0;
  // Kept to 12 bits, so that sums with a NaN's exponent do not overflow.
  const uint32_t exponent = bits_of(rounded) - bits_of(kRounder);
  return {r + r * r * p, static_cast<int32_t>(exponent << 20) >> 20};
}

/// e^x * 2^shift, for small shifts.
TFJS_HOST_DEVICE float exp_shifted(float x, int32_t shift) {
  const ExpParts parts = exp_parts(clamp(x, -104.0f, 90.0f));
  const int32_t exponent = parts.exponent + shift;
  // In two steps, because the exponent may lie outside of what one factor can have.
  const int32_t half = exponent >> 1;
  return (1.0f + parts.tail) * power_of_two(half) * power_of_two(exponent - half);
}

TFJS_HOST_DEVICE float exp(float x) { return exp_shifted(x, 0); }

TFJS_HOST_DEVICE float expm1(float x) {
  const ExpParts parts = exp_parts(clamp(x, -30.0f, 89.0f));
  // Half the scale: 2^128 does not exist, e^88.5 does.
  const float scale = power_of_two(parts.exponent - 1);
  return 2.0f * (scale * parts.tail + (scale - 0.5f));
}

/// x = mantissa * 2^exponent with the mantissa in [sqrt(1/2), sqrt(2)); x positive and normal.
struct LogParts {
  float mantissa;
  int32_t exponent;
};

TFJS_HOST_DEVICE LogParts log_parts(float x) {
  constexpr uint32_t kSqrtHalf = 0x3f3504f3u;
  const uint32_t distance = bits_of(x) - kSqrtHalf;
  return {from_bits((distance & 0x007fffffu) + kSqrtHalf), static_cast<int32_t>(distance) >> 23};
}

/// log((1 + f) * 2^exponent), 1 + f in [sqrt(1/2), sqrt(2)).
TFJS_HOST_DEVICE float log_of(float f, int32_t exponent) {
  // (log(1 + f) - f + f^2 / 2) / f^3; error 5.9e-9 / f^2.
  float p = -0.0785963024f;
  p = p * f + 0.12881668f;
  p = p * f - 0.131287572f;
  p = p * f + 0.141811892f;
  p = p * f - 0.166245536f;
  p = p * f + 0.200022864f;
  p = p * f - 0.250008104f;
  p = p * f + 0.333333167f;
  const float n = static_cast<float>(exponent);
  const float square = f * f;
  return n * kLn2High + (f + (square * f * p - 0.5f * square + n * kLn2Low));
}

TFJS_HOST_DEVICE float log(float x) {
  const bool tiny = x < kSmallestNormal;
  const LogParts parts = log_parts(tiny ? x * 0x1p23f : x);
  float y = log_of(parts.mantissa - 1.0f, tiny ? parts.exponent - 23 : parts.exponent);
  y = x < kInfinity ? y : x;  // Infinity and NaN.
  y = x == 0.0f ? -kInfinity : y;
  return x < 0.0f ? kNan : y;
}

TFJS_HOST_DEVICE float log1p(float x) {
  const float u = 1.0f + x;
  const float lost = x - (u - 1.0f);
  const LogParts parts = log_parts(u);
  const int32_t scale = parts.exponent < 64 ? -parts.exponent : -64;  // Nothing is lost up there.
  const float f = (parts.mantissa - 1.0f) + lost * power_of_two(scale);
  float y = log_of(f, parts.exponent);
  y = x < kInfinity ? y : x;
  y = x == -1.0f ? -kInfinity : y;
  return x < -1.0f ? kNan : y;
}

TFJS_HOST_DEVICE float tanh(float x) {
  const float a = magnitude(x);
  // (tanh(a) - a) / a^3 in a^2, on [0, 0.625]; error 4.1e-9 / a^2.
  const float t = a * a;
  float p = -0.00571704537f;
  p = p * t + 0.0206505876f;
  p = p * t - 0.0537434982f;
  p = p * t + 0.133314913f;
  p = p * t - 0.333332839f;
  const float near = a + a * t * p;
  const float far = 1.0f - 2.0f / (exp(clamp(2.0f * a, 0.0f, 20.0f)) + 1.0f);
  return with_sign(a < 0.625f ? near : far, x);
}

TFJS_HOST_DEVICE float sigmoid(float x) {
  const float e = exp(-magnitude(x));
  const float y = 1.0f / (1.0f + e);
  return x < 0.0f ? e * y : y;
}

TFJS_HOST_DEVICE float sinh(float x) {
  const float a = magnitude(x);
  // (sinh(a) - a) / a^3 in a^2, on [0, 1]; error 5.7e-11 / a^2.
  const float t = a * a;
  float p = 2.81743951e-06f;
  p = p * t + 0.000198360663f;
  p = p * t + 0.0083333506f;
  p = p * t + 0.166666665f;
  const float half_exp = exp_shifted(a, -1);
  return with_sign(a < 1.0f ? a + a * t * p : half_exp - 0.25f / half_exp, x);
}

TFJS_HOST_DEVICE float cosh(float x) {
  const float half_exp = exp_shifted(magnitude(x), -1);
  return half_exp + 0.25f / half_exp;
}

TFJS_HOST_DEVICE float asinh(float x) {
  const float a = magnitude(x);
  const bool large = a > 1e9f;  // Where a^2 + 1 is a^2.
  const float t = a * a;
  const float argument = large ? a : a + t / (1.0f + std::sqrt(1.0f + t));
  return with_sign(log1p(argument) + (large ? kLn2 : 0.0f), x);
}

TFJS_HOST_DEVICE float acosh(float x) {
  const bool large = x > 1e9f;
  const float t = x - 1.0f;
  const float y = log1p(large ? x : t + std::sqrt(t * (t + 2.0f))) + (large ? kLn2 : 0.0f);
  return x < 1.0f ? kNan : y;
}

TFJS_HOST_DEVICE float atanh(float x) {
  const float a = magnitude(x);
  return with_sign(0.5f * log1p(2.0f * a / (1.0f - a)), x);
}

/// atan on [0, 1].
TFJS_HOST_DEVICE float atan_unit(float a) {
  // (atan(a) - a) / a^3 in a^2; error 2.3e-9 / a^2.
  const float t = a * a;
  float p = -0.00182721383f;
  p = p * t + 0.0110644475f;
  p = p * t - 0.0314557198f;
  p = p * t + 0.0582345763f;
  p = p * t - 0.0841946125f;
  p = p * t + 0.109575772f;
  p = p * t - 0.142652457f;
  p = p * t + 0.199986387f;
  p = p * t - 0.333333019f;
  return a + a * t * p;
}

TFJS_HOST_DEVICE float atan(float x) {
  const float a = magnitude(x);
  const bool steep = a > 1.0f;
  const float y = atan_unit(steep ? 1.0f / a : a);
  return with_sign(steep ? kHalfPi - (y - kHalfPiRest) : y, x);
}

TFJS_HOST_DEVICE float atan2(float y, float x) {
  const float a = magnitude(y);
  const float b = magnitude(x);
  const bool steep = a > b;
  const float high = steep ? a : b;
  const float low = steep ? b : a;
  float ratio = low / high;
  ratio = low == high ? 1.0f : ratio;   // Two infinities.
  ratio = high == 0.0f ? 0.0f : ratio;  // Two zeros.
  float angle = atan_unit(ratio);
  angle = steep ? kHalfPi - (angle - kHalfPiRest) : angle;
  const bool left = (bits_of(x) & 0x80000000u) != 0;
  angle = left ? 2.0f * kHalfPi - (angle - 2.0f * kHalfPiRest) : angle;
  return is_nan(x) || is_nan(y) ? kNan : with_sign(angle, y);
}

/// asin on [0, 1/2], given a and a^2.
TFJS_HOST_DEVICE float asin_half(float a, float t) {
  // (asin(a) - a) / a^3 in a^2; error 5e-9 / a^2.
  float p = 0.0422185691f;
  p = p * t + 0.0241475998f;
  p = p * t + 0.0454770991f;
  p = p * t + 0.0749524177f;
  p = p * t + 0.166667539f;
  return a + a * t * p;
}

TFJS_HOST_DEVICE float asin(float x) {
  const float a = magnitude(x);
  const bool outer = a > 0.5f;
  const float t = outer ? 0.5f * (1.0f - a) : a * a;
  const float y = asin_half(outer ? std::sqrt(t) : a, t);
  return with_sign(outer ? kHalfPi - (2.0f * y - kHalfPiRest) : y, x);
}

TFJS_HOST_DEVICE float acos(float x) {
  const float a = magnitude(x);
  const bool outer = a > 0.5f;
  const float t = outer ? 0.5f * (1.0f - a) : a * a;
  const float y = asin_half(outer ? std::sqrt(t) : a, t);
  const float side = x < 0.0f ? 2.0f * (kHalfPi - (y - kHalfPiRest)) : 2.0f * y;
  return outer ? side : kHalfPi - (with_sign(y, x) - kHalfPiRest);
}

/// Where sin, cos and tan below lose their precision.
TFJS_HOST_DEVICE bool needs_long_reduction(float x) {
  const float a = magnitude(x);
  return a > 0x1p20f && a < kInfinity;
}

/// sin and cos of x = quadrant * pi / 2 + r, |r| <= pi / 4, by r; |x| <= 2^20.
struct SinCos {
  float sin_r;
  float cos_r;
  uint32_t quadrant;
};

TFJS_HOST_DEVICE SinCos sin_cos_parts(float x) {
  const float rounded = x * 0.636619772f + kRounder;
  // pi / 2 in two parts, the first of 33 bits: its product with an integer below 2^20 is exact.
  const double n = static_cast<double>(rounded - kRounder);
  const float r = static_cast<float>((static_cast<double>(x) - n * 1.5707963267341256) -
                                     n * 6.077100506506192e-11);
  const float t = r * r;
  // (sin(r) - r) / r^3 in r^2; error 3.6e-9 / r^2.
  float p = -0.000195166558f;
  p = p * t + 0.00833217354f;
  p = p * t - 0.166666549f;
  // (cos(r) - 1 + r^2 / 2) / r^4 in r^2; error 9.7e-11 / r^4.
  float q = 2.44377301e-05f;
  q = q * t - 0.00138873614f;
  q = q * t + 0.0416666467f;
  return {r + r * t * p, 1.0f - (0.5f * t - t * t * q), bits_of(rounded)};
}

/// sin(x + quarters * pi / 2)
TFJS_HOST_DEVICE float sin_turned(float x, uint32_t quarters) {
  const SinCos parts = sin_cos_parts(x);
  const uint32_t quadrant = parts.quadrant + quarters;
  const float y = (quadrant & 1) != 0 ? parts.cos_r : parts.sin_r;
  return from_bits(bits_of(y) ^ ((quadrant & 2) << 30));
}

TFJS_HOST_DEVICE float sin(float x) { return sin_turned(x, 0); }
TFJS_HOST_DEVICE float cos(float x) { return sin_turned(x, 1); }

TFJS_HOST_DEVICE float tan(float x) {
  const SinCos parts = sin_cos_parts(x);
  const bool odd = (parts.quadrant & 1) != 0;
  const float y = (odd ? parts.cos_r : parts.sin_r) / (odd ? parts.sin_r : parts.cos_r);
  return odd ? -y : y;
}

TFJS_HOST_DEVICE float erf(float x) {
  const float a = magnitude(x);
  // erf(a) / a in a^2, on [0, 1]; error 1.3e-9.
  const float t = a * a;
  float p = 7.853861e-05f;
  p = p * t - 0.000801019353f;
  p = p * t + 0.00518832768f;
  p = p * t - 0.0268538119f;
  p = p * t + 0.112835851f;
  p = p * t - 0.376126258f;
  p = p * t + 1.12837917f;
  // -log(1 - erf(b)) on [1, 4]; the error of erf is 1.1e-9. Beyond 4 it rounds to 1.
  const float b = clamp(a, 1.0f, 4.0f);
  float q = -0.000185574011f;
  q = q * b + 0.00293960738f;
  q = q * b - 0.0218053189f;
  q = q * b + 0.10303737f;
  q = q * b + 0.638225675f;
  q = q * b + 1.12704004f;
  q = q * b + 0.000353719115f;
  return with_sign(a < 1.0f ? a * p : 1.0f - exp(-q), x);
}

/// log2 of a positive double that is not denormal; relative error 4e-12.
TFJS_HOST_DEVICE double log2_positive(double x) {
  constexpr uint64_t kSqrtHalf = 0x3fe6a09e667f3bcdu;
  constexpr uint64_t kBias = 1024;
  const uint64_t distance = bits_of(x) - kSqrtHalf;
  const double mantissa = from_bits((distance & 0x000fffffffffffffu) + kSqrtHalf);
  // The exponent plus kBias as a double, by way of the low bits of 2^52: instruction sets before
  // AVX-512 convert no 64-bit integers.
  const uint64_t biased = (distance + (kBias << 52)) >> 52;
  const double exponent =
      from_bits(biased | 0x4330000000000000u) - (4503599627370496.0 + static_cast<double>(kBias));
  const double s = (mantissa - 1.0) / (mantissa + 1.0);
  const double z = s * s;
  // log2((1 + s) / (1 - s)) / s in s^2.
  double p = 0.3407301075654179;
  p = p * z + 0.41167271886684637;
  p = p * z + 0.577083584969758;
  p = p * z + 0.9617966733417549;
  p = p * z + 2.885390081790086;
  return exponent + s * p;
}

/// 2^t rounded to single precision; relative error before rounding 1.9e-9.
TFJS_HOST_DEVICE float exp2_rounded(double t) {
  t = t < -200.0 ? -200.0 : t;
  t = t > 200.0 ? 200.0 : t;
  const double rounded = t + kRounder64;
  const double f = t - (rounded - kRounder64);
  // 2^f on [-1/2, 1/2].
  double p = 0.00015345696615336071;
  p = p * f + 0.0013400063340083964;
  p = p * f + 0.009618490400066921;
  p = p * f + 0.055503284511214834;
  p = p * f + 0.24022646867722244;
  p = p * f + 0.6931472058861579;
  p = p * f + 1.000000000558606;
  return static_cast<float>(p * from_bits((bits_of(rounded) + 1023) << 52));
}

/// Math.pow: unlike C's, NaN when |x| is 1 and y infinite or NaN.
TFJS_HOST_DEVICE float pow(float x, float y) {
  const double a = std::fabs(static_cast<double>(x));
  double log2_x = log2_positive(a);
  log2_x = a == 0.0 ? -static_cast<double>(kInfinity) : log2_x;
  log2_x = a < static_cast<double>(kInfinity) ? log2_x : a;
  const float power = exp2_rounded(static_cast<double>(y) * log2_x);
  const bool whole = std::floor(y) == y;
  const bool odd = whole && std::floor(0.5f * y) != 0.5f * y;
  const bool negative = (bits_of(x) & 0x80000000u) != 0;
  float z = negative && odd ? -power : power;
  z = x < 0.0f && !whole && x > -kInfinity ? kNan : z;
  z = y == 0.0f ? 1.0f : z;
  return is_nan(y) ? kNan : z;
}

}  // namespace tfjs_native::elementary
