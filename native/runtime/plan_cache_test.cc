#include "runtime/plan_cache.h"

#include <gtest/gtest.h>

#include <cmath>
#include <latch>
#include <list>
#include <optional>

#include "runtime/testing/test_session.h"

namespace tfjs_native {
namespace {

struct PlanCacheTest : testing::Test {
  // Holds ten plans of those that add() makes, once they are prepared.
  static constexpr size_t kKernelBytes = 100'000;
  FakeDevice device;
  Planner planner{device};
  PlanBudget budget{10 * kKernelBytes + kKernelBytes / 2};
  PlanCache cache{budget};

  PlanCacheTest() { device.held_bytes = kKernelBytes; }

  static std::vector<double> key(double number) { return {1, 2, number}; }
  Ref<Plan> make_plan() const {
    const TensorDesc desc{DType::kFloat32, {2, 3}, true};
    return planner.plan(op_table()[find_op("Add")], {desc, desc}, Attrs()).value();
  }
  /// As a call does it: finds the plan or makes one, and prepares it.
  Ref<Plan> use(PlanCache& where, double number) {
    Ref<Plan> plan = where.find(key(number));
    if (!plan) {
      plan = make_plan();
      where.insert(key(number), plan);
    }
    EXPECT_TRUE(plan->prepared(device).ok());
    return plan;
  }
  Ref<Plan> use(double number) { return use(cache, number); }
  size_t preparations() const { return device.prepared.size(); }
};

TEST_F(PlanCacheTest, FindsByEqualWords) {
  const Ref<Plan> plan = make_plan();
  EXPECT_FALSE(cache.find(key(1)));
  cache.insert(key(1), plan);
  EXPECT_EQ(cache.find(key(1)).get(), plan.get());
  EXPECT_FALSE(cache.find(key(2)));
  EXPECT_FALSE(cache.find(std::vector<double>{1, 2}));
  EXPECT_FALSE(cache.find(std::vector<double>{1, 2, 1, 0}));
}

TEST_F(PlanCacheTest, AnEqualKeyReplaces) {
  const Ref<Plan> first = make_plan();
  const Ref<Plan> second = make_plan();
  cache.insert(key(1), first);
  cache.insert(key(1), second);
  EXPECT_EQ(cache.find(key(1)).get(), second.get());
  EXPECT_EQ(cache.size(), 1u);
  EXPECT_EQ(cache.held_bytes(), second->held_bytes());
}

TEST_F(PlanCacheTest, NanIsAKeyAndTheTwoZerosDiffer) {
  const Ref<Plan> nan = make_plan();
  const Ref<Plan> zero = make_plan();
  cache.insert(key(NAN), nan);
  cache.insert(key(0.0), zero);
  EXPECT_EQ(cache.find(key(NAN)).get(), nan.get());
  EXPECT_EQ(cache.find(key(0.0)).get(), zero.get());
  EXPECT_FALSE(cache.find(key(-0.0)));
}

TEST_F(PlanCacheTest, IsBoundedByNumber) {
  PlanBudget large(SIZE_MAX);
  PlanCache many(large);
  const Ref<Plan> used = make_plan();
  many.insert(key(-1), used);
  many.insert(key(-2), make_plan());
  for (int i = 0; i < 30000; ++i) {
    many.insert(key(i), make_plan());
    ASSERT_LE(many.size(), PlanCache::kMostPlans);
    if (i % 100 == 0) {
      ASSERT_EQ(many.find(key(-1)).get(), used.get()) << i;
    }
  }
  EXPECT_EQ(many.size(), PlanCache::kMostPlans);
  EXPECT_FALSE(many.find(key(-2)));
  EXPECT_FALSE(many.find(key(0)));
  EXPECT_TRUE(many.find(key(29999)));
}

TEST_F(PlanCacheTest, IsBoundedByWhatPreparedPlansHold) {
  for (int i = 0; i < 6000; ++i) {
    use(i);
    // The last one was prepared after the bound was looked at.
    ASSERT_LE(planner.held_bytes(), 12 * kKernelBytes) << i;
  }
  EXPECT_GE(cache.size(), 9u);
  EXPECT_EQ(cache.held_bytes(), planner.held_bytes());
}

TEST_F(PlanCacheTest, WhatIsInUseSurvives) {
  for (int i = 0; i < 1000; ++i) {
    use(i);
    use(-1);
    use(-2);
  }
  EXPECT_EQ(preparations(), 1000u + 2);
}

TEST_F(PlanCacheTest, ShapesThatFitAreNotPreparedAgain) {
  for (int round = 0; round < 50; ++round) {
    for (int i = 0; i < 10; ++i) use(i);
  }
  EXPECT_EQ(preparations(), 10u);
}

TEST_F(PlanCacheTest, KeepsTheBoundWhenPlansGrowAfterwards) {
  device.held_bytes = 0;
  std::vector<Ref<Plan>> queued;
  for (int i = 0; i < 100; ++i) {
    queued.push_back(make_plan());
    cache.insert(key(i), queued.back());
  }
  EXPECT_EQ(cache.size(), 100u);
  device.held_bytes = kKernelBytes;
  for (const Ref<Plan>& plan : queued) EXPECT_TRUE(plan->prepared(device).ok());
  queued.clear();
  EXPECT_GT(planner.held_bytes(), 100 * kKernelBytes);
  // No call pays for all of it.
  for (int i = 0; i < 30; ++i) {
    const size_t size = cache.size();
    cache.find(key(-1));
    EXPECT_GE(cache.size() + 8, size);
  }
  EXPECT_TRUE(cache.find(key(99)));
  EXPECT_LE(planner.held_bytes(), 11 * kKernelBytes);
  EXPECT_EQ(cache.held_bytes(), planner.held_bytes());
}

TEST_F(PlanCacheTest, AForgottenPlanCountsForWhoHoldsItOnly) {
  const Ref<Plan> held = make_plan();
  cache.insert(key(-1), held);
  for (int i = 0; i < 20; ++i) use(i);
  EXPECT_FALSE(cache.find(key(-1)));
  EXPECT_TRUE(held->prepared(device).ok());  // As a queue does that still held it.
  EXPECT_EQ(cache.held_bytes() + held->held_bytes(), planner.held_bytes());
}

TEST_F(PlanCacheTest, OnePlanMayBeLargerThanTheBudget) {
  device.held_bytes = 100 * kKernelBytes;
  const Ref<Plan> plan = use(1);
  EXPECT_TRUE(plan->prepared(device).ok());
  EXPECT_FALSE(cache.find(key(1)));
}

TEST_F(PlanCacheTest, IdleCachesTakeNoneOfTheBudget) {
  std::list<PlanCache> idle;
  for (int i = 0; i < 20; ++i) idle.emplace_back(budget);
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 10; ++i) use(i);
  }
  EXPECT_EQ(preparations(), 10u);
}

