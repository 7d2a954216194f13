#include "tensor/shape.h"

#include <gtest/gtest.h>

#include <limits>

namespace tfjs_native {
namespace {

TEST(Shape, CountsElements) {
  EXPECT_EQ(num_elements({}), 1);
  EXPECT_EQ(num_elements({7}), 7);
  EXPECT_EQ(num_elements({2, 3, 4}), 24);
  EXPECT_EQ(num_elements({2, 0, 4}), 0);
  EXPECT_EQ(num_elements({2, 3, 4, 5}, 1, 3), 12);
  EXPECT_EQ(num_elements({2, 3}, 1, 1), 1);
}

TEST(Shape, CountsOfWhatDoesNotFitAreLarge) {
  const int64_t big = int64_t{1} << 40;
  EXPECT_EQ(num_elements({big, big}), std::numeric_limits<int64_t>::max());
  EXPECT_EQ(num_elements({big, big, 0}), 0);
  EXPECT_EQ(num_elements({0, big, big}), 0);
}

TEST(Shape, Strides) {
  EXPECT_EQ(strides_of({2, 3, 4}), (Ints{12, 4, 1}));
  EXPECT_EQ(strides_of({5}), (Ints{1}));
  EXPECT_EQ(strides_of({}), (Ints{}));
  EXPECT_EQ(strides_of({2, 0, 4}), (Ints{0, 4, 1}));
  EXPECT_EQ(strides_of({0, int64_t{1} << 40, int64_t{1} << 40}).size(), 3u);
}

TEST(Shape, ChecksExtents) {
  EXPECT_TRUE(check_shape({}).ok());
  EXPECT_TRUE(check_shape({0, 3}).ok());
  EXPECT_TRUE(check_shape({int64_t{1} << 53}).ok());
  for (const Shape& bad : {Shape{-1}, Shape{2, -3}, Shape{-2, -3}, Shape{int64_t{1} << 53, 2},
                           Shape{int64_t{1} << 40, int64_t{1} << 40}}) {
    const Status status = check_shape(bad);
    ASSERT_FALSE(status.ok()) << to_string(bad);
    EXPECT_EQ(status.error().code, Code::kBadShape);
    EXPECT_NE(status.error().message.find(to_string(bad)), std::string::npos);
  }
}

TEST(Shape, Broadcasts) {
  struct Case {
    Shape a, b, out;
  };
  const Case cases[] = {
      {{}, {}, {}},
      {{3}, {}, {3}},
      {{2, 3}, {3}, {2, 3}},
      {{2, 1}, {1, 3}, {2, 3}},
      {{0}, {1}, {0}},
      {{0, 1}, {5}, {0, 5}},
      {{4, 1, 1}, {3, 1}, {4, 3, 1}},
      {{1, 1, 1}, {}, {1, 1, 1}},
  };
  for (const Case& c : cases) {
    for (const bool swapped : {false, true}) {
      const auto out = swapped ? broadcast_shapes(c.b, c.a) : broadcast_shapes(c.a, c.b);
      ASSERT_TRUE(out.ok());
      EXPECT_EQ(out.value(), c.out) << to_string(c.a) << to_string(c.b);
    }
  }
  for (const auto& [a, b] : {std::pair<Shape, Shape>{{2}, {3}}, {{0}, {2}}, {{2, 3}, {2}}}) {
    const auto out = broadcast_shapes(a, b);
    ASSERT_FALSE(out.ok());
    EXPECT_EQ(out.status().error().code, Code::kBadShape);
  }
}

/// Reads every element of `from` as if it had the shape `to`, by index arithmetic.
TEST(Shape, BroadcastStridesReadTheRightElement) {
  const Shape from{3, 1, 2};
  const Shape to{2, 3, 4, 2};
  const Ints strides = broadcast_strides(from, to);
  for (int64_t a = 0; a < 2; ++a) {
    for (int64_t b = 0; b < 3; ++b) {
      for (int64_t c = 0; c < 4; ++c) {
        for (int64_t d = 0; d < 2; ++d) {
          const int64_t offset = a * strides[0] + b * strides[1] + c * strides[2] + d * strides[3];
          EXPECT_EQ(offset, b * 2 + d);
        }
      }
    }
  }
}

TEST(Shape, NormalizesAxes) {
  EXPECT_EQ(normalize_axis(-1, 3).value(), 2);
  EXPECT_EQ(normalize_axis(-3, 3).value(), 0);
  EXPECT_EQ(normalize_axis(2, 3).value(), 2);
  for (const int64_t bad : {int64_t{3}, int64_t{-4}, std::numeric_limits<int64_t>::min(),
                            std::numeric_limits<int64_t>::max()}) {
    const auto axis = normalize_axis(bad, 3, "dim");
    ASSERT_FALSE(axis.ok());
    EXPECT_EQ(axis.status().error().code, Code::kBadAttr);
    EXPECT_EQ(axis.status().error().message.find("dim:"), 0u);
  }
  EXPECT_FALSE(normalize_axis(0, 0).ok());
}

}  // namespace
}  // namespace tfjs_native
