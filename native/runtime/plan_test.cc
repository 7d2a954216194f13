#include "runtime/plan.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/thread_pool.h"
#include "runtime/plan_cache.h"
#include "runtime/testing/fake_device.h"

namespace tfjs_native {
namespace {

TensorDesc floats(const Shape& shape) { return {DType::kFloat32, shape, true}; }

struct PlanTest : testing::Test {
  FakeDevice device;
  Planner planner{device};
  ~PlanTest() override { FakeDevice::declined.clear(); }

  Result<Ref<Plan>> plan(std::string_view op, const Shape& a, const Shape& b) {
    return planner.plan(op_table()[find_op(op)], {floats(a), floats(b)}, Attrs());
  }
  Ref<Plan> add() { return plan("Add", {2, 3}, {3}).value(); }
};

TEST_F(PlanTest, InfersAndCounts) {
  const Ref<Plan> plan = add();
  EXPECT_STREQ(plan->op().name, "Add");
  ASSERT_EQ(plan->descriptor().outputs.size(), 1u);
  EXPECT_EQ(plan->descriptor().outputs[0], floats({2, 3}));
  EXPECT_EQ(plan->traffic_bytes(), (6 + 3 + 6) * 4u);
}

TEST_F(PlanTest, ErrorsNameTheOperator) {
  const auto made = plan("Add", {2, 3}, {4});
  ASSERT_FALSE(made.ok());
  EXPECT_EQ(made.status().error().code, Code::kBadShape);
  EXPECT_EQ(made.status().error().op, "Add");
}

TEST_F(PlanTest, TakesTheFirstKernelThatAccepts) {
  EXPECT_TRUE(add()->prepared(device).ok());
  FakeDevice::declined["first"] = "too small for it";
  EXPECT_TRUE(add()->prepared(device).ok());
  EXPECT_EQ(device.prepared, (std::vector<std::string>{"first", "second"}));
}

TEST_F(PlanTest, SaysWhyNoKernelAccepts) {
  FakeDevice::declined["first"] = "too small for it";
  FakeDevice::declined["second"] = "wrong layout";
  const auto made = plan("Add", {2}, {2});
  ASSERT_FALSE(made.ok());
  const Error& error = made.status().error();
  EXPECT_EQ(error.code, Code::kUnsupported);
  EXPECT_NE(error.message.find("first: too small for it"), std::string::npos);
  EXPECT_NE(error.message.find("second: wrong layout"), std::string::npos);
}

TEST_F(PlanTest, SupportsViewsAndWhatHasKernels) {
  for (const OpDef& op : op_table()) {
    const std::string name = op.name;
    const bool has_kernel = name == "Add" || name == "Sub" || name == "Multiply";
    EXPECT_EQ(planner.supports(op), has_kernel || (op.traits & kView) != 0) << name;
  }
}

TEST_F(PlanTest, ACastToTheSameDTypeIsAView) {
  const OpDef& cast = op_table()[find_op("Cast")];
  const auto plan_cast = [&](DType from, DType to) {
    Attrs attrs;
    AttrValue value;
    value.present = true;
    value.numbers.push_back(static_cast<double>(to));
    attrs.add("dtype", std::move(value));
    return planner.plan(cast, {{from, {2, 3}, true}}, std::move(attrs));
  };
  for (const DType dtype : {DType::kFloat32, DType::kInt32, DType::kBool, DType::kComplex64}) {
    EXPECT_NE(plan_cast(dtype, dtype).value()->op().traits & kView, 0u) << dtype_name(dtype);
  }
  // Any other cast wants a kernel, which this device has not.
  EXPECT_EQ(plan_cast(DType::kFloat32, DType::kInt32).status().error().code, Code::kUnsupported);
}

TEST_F(PlanTest, PreparesOnce) {
  const Ref<Plan> plan = add();
  const PreparedKernel* kernel = plan->prepared(device).value();
  EXPECT_EQ(plan->prepared(device).value(), kernel);
  EXPECT_EQ(device.prepared.size(), 1u);
}

TEST_F(PlanTest, PreparesAnewForAnotherNumberOfThreads) {
  const int size = ThreadPool::instance().size();
  const Ref<Plan> plan = add();
  EXPECT_TRUE(plan->prepared(device).ok());
  ThreadPool::instance().set_size(size + 1);
  EXPECT_TRUE(plan->prepared(device).ok());
  EXPECT_TRUE(plan->prepared(device).ok());
  ThreadPool::instance().set_size(size);
  EXPECT_EQ(device.prepared.size(), 2u);
}

TEST_F(PlanTest, UnsupportedInPreparationPassesOnToTheNextKernel) {
  device.on_prepare["first"] = Status(Code::kUnsupported, "no implementation");
  EXPECT_TRUE(add()->prepared(device).ok());
  EXPECT_EQ(device.prepared, (std::vector<std::string>{"first", "second"}));
}

TEST_F(PlanTest, OtherErrorsInPreparationEndIt) {
  device.on_prepare["first"] = Status(Code::kOutOfMemory, "no memory for the code");
  const auto prepared = add()->prepared(device);
  ASSERT_FALSE(prepared.ok());
  EXPECT_EQ(prepared.status().error().code, Code::kOutOfMemory);
  EXPECT_EQ(device.prepared, (std::vector<std::string>{"first"}));
}

struct PlanCacheTest : PlanTest {
  PlanCache cache;
  static std::vector<double> key(double number) { return {1, 2, number}; }
};

TEST_F(PlanCacheTest, FindsByEqualWords) {
  const Ref<Plan> plan = add();
  EXPECT_FALSE(cache.find(key(1)));
  cache.insert(key(1), plan);
  EXPECT_EQ(cache.find(key(1)).get(), plan.get());
  EXPECT_FALSE(cache.find(key(2)));
  EXPECT_FALSE(cache.find(std::vector<double>{1, 2}));
  EXPECT_FALSE(cache.find(std::vector<double>{1, 2, 1, 0}));
}

TEST_F(PlanCacheTest, NanIsAKeyAndTheTwoZerosDiffer) {
  const Ref<Plan> nan = add();
  const Ref<Plan> zero = add();
  cache.insert(key(NAN), nan);
  cache.insert(key(0.0), zero);
  EXPECT_EQ(cache.find(key(NAN)).get(), nan.get());
  EXPECT_EQ(cache.find(key(0.0)).get(), zero.get());
  EXPECT_FALSE(cache.find(key(-0.0)));
}

TEST_F(PlanCacheTest, ForgetsWhatIsNotUsedAndKeepsWhatIs) {
  const Ref<Plan> plan = add();
  const Ref<Plan> used = add();
  const Ref<Plan> unused = add();
  cache.insert(key(-1), used);
  cache.insert(key(-2), unused);
  size_t largest = 0;
  for (int i = 0; i < 30000; ++i) {
    cache.insert(key(i), plan);
    if (i % 100 == 0) {
      ASSERT_EQ(cache.find(key(-1)).get(), used.get()) << i;
    }
    largest = std::max(largest, cache.size());
  }
  EXPECT_FALSE(cache.find(key(-2)));
  EXPECT_FALSE(cache.find(key(0)));
  EXPECT_TRUE(cache.find(key(29999)));
  EXPECT_LE(largest, 2 * 4096u);
}

}  // namespace
}  // namespace tfjs_native
