// Conversions against plain arithmetic in double precision, and integers against their bits.
#include "math/conversion.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

namespace tfjs_native {
namespace {

/// Values of every kind: small and large, halves between neighbours, limits of every type.
std::vector<double> values() {
  std::vector<double> list = {0.0, -0.0, NAN, INFINITY, -INFINITY, 0.5,
                              1.5, 2.5,  0.1, 1e-300,   1e300};
  // Halves between neighbours of float16, bfloat16 and float32, and what lies next to them.
  for (const double half :
       {1 + 0x1p-11, 1 + 0x1.8p-10, 1 + 0x1p-8, 1 + 0x1.8p-7, 1 + 0x1p-24, 0x1p-25, 0x1.8p-24,
        65504.0, 65519.0, 65520.0, 0x1.ffp127, 3.4028236e38, 0x1p-134, 0x1p-150, 6.0e-8, 6.1e-5}) {
    for (const double x : {half, std::nextafter(half, 0), std::nextafter(half, INFINITY)}) {
      list.push_back(x);
    }
  }
  for (int bits = 7; bits <= 66; ++bits) {
    const double power = std::ldexp(1.0, bits);
    for (const double x : {power, power - 1, power + 1, power + 0.75, power * 3 + 5}) {
      list.push_back(x);
    }
  }
  for (const double limit :
       {static_cast<double>(std::numeric_limits<float>::max()), 0x1p-149, 0x1p-126,
        std::numeric_limits<double>::max(), std::numeric_limits<double>::denorm_min()}) {
    list.push_back(limit);
  }
  const size_t count = list.size();
  for (size_t i = 0; i < count; ++i) list.push_back(-list[i]);
  return list;
}

/// The value of an element.
template <typename T>
double number(T x) {
  return static_cast<double>(x);
}
double number(Float16 x) { return conversion::widen(x); }
double number(BFloat16 x) { return conversion::widen(x); }
double number(Complex64 x) { return x.real; }

/// x rounded to `bits` bits of mantissa, halves to even; denormals below 2^least, infinity from
/// 2^(most + 1).
double rounded(double x, int bits, int least, int most) {
  if (x == 0 || !std::isfinite(x)) return x;
  const int exponent = std::max(std::ilogb(x), least);
  const double unit = std::ldexp(1.0, exponent - bits);
  const double result = std::nearbyint(x / unit) * unit;
  return std::fabs(result) >= std::ldexp(1.0, most) * 2 ? std::copysign(INFINITY, x) : result;
}

template <typename T>
double expected(double x) {
  if constexpr (std::is_same_v<T, double>) {
    return x;
  } else if constexpr (std::is_same_v<T, float> || std::is_same_v<T, Complex64>) {
    return rounded(x, 23, -126, 127);
  } else if constexpr (std::is_same_v<T, Float16>) {
    return rounded(x, 10, -14, 15);
  } else if constexpr (std::is_same_v<T, BFloat16>) {
    return rounded(x, 7, -126, 127);
  } else {
    if (!std::isfinite(x)) return 0;
    using Number = NumberOf<T>;
    const double modulus = std::ldexp(1.0, 8 * sizeof(T));
    double rest = std::fmod(std::trunc(x), modulus);  // Exact.
    const double least = std::numeric_limits<Number>::is_signed ? -modulus / 2 : 0;
    if (rest < least) rest += modulus;
    if (rest >= least + modulus) rest -= modulus;
    return rest + 0.0;  // Integers have no -0.
  }
}

void expect_same(double actual, double expected, const std::string& what) {
  if (std::isnan(expected)) {
    EXPECT_TRUE(std::isnan(actual)) << what;
  } else {
    EXPECT_EQ(actual, expected) << what;
    if (expected != 0) return;
    EXPECT_EQ(std::signbit(actual), std::signbit(expected)) << what;
  }
}

template <typename To>
void check_all() {
  for (const double x : values()) {
    const std::string what = std::string(dtype_name(dtype_of<To>())) + " from " + std::to_string(x);
    const double stored = number(store_as<To>(x));
    expect_same(stored, expected<To>(x), what);
    // From every other type, by the value that it has there.
    for (int from = 0; from < kNativeDTypeCount; ++from) {
      with_element_type(static_cast<DType>(from), [&](auto tag) {
        const auto element = store_as<TypeIn<decltype(tag)>>(x);
        const double value = number(element);
        expect_same(number(store_as<To>(element)), expected<To>(value),
                    what + " by " + dtype_name(static_cast<DType>(from)));
      });
    }
  }
}

TEST(Conversion, ToEveryTypeFromEveryType) {
  for (int to = 0; to < kNativeDTypeCount; ++to) {
    with_element_type(static_cast<DType>(to), [](auto tag) { check_all<TypeIn<decltype(tag)>>(); });
  }
}

TEST(Conversion, EveryFloat16AndBFloat16ComesBack) {
  for (uint32_t bits = 0; bits < 0x10000; ++bits) {
    const Float16 half{static_cast<uint16_t>(bits)};
    const float wide = conversion::widen(half);
    if (std::isnan(wide)) {
      EXPECT_TRUE(std::isnan(conversion::widen(store_as<Float16>(wide))));
    } else {
      EXPECT_EQ(store_as<Float16>(wide).bits, bits);
    }
    const BFloat16 upper{static_cast<uint16_t>(bits)};
    const float same = conversion::widen(upper);
    if (std::isnan(same)) {
      EXPECT_TRUE(std::isnan(conversion::widen(store_as<BFloat16>(same))));
    } else {
      EXPECT_EQ(store_as<BFloat16>(same).bits, bits);
    }
  }
}

TEST(Conversion, LongIntegers) {
  constexpr int64_t kLeast = std::numeric_limits<int64_t>::min();
  EXPECT_EQ(store_as<int32_t>(int64_t{0x123456789abcdef}), static_cast<int32_t>(0x89abcdef));
  EXPECT_EQ(store_as<uint8_t>(kLeast + 5), 5);
  EXPECT_EQ(store_as<int64_t>(uint32_t{0xffffffff}), 0xffffffffLL);
  EXPECT_EQ(store_as<int64_t>(-0x1p63), kLeast);
  EXPECT_EQ(store_as<int64_t>(0x1p63), kLeast);
  // Rounded once: by way of a double the first would be a half, and go to the even neighbour.
  EXPECT_EQ(conversion::widen(store_as<BFloat16>((int64_t{0x101} << 54) + 1)), 0x1.02p62f);
  EXPECT_EQ(conversion::widen(store_as<BFloat16>(int64_t{0x101} << 54)), 0x1p62f);
}

TEST(Conversion, CastToBoolTellsWhatIsNotZero) {
  EXPECT_EQ(cast_to<Bool>(0.5f), 1);
  EXPECT_EQ(cast_to<Bool>(NAN), 1);
  EXPECT_EQ(cast_to<Bool>(-0.0f), 0);
  EXPECT_EQ(cast_to<Bool>(256), 1);
  EXPECT_EQ(cast_to<Bool>(int64_t{1} << 40), 1);
  EXPECT_EQ(cast_to<Bool>(Float16{0x8000}), 0);
  EXPECT_EQ(cast_to<Bool>(BFloat16{1}), 1);
  EXPECT_EQ(cast_to<Bool>(Complex64{0, 1}), 0);
  EXPECT_EQ(store_as<Bool>(256), 0);
  EXPECT_EQ(store_as<Bool>(3.7f), 3);
}

TEST(Conversion, ToInt32) {
  EXPECT_EQ(to_int32(2147483648.0), INT32_MIN);
  EXPECT_EQ(to_int32(-2147483649.0), INT32_MAX);
  EXPECT_EQ(to_int32(4294967301.7), 5);
  EXPECT_EQ(to_int32(-4294967301.7), -5);
  EXPECT_EQ(to_int32(1.0e300), 0);
  EXPECT_EQ(to_int32(2147483648.0f), INT32_MIN);
  EXPECT_EQ(to_int32(4294967808.0f), 512);
  EXPECT_EQ(to_int32(-1.9f), -1);
  EXPECT_EQ(to_int32(NAN), 0);
  EXPECT_EQ(to_int32(-INFINITY), 0);
}

}  // namespace
}  // namespace tfjs_native
