#include "device/attrs.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace tfjs_native {
namespace {

AttrValue numbers(Doubles values) {
  AttrValue value;
  value.present = true;
  value.numbers = std::move(values);
  return value;
}

TEST(Attrs, ReadsByName) {
  Attrs attrs;
  attrs.add("alpha", numbers({0.5}));
  attrs.add("axes", numbers({2, -1}));
  attrs.add("flag", numbers({1}));
  EXPECT_EQ(attrs.number("alpha"), 0.5);
  EXPECT_EQ(attrs.integer("alpha"), 0);
  EXPECT_EQ(attrs.integers("axes"), (Ints{2, -1}));
  EXPECT_TRUE(attrs.flag("flag"));
  EXPECT_TRUE(attrs.has("axes"));
}

TEST(Attrs, AbsentOnesReadAsNothing) {
  Attrs attrs;
  attrs.add("given", AttrValue{});  // An optional one that the call left out.
  for (const char* name : {"given", "unknown"}) {
    EXPECT_FALSE(attrs.has(name));
    EXPECT_EQ(attrs.number(name), 0);
    EXPECT_FALSE(attrs.flag(name));
    EXPECT_TRUE(attrs.integers(name).empty());
    EXPECT_TRUE(attrs.text(name).empty());
  }
}

TEST(Attrs, AreEqualByNamesAndBits) {
  const auto attrs_of = [](const char* name, Doubles values) {
    Attrs attrs;
    attrs.add(name, numbers(std::move(values)));
    return attrs;
  };
  EXPECT_EQ(attrs_of("axis", {1, NAN}), attrs_of("axis", {1, NAN}));
  EXPECT_FALSE(attrs_of("axis", {0.0}) == attrs_of("axis", {-0.0}));
  EXPECT_FALSE(attrs_of("axis", {1}) == attrs_of("axis", {1, 1}));
  EXPECT_FALSE(attrs_of("axis", {1}) == attrs_of("dims", {1}));
}

TEST(Attrs, WhatIsRemovedReadsAsAbsent) {
  Attrs attrs;
  attrs.add("begin", numbers({1}));
  attrs.add("size", numbers({2}));
  attrs.remove("begin");
  attrs.remove("nothing");
  EXPECT_FALSE(attrs.has("begin"));
  EXPECT_EQ(attrs.integer("size"), 2);
  EXPECT_EQ(attrs.values().size(), 1u);
}

TEST(Attrs, IntegersThatDoNotFitBecomeTheNearestThatDo) {
  constexpr int64_t kMin = std::numeric_limits<int64_t>::min();
  constexpr int64_t kMax = std::numeric_limits<int64_t>::max();
  Attrs attrs;
  attrs.add("all", numbers({1e30, -1e30, INFINITY, -INFINITY, NAN, -2.9}));
  EXPECT_EQ(attrs.integers("all"), (Ints{kMax, kMin, kMax, kMin, kMin, -2}));
  attrs.add("one", numbers({9223372036854775808.0}));
  EXPECT_EQ(attrs.integer("one"), kMax);
}

}  // namespace
}  // namespace tfjs_native
