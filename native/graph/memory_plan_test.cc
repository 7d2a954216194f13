#include "graph/memory_plan.h"

#include <gtest/gtest.h>

#include <random>

namespace tfjs_native {
namespace {

void expect_apart(const std::vector<Lifetime>& lifetimes, const MemoryPlan& plan) {
  ASSERT_EQ(plan.offsets.size(), lifetimes.size());
  for (size_t i = 0; i < lifetimes.size(); ++i) {
    const Lifetime& a = lifetimes[i];
    EXPECT_EQ(plan.offsets[i] % kArenaAlignment, 0u);
    EXPECT_LE(plan.offsets[i] + a.size_bytes, plan.arena_bytes);
    for (size_t j = 0; j < i; ++j) {
      const Lifetime& b = lifetimes[j];
      if (a.last_step < b.first_step || b.last_step < a.first_step) continue;
      EXPECT_TRUE(plan.offsets[i] + a.size_bytes <= plan.offsets[j] ||
                  plan.offsets[j] + b.size_bytes <= plan.offsets[i])
          << "places " << j << " and " << i << " overlap";
    }
  }
}

TEST(MemoryPlan, NothingNeedsNothing) { EXPECT_EQ(plan_memory({}).arena_bytes, 0u); }

TEST(MemoryPlan, AChainNeedsTwoPlaces) {
  std::vector<Lifetime> lifetimes;
  for (size_t step = 0; step < 20; ++step) lifetimes.push_back({1024, step, step + 1});
  const MemoryPlan plan = plan_memory(lifetimes);
  expect_apart(lifetimes, plan);
  EXPECT_EQ(plan.arena_bytes, 2048u);
}

TEST(MemoryPlan, AGapBetweenLivePlacesIsUsed) {
  // The first and the third live throughout, around a second that ends early.
  const std::vector<Lifetime> lifetimes = {{4096, 0, 9}, {2048, 0, 1}, {1024, 0, 9}, {2000, 3, 9}};
  const MemoryPlan plan = plan_memory(lifetimes);
  expect_apart(lifetimes, plan);
  EXPECT_EQ(plan.arena_bytes, 4096u + 2048u + 1024u);
}

TEST(MemoryPlan, RandomLifetimesNeverOverlapAndStayNearTheLowerBound) {
  std::mt19937 random(7);
  for (int round = 0; round < 50; ++round) {
    std::vector<Lifetime> lifetimes;
    const size_t steps = 60;
    for (int i = 0; i < 80; ++i) {
      const size_t first = random() % steps;
      lifetimes.push_back({random() % 100000, first, std::min(steps, first + random() % 8)});
    }
    const MemoryPlan plan = plan_memory(lifetimes);
    expect_apart(lifetimes, plan);
    size_t bound = 0;
    for (size_t step = 0; step <= steps; ++step) {
      size_t live = 0;
      for (const Lifetime& lifetime : lifetimes) {
        if (lifetime.first_step <= step && step <= lifetime.last_step) live += lifetime.size_bytes;
      }
      bound = std::max(bound, live);
    }
    EXPECT_LE(plan.arena_bytes, bound * 3 / 2);
  }
}

}  // namespace
}  // namespace tfjs_native
