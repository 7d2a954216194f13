#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <utility>

#include "base/checked_math.h"
#include "base/inline_vector.h"
#include "base/status.h"

namespace tfjs_native {
namespace {

TEST(CheckedMath, MultipliesWhatFits) {
  constexpr int64_t kMin = std::numeric_limits<int64_t>::min();
  constexpr int64_t kMax = std::numeric_limits<int64_t>::max();
  constexpr int64_t kHalf = int64_t{1} << 32;
  const struct {
    int64_t a;
    int64_t b;
    bool fits;
  } kCases[] = {
      {0, kMin, true},
      {1, kMax, true},
      {1, kMin, true},
      {-1, kMax, true},
      {-1, kMin, false},
      {2, kMax, false},
      {3037000499, 3037000499, true},
      {3037000500, 3037000500, false},
      {-3037000500, 3037000500, false},
      {kHalf, kHalf / 4, true},
      {kHalf, kHalf / 2, false},
      {-kHalf, kHalf / 2, true},  // kMin itself.
      {kHalf, kHalf, false},
  };
  for (const auto& [a, b, fits] : kCases) {
    for (const auto& [x, y] : {std::pair(a, b), std::pair(b, a)}) {
      int64_t product = 77;
      EXPECT_EQ(multiply_checked(x, y, product), fits) << x << " * " << y;
      const auto wrapped = static_cast<uint64_t>(x) * static_cast<uint64_t>(y);
      EXPECT_EQ(product, fits ? static_cast<int64_t>(wrapped) : 77);
    }
  }
}

TEST(InlineVector, GrowsBeyondItsInlineStorage) {
  InlineVector<int64_t, 2> values;
  for (int i = 0; i < 10; ++i) values.push_back(i);
  values.insert(0, -1);
  values.erase(1);
  InlineVector<int64_t, 2> copy = values;
  InlineVector<int64_t, 2> moved = std::move(values);
  EXPECT_EQ(copy, moved);
  EXPECT_EQ(moved.size(), 10u);
  EXPECT_EQ(moved[0], -1);
  EXPECT_EQ(moved.back(), 9);
}

TEST(InlineVector, CopiesAndMovesBetweenInlineAndGrownStorage) {
  using Vector = InlineVector<int64_t, 2>;
  for (const size_t from : {0, 1, 2, 3, 9}) {
    for (const size_t to : {0, 1, 2, 3, 9}) {
      const Vector source(from, 7);
      Vector copy(to, 1);
      copy = source;
      EXPECT_EQ(copy, source);
      copy = *&copy;
      EXPECT_EQ(copy, source);
      Vector moved(to, 1);
      moved = std::move(copy);
      EXPECT_EQ(moved, source);
      copy = moved;  // What was moved from may be used again.
      EXPECT_EQ(copy, source);
    }
  }
  EXPECT_NE(Vector({1, 2}), Vector({1, 3}));
  EXPECT_NE(Vector({1, 2}), Vector({1}));
}

TEST(Status, LongMessagesAreCut) {
  const std::string text(5000, 'x');
  const Status status = make_status(Code::kBadAttr, "%s", text.c_str());
  EXPECT_FALSE(status.error().message.empty());
  EXPECT_LT(status.error().message.size(), text.size());
}

TEST(Status, CopiesShareOneError) {
  const Status status(Code::kInternal, "broken");
  const Status copy = status;
  EXPECT_EQ(&copy.error(), &status.error());
  EXPECT_TRUE(Status().ok());
}

TEST(Status, NamesTheOperatorOnce) {
  const Status status = Status(Code::kBadShape, "x: expected rank 4").at("Conv2D", "onednn");
  EXPECT_EQ(status.at("Other", "cuda").error().op, "Conv2D");
  EXPECT_EQ(status.error().device, "onednn");
  EXPECT_STREQ(code_name(status.error().code), "BAD_SHAPE");
}

}  // namespace
}  // namespace tfjs_native
