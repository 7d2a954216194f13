#include "runtime/planner.h"

#include <gtest/gtest.h>

#include "base/thread_pool.h"
#include "runtime/testing/fake_device.h"

namespace tfjs_native {
namespace {

TensorDesc floats(const Shape& shape) { return {DType::kFloat32, shape, true}; }

struct PlanTest : testing::Test {
  FakeDevice device;
  Planner planner{device};
  ~PlanTest() override { FakeDevice::declined.clear(); }

  Result<Ref<Plan>> plan(std::string_view op, const Shape& a, const Shape& b) {
    return make(op_table()[find_op(op)], {floats(a), floats(b)}, Attrs());
  }
  Result<Ref<Plan>> make(const OpDef& op, std::vector<TensorDesc> inputs, const Attrs& attrs) {
    TFJS_ASSIGN_OR_RETURN(Inference inference, planner.infer(op, inputs, attrs));
    return planner.select(op,
                          Planner::describe(op, std::move(inputs), attrs, std::move(inference)));
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
    const bool has_kernel = name == "Add" || name == "Sub" || name == "Multiply" ||
                            name == "ClipByValue" || name == "Slice" || name == "Where";
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
    return make(cast, {{from, {2, 3}, true}}, attrs);
  };
  for (int i = 0; i < kNativeDTypeCount; ++i) {
    const DType dtype = static_cast<DType>(i);
    EXPECT_TRUE(plan_cast(dtype, dtype).value()->is_whole_view()) << dtype_name(dtype);
  }
  // Any other cast wants a kernel, which this device has not.
  EXPECT_EQ(plan_cast(DType::kFloat32, DType::kInt32).status().error().code, Code::kUnsupported);
}

TEST_F(PlanTest, NoKernelGetsADTypeThatItsRowDoesNotName) {
  const TensorDesc half{.dtype = DType::kBFloat16, .shape = {2}};
  const auto made = make(op_table()[find_op("Add")], {half, half}, Attrs());
  ASSERT_FALSE(made.ok());
  EXPECT_EQ(made.status().error().code, Code::kUnsupported);
  EXPECT_NE(made.status().error().message.find("first: takes no bfloat16"), std::string::npos);
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

TEST_F(PlanTest, CountsWhatThePreparedKernelHolds) {
  device.held_bytes = 5000;
  const Ref<Plan> plan = add();
  const size_t own = plan->held_bytes();
  EXPECT_GT(own, 0u);
  EXPECT_EQ(planner.held_bytes(), own);
  EXPECT_TRUE(plan->prepared(device).ok());
  EXPECT_EQ(plan->held_bytes(), own + 5000);
  Ref<Plan> other = add();
  EXPECT_TRUE(other->prepared(device).ok());
  EXPECT_EQ(planner.held_bytes(), 2 * (own + 5000));
  other = {};
  EXPECT_EQ(planner.held_bytes(), own + 5000);
}

TEST_F(PlanTest, CountsWhatTakesThePlaceOfAPreparedKernel) {
  const int size = ThreadPool::instance().size();
  const Ref<Plan> plan = add();
  const size_t own = plan->held_bytes();
  device.held_bytes = 5000;
  EXPECT_TRUE(plan->prepared(device).ok());
  device.held_bytes = 3000;
  ThreadPool::instance().set_size(size + 1);
  EXPECT_TRUE(plan->prepared(device).ok());
  ThreadPool::instance().set_size(size);
  EXPECT_EQ(plan->held_bytes(), own + 3000);
  EXPECT_EQ(planner.held_bytes(), own + 3000);
}

TEST_F(PlanTest, CountsWhereItIsToldToUntilItLeaves) {
  ByteCount whole;
  ByteCount count(&whole);
  const Ref<Plan> plan = add();
  plan->join(count);
  EXPECT_EQ(count.bytes(), plan->held_bytes());
  device.held_bytes = 5000;
  EXPECT_TRUE(plan->prepared(device).ok());
  EXPECT_EQ(count.bytes(), plan->held_bytes());
  EXPECT_EQ(whole.bytes(), plan->held_bytes());
  plan->leave();
  plan->leave();
  EXPECT_EQ(count.bytes(), 0u);
  EXPECT_EQ(whole.bytes(), 0u);
  EXPECT_EQ(planner.held_bytes(), plan->held_bytes());
}

}  // namespace
}  // namespace tfjs_native