TEST_F(PlanCacheTest, BusyCachesDivideTheBudget) {
  for (int i = 0; i < 10; ++i) use(i);
  {
    PlanCache second(budget);
    for (int i = 0; i < 100; ++i) {
      use(i);
      use(second, i);
    }
    EXPECT_LE(planner.held_bytes(), 13 * kKernelBytes);
    EXPECT_GE(cache.size(), 4u);
    EXPECT_GE(second.size(), 4u);
  }
  EXPECT_EQ(cache.held_bytes(), planner.held_bytes());
  for (int i = 0; i < 100; ++i) use(i);
  EXPECT_GE(planner.held_bytes(), 10 * kKernelBytes);
}

TEST_F(PlanCacheTest, TrimEmptiesTheCachesOfThisThreadAtOnceAndOthersWithTheirNextCall) {
  for (int i = 0; i < 3; ++i) use(i);
  std::optional<PlanCache> second(budget);
  use(*second, 1);
  std::latch is_full(1);
  std::latch is_trimmed(1);
  std::thread other([&] {
    PlanCache third(budget);
    third.insert(key(1), make_plan());
    is_full.count_down();
    is_trimmed.wait();
    EXPECT_EQ(third.size(), 1u);
    EXPECT_FALSE(third.find(key(1)));
    EXPECT_EQ(third.size(), 0u);
    third.insert(key(1), make_plan());
    EXPECT_TRUE(third.find(key(1)));
  });
  is_full.wait();
  budget.trim();
  EXPECT_EQ(cache.size(), 0u);
  EXPECT_EQ(second->size(), 0u);
  is_trimmed.count_down();
  other.join();
  EXPECT_EQ(planner.held_bytes(), 0u);
  use(1);
  EXPECT_TRUE(cache.find(key(1)));
}

