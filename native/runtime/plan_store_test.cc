#include "runtime/plan_store.h"

#include <gtest/gtest.h>

#include <thread>

#include "runtime/testing/fake_device.h"

namespace tfjs_native {
namespace {

struct PlanStoreTest : testing::Test {
  // Holds ten plans of those that use() makes, once they are prepared.
  static constexpr size_t kKernelBytes = 100'000;
  FakeDevice device;
  Planner planner{device};
  PlanStore store{planner, 10 * kKernelBytes + kKernelBytes / 2};

  PlanStoreTest() { device.held_bytes = kKernelBytes; }

  static PlannedCall add_of(PlanStore& where, int64_t count) {
    const TensorDesc desc{DType::kFloat32, {count}, true};
    return where.plan(op_table()[find_op("Add")], {desc, desc}, Attrs()).value();
  }
  PlannedCall add(int64_t count) { return add_of(store, count); }
  /// As a call does it: plans, and prepares where that is new.
  Ref<Plan> use(int64_t count) {
    store.tidy();
    Ref<Plan> plan = add(count).plan;
    EXPECT_TRUE(plan->prepared(device).ok());
    return plan;
  }
  size_t preparations() const { return device.prepared.size(); }
};

TEST_F(PlanStoreTest, EqualDescriptorsShareAPlan) {
  const PlannedCall first = add(3);
  EXPECT_EQ(add(3).plan.get(), first.plan.get());
  EXPECT_NE(add(4).plan.get(), first.plan.get());
  EXPECT_EQ(store.size(), 2u);
  EXPECT_EQ(first.place->plan().get(), first.plan.get());
}

TEST_F(PlanStoreTest, APlanForDescriptorsMadeByHandIsThatOfCalls) {
  Descriptor descriptor = add(3).plan->descriptor();
  const OpDef& op = op_table()[find_op("Add")];
  EXPECT_EQ(store.plan(op, descriptor).value().plan.get(), add(3).plan.get());
  descriptor.inputs[1].is_constant = true;
  EXPECT_NE(store.plan(op, descriptor).value().plan.get(), add(3).plan.get());
}

TEST_F(PlanStoreTest, RunTimeAttributesAreNoPartOfAPlan) {
  const OpDef& clip = op_table()[find_op("ClipByValue")];
  for (int i = 0; i < 1000; ++i) {
    Attrs attrs;
    for (const char* name : {"clipValueMin", "clipValueMax"}) {
      AttrValue value;
      value.present = true;
      value.numbers.push_back(i);
      attrs.add(name, value);
    }
    const PlannedCall call = store.plan(clip, {{DType::kFloat32, {2, 3}, true}}, attrs).value();
    EXPECT_EQ(call.scalars, (Doubles{static_cast<double>(i), static_cast<double>(i)}));
  }
  EXPECT_EQ(store.size(), 1u);
}

TEST_F(PlanStoreTest, IsBoundedByNumber) {
  PlanStore large(planner, SIZE_MAX);
  const Ref<Plan> used = add_of(large, 1 << 20).plan;
  const PlannedCall unused = add_of(large, 1 << 21);
  for (int i = 0; i < 30000; ++i) {
    add_of(large, i);
    ASSERT_LE(large.size(), PlanStore::kMostPlans);
    if (i % 100 == 0) {
      ASSERT_EQ(add_of(large, 1 << 20).plan.get(), used.get()) << i;
    }
  }
  EXPECT_EQ(large.size(), PlanStore::kMostPlans);
  EXPECT_FALSE(unused.place->plan());
}

TEST_F(PlanStoreTest, IsBoundedByWhatPreparedPlansHold) {
  for (int i = 0; i < 6000; ++i) {
    use(i);
    // The last one was prepared after the bound was looked at.
    ASSERT_LE(planner.held_bytes(), 12 * kKernelBytes) << i;
  }
  EXPECT_GE(store.size(), 9u);
  EXPECT_EQ(store.held_bytes(), planner.held_bytes());
}

TEST_F(PlanStoreTest, WhatIsInUseSurvives) {
  const PlannedCall by_place = add(2000);
  EXPECT_TRUE(by_place.plan->prepared(device).ok());
  for (int i = 0; i < 1000; ++i) {
    use(i);
    use(3000);
    EXPECT_TRUE(by_place.place->plan());
  }
  EXPECT_EQ(preparations(), 1000u + 2);
}

TEST_F(PlanStoreTest, ShapesThatFitAreNotPreparedAgain) {
  for (int round = 0; round < 50; ++round) {
    for (int i = 0; i < 10; ++i) use(i);
  }
  EXPECT_EQ(preparations(), 10u);
}

TEST_F(PlanStoreTest, KeepsTheBoundWhenPlansGrowAfterwards) {
  device.held_bytes = 0;
  std::vector<Ref<Plan>> queued;
  for (int i = 0; i < 100; ++i) queued.push_back(add(i).plan);
  EXPECT_EQ(store.size(), 100u);
  device.held_bytes = kKernelBytes;
  for (const Ref<Plan>& plan : queued) EXPECT_TRUE(plan->prepared(device).ok());
  queued.clear();
  EXPECT_GT(planner.held_bytes(), 100 * kKernelBytes);
  // No call pays for all of it.
  for (int i = 0; i < 30; ++i) {
    const size_t size = store.size();
    store.tidy();
    EXPECT_GE(store.size() + 8, size);
  }
  EXPECT_LE(planner.held_bytes(), 11 * kKernelBytes);
  EXPECT_EQ(store.held_bytes(), planner.held_bytes());
}

TEST_F(PlanStoreTest, AForgottenPlanCountsForWhoHoldsItOnly) {
  const PlannedCall held = add(1000);
  for (int i = 0; i < 20; ++i) use(i);
  EXPECT_FALSE(held.place->plan());
  EXPECT_TRUE(held.plan->prepared(device).ok());  // As a queue does that still held it.
  EXPECT_EQ(store.held_bytes() + held.plan->held_bytes(), planner.held_bytes());
}

TEST_F(PlanStoreTest, OnePlanMayBeLargerThanTheBudget) {
  device.held_bytes = 100 * kKernelBytes;
  const PlannedCall call = add(1);
  EXPECT_TRUE(call.plan->prepared(device).ok());
  store.tidy();
  EXPECT_FALSE(call.place->plan());
  EXPECT_EQ(call.plan->prepared(device).value(), call.plan->prepared(device).value());
}

TEST_F(PlanStoreTest, ClearForgetsAll) {
  const PlannedCall call = add(1);
  const uint64_t clears = store.clears();
  store.clear();
  EXPECT_EQ(store.size(), 0u);
  EXPECT_EQ(store.held_bytes(), 0u);
  EXPECT_EQ(store.clears(), clears + 1);
  EXPECT_FALSE(call.place->plan());
}

TEST_F(PlanStoreTest, ThreadsShareAndForgetAtOnce) {
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([this, thread] {
      for (int i = 0; i < 2000; ++i) {
        const PlannedCall call = add(i % 37);
        EXPECT_EQ(call.plan->descriptor().outputs[0].shape, (Shape{i % 37}));
        if (thread == 0 && i % 100 == 0) store.clear();
        store.tidy();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_LE(store.size(), 37u);
  EXPECT_EQ(store.held_bytes(), planner.held_bytes());
}

}  // namespace
}  // namespace tfjs_native
