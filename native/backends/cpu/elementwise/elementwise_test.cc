// Every loop of every row on every instruction set of this machine against the same loop compiled
// for the baseline, which is not vectorized.
#include "backends/cpu/elementwise/elementwise.h"

#include <gtest/gtest.h>

#include <hwy/targets.h>
#include <array>
#include <cmath>
#include <cstring>
#include <vector>

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
    if (dtype == DType::kInt32) {
      const int32_t x = special && i < 5 ? ints[i] : static_cast<int32_t>(i * 37 % 101 - 50 + seed);
      std::memcpy(&bytes[i * 4], &x, 4);
    } else if (dtype == DType::kBool) {
      bytes[i] = static_cast<unsigned char>((i + seed) % 3 == 0);
    } else {
      const int64_t parts = dtype == DType::kComplex64 ? 2 : 1;
      for (int64_t part = 0; part < parts; ++part) {
        const int64_t at = i * parts + part;
        const float x = special && at < 10
                            ? floats[at]
                            : static_cast<float>(at * 29 % 83) * 0.17f - 6.9f + 0.31f * seed;
        std::memcpy(&bytes[at * 4], &x, 4);
      }
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
  for (const UnaryTable& table : {simple_unary_table(), transcendental_table()}) {
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

TEST(ElementwiseLoops, ConversionsAgreeOnAllInstructionSets) {
  const DType dtypes[] = {DType::kFloat32, DType::kInt32, DType::kBool};
  for (const DType from : dtypes) {
    for (const DType to : dtypes) {
      if (from == to) continue;
      const std::vector<unsigned char> x = operand(from, 0);
      const auto run = [&](int64_t target) {
        const WithTarget with(target);
        const UnaryLoop loop = store_loop(from, to);
        return result(to, kCount, [&](void* dst) { loop({}, x.data(), dst, kCount); });
      };
      const std::vector<unsigned char> expected = run(0);
      for (const int64_t target : targets()) {
        SCOPED_TRACE(std::string(dtype_name(from)) + " on " + hwy::TargetName(target));
        expect_same(run(target), expected, to);
      }
    }
  }
}

}  // namespace
}  // namespace tfjs_native
