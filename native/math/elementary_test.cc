#include "math/elementary.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "math/functors.h"

namespace tfjs_native {
namespace {

namespace el = elementary;

/// Units in the last place between a float and what double precision gives; infinity when one of
/// them is NaN or the signs of infinities differ.
double ulps(float actual, double expected) {
  const float rounded = static_cast<float>(expected);
  if (std::isnan(actual) && std::isnan(rounded)) return 0;
  if (std::isnan(actual) || std::isnan(rounded)) return INFINITY;
  if (std::isinf(actual) || std::isinf(rounded)) return actual == rounded ? 0 : INFINITY;
  const float size = std::fabs(rounded);
  const double unit = std::nextafter(size, INFINITY) - static_cast<double>(size);
  return std::fabs(actual - expected) / unit;
}

struct Function {
  const char* name;
  float (*fast)(float);
  double (*exact)(double);
  float low;
  float high;
  double limit;  // In ulps.
};

#define TFJS_FUNCTION(name, low, high, limit)                                                      \
  {                                                                                                \
#name, [](float x) { return el::name(x); },                                                    \
                                             [](double x) -> double { return std::name(x); }, low, \
                                                                                           high,   \
                                                                                           limit   \
  }

const Function kFunctions[] = {
    TFJS_FUNCTION(exp, -103.0f, 89.0f, 2),
    TFJS_FUNCTION(expm1, -30.0f, 89.0f, 3),
    TFJS_FUNCTION(log, 0.0f, 3e38f, 2),
    TFJS_FUNCTION(log1p, -1.0f, 3e38f, 3),
    TFJS_FUNCTION(tanh, -12.0f, 12.0f, 3),
    TFJS_FUNCTION(sinh, -89.4f, 89.4f, 4),
    TFJS_FUNCTION(cosh, -89.4f, 89.4f, 4),
    TFJS_FUNCTION(asinh, -3e38f, 3e38f, 4),
    TFJS_FUNCTION(acosh, 1.0f, 3e38f, 4),
    TFJS_FUNCTION(atanh, -1.0f, 1.0f, 4),
    TFJS_FUNCTION(asin, -1.0f, 1.0f, 3),
    TFJS_FUNCTION(acos, -1.0f, 1.0f, 3),
    TFJS_FUNCTION(atan, -3e38f, 3e38f, 3),
    TFJS_FUNCTION(sin, -1e6f, 1e6f, 2),
    TFJS_FUNCTION(cos, -1e6f, 1e6f, 2),
    TFJS_FUNCTION(tan, -1e6f, 1e6f, 4),
    TFJS_FUNCTION(erf, -5.0f, 5.0f, 3),
    {"sigmoid", [](float x) { return el::sigmoid(x); },
     [](double x) { return 1 / (1 + std::exp(-x)); }, -87.0f, 90.0f, 4},
};

class Elementary : public testing::TestWithParam<Function> {};

/// Steps through the floats themselves, so that every magnitude has its share.
TEST_P(Elementary, IsNearDoublePrecision) {
  const Function& f = GetParam();
  double worst = 0;
  float worst_at = 0;
  const auto check = [&](float x) {
    const double error = ulps(f.fast(x), f.exact(x));
    if (!(error <= worst)) {
      worst = error;
      worst_at = x;
    }
  };
  for (uint32_t bits = 0; bits < 0x7f800000u; bits += 4099) {
    const float x = el::from_bits(bits);
    if (x <= f.high) check(x);
    if (-x >= f.low) check(-x);
  }
  for (int i = 0; i <= 100000; ++i) check(f.low + (f.high - f.low) * static_cast<float>(i) / 1e5f);
  EXPECT_LE(worst, f.limit) << f.name << " at " << worst_at << " is " << f.fast(worst_at);
}

TEST_P(Elementary, TakesSpecialValues) {
  const Function& f = GetParam();
  EXPECT_TRUE(std::isnan(f.fast(NAN)));
  for (const float x : {0.0f, -0.0f, 1e-42f, -1e-42f, INFINITY, -INFINITY, 1.0f, -1.0f}) {
    EXPECT_LE(ulps(f.fast(x), f.exact(x)), f.limit) << f.name << " of " << x;
  }
}

INSTANTIATE_TEST_SUITE_P(Functions, Elementary, testing::ValuesIn(kFunctions),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(ElementaryPow, IsNearDoublePrecision) {
  double worst = 0;
  for (uint32_t bits = 0; bits < 0x7f800000u; bits += 104729) {
    const float x = el::from_bits(bits);
    for (float y = -30; y <= 30; y += 0.37f) {
      worst = std::max(worst, ulps(el::pow(x, y), std::pow(double{x}, double{y})));
    }
  }
  EXPECT_LE(worst, 0.55);
}

TEST(ElementaryPow, FollowsJavaScriptWhereCDiffers) {
  EXPECT_TRUE(std::isnan(el::pow(1.0f, INFINITY)));
  EXPECT_TRUE(std::isnan(el::pow(-1.0f, -INFINITY)));
  EXPECT_TRUE(std::isnan(el::pow(1.0f, NAN)));
  EXPECT_EQ(el::pow(NAN, 0.0f), 1.0f);
  const float list[] = {0.0f, -0.0f, 1.5f, -1.5f, 0.5f, -0.5f, INFINITY, -INFINITY, NAN, 3, 2, -3};
  for (const float x : list) {
    for (const float y : list) {
      const double expected = std::pow(double{x}, double{y});
      EXPECT_LE(ulps(el::pow(x, y), expected), 0.55) << x << " ^ " << y;
      EXPECT_EQ(std::signbit(el::pow(x, y)) && expected == 0,
                std::signbit(expected) && expected == 0)
          << x << " ^ " << y;
    }
  }
}

TEST(ElementaryAtan2, IsNearDoublePrecision) {
  const float list[] = {0.0f, -0.0f, 1.0f, -2.5f, 1e-30f, -3e38f, INFINITY, -INFINITY, NAN, 1e-42f};
  for (const float y : list) {
    for (const float x : list) {
      EXPECT_LE(ulps(el::atan2(y, x), std::atan2(double{y}, double{x})), 3) << y << ", " << x;
    }
  }
}

TEST(Mod, IsExact) {
  const functors::Mod mod;
  const auto expected = [](float a, float b) {
    const double rest = std::fmod(double{a}, double{b});
    const bool same_sign = (a < 0 && b < 0) || (a >= 0 && b >= 0);
    return static_cast<float>(same_sign ? rest : std::fmod(rest + b, double{b}));
  };
  for (int i = 0; i < 200000; ++i) {
    const float b = 0.1f + static_cast<float>(i % 977) * 0.013f;
    const float a = b * static_cast<float>(i - 100000) * (i % 3 == 0 ? 1.0f : 1.0001f);
    ASSERT_EQ(mod(a, b), expected(a, b)) << a << " mod " << b;
    ASSERT_EQ(mod(a, -b), expected(a, -b)) << a << " mod " << -b;
  }
  EXPECT_FALSE(mod.hard(1e6f, 0.25f));
  EXPECT_TRUE(mod.hard(1e30f, 0.25f));
  EXPECT_EQ(mod.exact(1e30f, 0.75f), expected(1e30f, 0.75f));
}

}  // namespace
}  // namespace tfjs_native