// --- In a session -----------------------------------------------------------------------------

using Floats = std::vector<float>;

struct SessionPlansTest : testing::Test, TestSession {
  SessionPlansTest() { device.held_bytes = 1000; }

  Ref<Plan> cached(double number, const Shape& shape) {
    const std::vector<double> key{number};
    Ref<Plan> found = session->plans().find(key);
    if (found) return found;
    found = plan("Add", shape);
    session->plans().insert(key, found);
    return found;
  }
};

TEST_F(SessionPlansTest, CountsWhatKernelsMakeWhileTheyRun) {
  device.held_bytes_per_run = 500;
  const Ref<Plan> add = plan("Add", {2});
  const size_t own = add->held_bytes();
  const Value a = write({1, 2});
  for (int i = 1; i <= 3; ++i) {
    std::vector<Value> outputs;
    const Value inputs[] = {a, a};
    EXPECT_TRUE(session->call(add, inputs, outputs).ok());
    EXPECT_TRUE(session->wait(outputs[0]).ok());
    EXPECT_EQ(add->held_bytes(), own + 1000 + i * 500);
    EXPECT_EQ(runtime.planner.held_bytes(), add->held_bytes());
  }
}

TEST_F(SessionPlansTest, ATrimLeavesQueuedCallsAsTheyAre) {
  const Value a = write({1, 2, 3});
  std::latch gate(1);
  session->call_body(
      [&gate](DeviceStream&, MemorySource&, std::span<const Ref<Buffer>>) {
        gate.wait();
        return Status();
      },
      {}, {});
  std::vector<Value> outputs;
  const Value inputs[] = {a, a};
  EXPECT_TRUE(session->call(cached(1, {3}), inputs, outputs).ok());
  runtime.trim();
  EXPECT_EQ(session->plans().size(), 0u);
  EXPECT_GT(runtime.planner.held_bytes(), 0u);
  gate.count_down();
  EXPECT_EQ(read(outputs[0]).second, (Floats{2, 4, 6}));
  worker.settle();
  EXPECT_EQ(runtime.planner.held_bytes(), 0u);
}

TEST_F(SessionPlansTest, TrimSaysHowMuchItGaveBack) {
  const Value a = write({1, 2, 3});
  std::vector<Value> outputs;
  const Value inputs[] = {a, a};
  EXPECT_TRUE(session->call(cached(1, {3}), inputs, outputs).ok());
  EXPECT_TRUE(session->wait(outputs[0]).ok());
  outputs.clear();
  worker.settle();
  const size_t expected = runtime.planner.held_bytes() + runtime.pool.stats().pooled_bytes;
  EXPECT_GT(runtime.planner.held_bytes(), 1000u);
  EXPECT_GT(runtime.pool.stats().pooled_bytes, 0u);
  EXPECT_EQ(runtime.trim(), expected);
  EXPECT_EQ(runtime.trim(), 0u);
}

TEST_F(SessionPlansTest, AClosedSessionHoldsNone) {
  cached(1, {2});
  session->close();
  EXPECT_EQ(runtime.planner.held_bytes(), 0u);
}

}  // namespace
}  // namespace tfjs_native
