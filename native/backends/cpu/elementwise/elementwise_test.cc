// Every loop of every row on every instruction set of this machine against the same loop compiled
// for the baseline, which is not vectorized.
#include "backends/cpu/elementwise/elementwise.h"

#include <gtest/gtest.h>

#include <hwy/targets.h>
#include <array>
#include <cmath>
#include <cstring>
#include <vector>

#include "math/conversion.h"

namespace tfjs_native {
namespace {

constexpr int64_t kCount = 77;  // Full vectors of every width, and tails.
constexpr unsigned char kUntouched = 0xa5;

/// Makes the tables give out the loops of one instruction set (0: the baseline) for a while.
class WithTarget {
 public:
  explicit WithTarget(int64_t target) { hwy::GetChosenTarget().Update(target); }
  ~WithTarget() { hwy::GetChosenTarget().DeInit(); }
};

std::vector<int64_t> targets() {
  std::vector<int64_t> list;
  for (const int64_t target : {HWY_SSE4, HWY_AVX2, HWY_AVX3}) {
    if ((hwy::SupportedTargets() & target) != 0) list.push_back(target);
  }
  return list;
}

/// kCount elements; `seed` 0 begins with what is special about the type.
std::vector<unsigned char> operand(DType dtype, int seed) {
  std::vector<unsigned char> bytes(kCount * size_of(dtype));
  const float floats[] = {NAN, INFINITY, -INFINITY, 0.0f, -0.0f, 1e-42f, 3e38f, -3e38f, 5e9f, 1.0f};
  const int32_t ints[] = {INT32_MAX, INT32_MIN, 0, -1, 1};
  for (int64_t i = 0; i < kCount; ++i) {
    const bool special = seed == 0;
    const size_t at = static_cast<size_t>(i) * size_of(dtype);
    if (dtype == DType::kInt32) {
      const int32_t x = special && i < 5 ? ints[i] : static_cast<int32_t>(i * 37 % 101 - 50 + seed);
      std::memcpy(&bytes[at], &x, sizeof x);
    } else if (dtype == DType::kBool) {
      bytes[at] = static_cast<unsigned char>((i + seed) % 3 == 0);
    } else {
      const auto value = [&](int64_t number) {
        return special && number < 10 ? floats[number]
                                      : static_cast<float>(number * 29 % 83) * 0.17f - 6.9f +
                                            0.31f * static_cast<float>(seed);
      };
      with_element_type(dtype, [&](auto tag) {
        using T = TypeIn<decltype(tag)>;
        T x;
        if constexpr (std::is_same_v<T, Complex64>) {
          x = {value(2 * i), value(2 * i + 1)};
        } else {
          x = store_as<T>(value(i));
        }
        std::memcpy(&bytes[at], &x, sizeof x);
      });
    }
  }
  return bytes;
}

/// Floats may differ in the last places (fused multiplication and addition), all else may not.
void expect_same(const std::vector<unsigned char>& actual,
                 const std::vector<unsigned char>& expected, DType dtype) {
  if (dtype != DType::kFloat32 && dtype != DType::kComplex64) {
    EXPECT_EQ(actual, expected);
    return;
  }
  for (size_t i = 0; i + 4 <= actual.size(); i += 4) {
    float a;
    float e;
    std::memcpy(&a, &actual[i], 4);
    std::memcpy(&e, &expected[i], 4);
    if (a == e || (std::isnan(a) && std::isnan(e))) continue;
    EXPECT_NEAR(a, e, 2e-6 * std::max(1.0f, std::fabs(e))) << "value " << i / 4;
  }
}

/// What a loop writes, behind a result of `count` elements too.
template <typename Run>
std::vector<unsigned char> result(DType dtype, int64_t count, Run run) {
  std::vector<unsigned char> dst(static_cast<size_t>(count) * size_of(dtype) + 64, kUntouched);
  run(dst.data());
  for (size_t i = dst.size() - 64; i < dst.size(); ++i) EXPECT_EQ(dst[i], kUntouched);
  dst.resize(dst.size() - 64);
  return dst;
}

TEST(ElementwiseLoops, UnaryAgreeOnAllInstructionSets) {
  const FunctorParams params(std::array{-0.5, 0.75});
  for (const UnaryTable& table : {simple_unary_table(), transcendental_table(), composed_table()}) {
    for (int row = 0; row < static_cast<int>(table.rows.size()); ++row) {
      const UnaryRow& types = table.rows[row];
      const std::vector<unsigned char> x = operand(types.from, 0);
      for (const int64_t count : {kCount, int64_t{1}, int64_t{0}}) {
        const auto run = [&](int64_t target) {
          const WithTarget with(target);
          const UnaryLoop loop = table.loop(row);
          return result(types.to, count, [&](void* dst) { loop(params, x.data(), dst, count); });
        };
        const std::vector<unsigned char> expected = run(0);
        for (const int64_t target : targets()) {
          SCOPED_TRACE(std::string(types.op) + " on " + hwy::TargetName(target));
          expect_same(run(target), expected, types.to);
        }
      }
    }
  }
}

TEST(ElementwiseLoops, BinaryAgreeOnAllInstructionSets) {
  for (const BinaryTable& table : {arithmetic_table(), compare_table()}) {
    for (int row = 0; row < static_cast<int>(table.rows.size()); ++row) {
      const BinaryRow& types = table.rows[row];
      const std::vector<unsigned char> a = operand(types.from, 0);
      const std::vector<unsigned char> b = operand(types.from, 1);
      for (const InnerStep step : {InnerStep::kBoth, InnerStep::kOnlyA, InnerStep::kOnlyB}) {
        const auto run = [&](int64_t target) {
          const WithTarget with(target);
          const BinaryLoop loop = table.loop(row, step);
          // Two rows that overlap in a, of one row of b.
          const int64_t inner = kCount - 1;
          return result(types.to, 2 * inner, [&](void* dst) {
            loop({a.data(), b.data(), dst, 2, inner, 1, 0});
          });
        };
        const std::vector<unsigned char> expected = run(0);
        for (const int64_t target : targets()) {
          SCOPED_TRACE(std::string(types.op) + " on " + hwy::TargetName(target));
          expect_same(run(target), expected, types.to);
        }
      }
    }
  }
}

/// What store_as makes of the elements, one by one.
std::vector<unsigned char> converted(DType from, DType to, const std::vector<unsigned char>& x) {
  std::vector<unsigned char> result(kCount * size_of(to));
  with_element_type(from, [&](auto from_tag) {
    with_element_type(to, [&](auto to_tag) {
      TypeIn<decltype(from_tag)> element;
      for (size_t i = 0; i < kCount; ++i) {
        std::memcpy(&element, &x[i * sizeof element], sizeof element);
        const auto stored = store_as<TypeIn<decltype(to_tag)>>(element);
        std::memcpy(&result[i * sizeof stored], &stored, sizeof stored);
      }
    });
  });
  return result;
}

TEST(ElementwiseLoops, ConversionsAgreeOnAllInstructionSets) {
  for (int i = 0; i < kNativeDTypeCount; ++i) {
    for (int j = 0; j < kNativeDTypeCount; ++j) {
      const DType from = static_cast<DType>(i);
      const DType to = static_cast<DType>(j);
      const std::vector<unsigned char> x = operand(from, 0);
      const std::vector<unsigned char> expected = converted(from, to, x);
      for (const int64_t target : targets()) {
        SCOPED_TRACE(std::string(dtype_name(from)) + " to " + dtype_name(to) + " on " +
                     hwy::TargetName(target));
        const WithTarget with(target);
        const UnaryLoop loop = store_loop(from, to);
        EXPECT_EQ(result(to, kCount, [&](void* dst) { loop({}, x.data(), dst, kCount); }),
                  expected);
      }
    }
  }
}

}  // namespace
}  // namespace tfjs_native
