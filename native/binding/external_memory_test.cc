#include "binding/external_memory.h"

#include <gtest/gtest.h>

namespace tfjs_native {
namespace {

constexpr int64_t kMegabyte = int64_t{1} << 20;

class ExternalMemoryTest : public testing::Test {
 protected:
  int64_t add(int64_t bytes) {
    const int64_t change = memory_.add(bytes, [this] { return now_; });
    told_ += change;
    return change;
  }

  ExternalMemory memory_;
  ExternalMemory::Clock::time_point now_;
  int64_t told_ = 0;
};

TEST_F(ExternalMemoryTest, GrowthIsToldAtOnceAndInSteps) {
  EXPECT_EQ(add(ExternalMemory::kStepBytes - 1), 0);
  EXPECT_EQ(add(1), ExternalMemory::kStepBytes);
  EXPECT_EQ(add(kMegabyte), kMegabyte);
  EXPECT_EQ(add(100), 0);
}

TEST_F(ExternalMemoryTest, WhatComesAndGoesIsToldOnce) {
  EXPECT_EQ(add(90 * kMegabyte), 90 * kMegabyte);
  for (int step = 0; step < 100; ++step) {
    EXPECT_EQ(add(-90 * kMegabyte), 0);
    now_ += std::chrono::milliseconds(500);
    EXPECT_EQ(add(90 * kMegabyte), 0);
    now_ += std::chrono::milliseconds(600);
  }
}

TEST_F(ExternalMemoryTest, WhatIsGoneForAWhileIsTold) {
  add(90 * kMegabyte);
  EXPECT_EQ(add(-80 * kMegabyte), 0);
  now_ += std::chrono::milliseconds(999);
  EXPECT_EQ(add(-kMegabyte), 0);
  now_ += std::chrono::milliseconds(1);
  EXPECT_EQ(add(-kMegabyte), -82 * kMegabyte);
  EXPECT_EQ(told_, 8 * kMegabyte);
  // The next while begins anew.
  EXPECT_EQ(add(-7 * kMegabyte), 0);
  now_ += ExternalMemory::kWhile;
  EXPECT_EQ(add(-kMegabyte), -8 * kMegabyte);
}

TEST_F(ExternalMemoryTest, WhatIsCollectedIsToldWithTheNextCall) {
  int64_t most = 0;
  // Tensors that nobody disposes of, as many as it takes for a collection, again and again.
  for (int collection = 0; collection < 10; ++collection) {
    for (int tensor = 0; tensor < 64; ++tensor) {
      add(kMegabyte);
      most = std::max(most, told_);
    }
    for (int tensor = 0; tensor < 64; ++tensor) memory_.collect(kMegabyte);
    EXPECT_EQ(add(0), -64 * kMegabyte);
  }
  EXPECT_EQ(most, 64 * kMegabyte);
}

TEST_F(ExternalMemoryTest, AtMostTwiceWhatIsHeldIsTold) {
  add(90 * kMegabyte);
  now_ += std::chrono::seconds(10);
  EXPECT_EQ(add(-44 * kMegabyte), 0);
  now_ += std::chrono::seconds(10);
  EXPECT_EQ(add(44 * kMegabyte), 0);
  EXPECT_EQ(add(kMegabyte), kMegabyte);
}

}  // namespace
}  // namespace tfjs_native
