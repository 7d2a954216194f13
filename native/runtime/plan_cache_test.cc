#include "runtime/plan_cache.h"

#include <gtest/gtest.h>

#include <cmath>
#include <latch>

#include "runtime/testing/test_session.h"

namespace tfjs_native {
namespace {

PlannedCall lookup(PlanCache& cache, std::span<const double> key) {
  PlannedCall call;
  return cache.find(key, call) ? call : PlannedCall();
}

struct PlanCacheTest : testing::Test {
  FakeDevice device;
  Planner planner{device};
  PlanStore store{planner};
  PlanCache cache{store};

  static std::vector<double> key(double number) { return {1, 2, number}; }
  PlannedCall add(int64_t count) {
    const TensorDesc desc{DType::kFloat32, {count}, true};
    return store.plan(op_table()[find_op("Add")], {desc, desc}, Attrs()).value();
  }
};

TEST_F(PlanCacheTest, FindsByEqualWords) {
  PlannedCall call = add(1);
  call.scalars = {4, 5};
  EXPECT_FALSE(lookup(cache, key(1)).plan);
  cache.insert(key(1), call);
  EXPECT_EQ(lookup(cache, key(1)).plan.get(), call.plan.get());
  EXPECT_EQ(lookup(cache, key(1)).scalars, (Doubles{4, 5}));
  EXPECT_FALSE(lookup(cache, key(2)).plan);
  EXPECT_FALSE(lookup(cache, std::vector<double>{1, 2}).plan);
  EXPECT_FALSE(lookup(cache, std::vector<double>{1, 2, 1, 0}).plan);
}

TEST_F(PlanCacheTest, GivesTheAttributesToWhoWantsThem) {
  PlannedCall call = add(1);
  call.given = std::make_shared<const Attrs>();
  cache.insert(key(1), call);
  PlannedCall found;
  EXPECT_TRUE(cache.find(key(1), found, true));
  EXPECT_EQ(found.given, call.given);
  EXPECT_TRUE(cache.find(key(1), found, false));
  EXPECT_EQ(found.given, nullptr);
}

TEST_F(PlanCacheTest, AnEqualKeyReplaces) {
  const PlannedCall second = add(2);
  cache.insert(key(1), add(1));
  cache.insert(key(1), second);
  EXPECT_EQ(lookup(cache, key(1)).plan.get(), second.plan.get());
  EXPECT_EQ(cache.size(), 1u);
}

TEST_F(PlanCacheTest, NanIsAKeyAndTheTwoZerosDiffer) {
  const PlannedCall nan = add(1);
  const PlannedCall zero = add(2);
  cache.insert(key(NAN), nan);
  cache.insert(key(0.0), zero);
  EXPECT_EQ(lookup(cache, key(NAN)).plan.get(), nan.plan.get());
  EXPECT_EQ(lookup(cache, key(0.0)).plan.get(), zero.plan.get());
  EXPECT_FALSE(lookup(cache, key(-0.0)).plan);
}

TEST_F(PlanCacheTest, IsBoundedAndKeepsWhatIsUsed) {
  const PlannedCall call = add(1);
  cache.insert(key(-1), call);
  cache.insert(key(-2), call);
  for (int i = 0; i < 30000; ++i) {
    cache.insert(key(i), call);
    ASSERT_LE(cache.size(), PlanCache::kMostCalls);
    if (i % 100 == 0) {
      ASSERT_TRUE(lookup(cache, key(-1)).plan) << i;
    }
  }
  EXPECT_FALSE(lookup(cache, key(-2)).plan);
  EXPECT_FALSE(lookup(cache, key(0)).plan);
  EXPECT_TRUE(lookup(cache, key(29999)).plan);
}

TEST_F(PlanCacheTest, KeepsNoPlanThatTheStoreForgets) {
  cache.insert(key(1), add(1));
  store.clear();
  EXPECT_EQ(planner.held_bytes(), 0u);
  EXPECT_FALSE(lookup(cache, key(1)).plan);
  EXPECT_EQ(cache.size(), 0u);
  cache.insert(key(1), add(1));
  EXPECT_TRUE(lookup(cache, key(1)).plan);
}

// --- In a session -----------------------------------------------------------------------------

using Floats = std::vector<float>;

struct SessionPlansTest : testing::Test, TestSession {
  SessionPlansTest() { device.held_bytes = 1000; }

  PlannedCall cached(double number, const Shape& shape) {
    const std::vector<double> key{number};
    PlannedCall found = lookup(session->plans(), key);
    if (found.plan) return found;
    found = plan("Add", shape);
    session->plans().insert(key, found);
    return found;
  }
};

TEST_F(SessionPlansTest, CountsWhatKernelsMakeWhileTheyRun) {
  device.held_bytes_per_run = 500;
  const PlannedCall add = plan("Add", {2});
  const size_t own = add.plan->held_bytes();
  const Value a = write({1, 2});
  for (int i = 1; i <= 3; ++i) {
    std::vector<Value> outputs;
    Value inputs[] = {a, a};
    EXPECT_TRUE(session->call(add, inputs, outputs).ok());
    EXPECT_TRUE(session->wait(outputs[0]).ok());
    EXPECT_EQ(add.plan->held_bytes(), own + 1000 + i * 500);
    EXPECT_EQ(runtime.planner.held_bytes(), add.plan->held_bytes());
  }
}

TEST_F(SessionPlansTest, ATrimLeavesQueuedCallsAsTheyAre) {
  const Value a = write({1, 2, 3});
  std::latch gate(1);
  session->call_body(
      [&gate](DeviceStream&, MemorySource&, std::span<const Storage>) {
        gate.wait();
        return Status();
      },
      {}, {});
  std::vector<Value> outputs;
  Value inputs[] = {a, a};
  EXPECT_TRUE(session->call(cached(1, {3}), inputs, outputs).ok());
  runtime.trim();
  EXPECT_EQ(runtime.plans.size(), 0u);
  EXPECT_GT(runtime.planner.held_bytes(), 0u);
  gate.count_down();
  EXPECT_EQ(read(outputs[0]).second, (Floats{2, 4, 6}));
  worker.settle();
  EXPECT_EQ(runtime.planner.held_bytes(), 0u);
}

TEST_F(SessionPlansTest, TrimSaysHowMuchItGaveBack) {
  const Value a = write({1, 2, 3});
  std::vector<Value> outputs;
  Value inputs[] = {a, a};
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

TEST_F(SessionPlansTest, SessionsShareThePreparedKernel) {
  const auto other = std::move(Session::create(runtime, {[] {}, {}}).value());
  const Value a = write({1, 2, 3});
  const Value b = other->write(a.storage.data(), 12, 12).value();
  for (const auto& [owner, value] : {std::pair{session.get(), a}, std::pair{other.get(), b}}) {
    std::vector<Value> outputs;
    Value inputs[] = {value, value};
    EXPECT_TRUE(owner->call(plan("Add", {3}), inputs, outputs).ok());
    EXPECT_TRUE(owner->wait(outputs[0]).ok());
  }
  EXPECT_EQ(device.prepared.size(), 1u);
}

TEST_F(SessionPlansTest, AFailedPlanInvalidatesNothing) {
  const TensorDesc bad{DType::kInt32, {3}, true};
  const OpDef& add = op_table()[find_op("Add")];
  const auto planned = runtime.plans.plan(add, {bad, bad}, Attrs());
  ASSERT_FALSE(planned.ok());
  EXPECT_NE(planned.status().error().message.find("first: takes no int32"), std::string::npos);
  EXPECT_EQ(runtime.plans.size(), 0u);
}

}  // namespace
}  // namespace tfjs_native
