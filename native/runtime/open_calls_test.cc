// Calls whose outputs have extents that the kernel finds.
#include <gtest/gtest.h>

#include <latch>
#include <memory>

#include "runtime/testing/test_session.h"

namespace tfjs_native {
namespace {

using Floats = std::vector<float>;

/// Where on a device that finds as many elements as the first value of the condition says.
struct OpenCallsTest : testing::Test, TestSession {
  OpenCallsTest() {
    device.on_run["Where"] = [](const Operands& operands) -> Status {
      const auto count = static_cast<int64_t>(operands.input<float>(0)[0]);
      TFJS_ASSIGN_OR_RETURN(void* const data, operands.open_outputs->allocate(0, {count, 1}));
      for (int64_t i = 0; i < count; ++i) static_cast<int32_t*>(data)[i] = static_cast<int>(i);
      return {};
    };
  }
  PlannedCall where() {
    const TensorDesc condition{.dtype = DType::kFloat32, .shape = {2}};
    return runtime.plans.plan(op_table()[find_op("Where")], {condition}, Attrs()).value();
  }
  std::vector<int32_t> integers(const Value& value, size_t count) {
    std::vector<int32_t> values(count, -1);
    EXPECT_TRUE(session->read(value, values.data(), count * sizeof(int32_t)).ok());
    return values;
  }
  /// Occupies the worker until the latch is counted down, which it may look at after the test.
  std::shared_ptr<std::latch> block() {
    auto gate = std::make_shared<std::latch>(1);
    session->call_body(
        [gate](DeviceStream&, MemorySource&, std::span<const Storage>) {
          gate->wait();
          return Status();
        },
        {}, {});
    return gate;
  }
};

TEST_F(OpenCallsTest, ShapesComeWithTheAnswer) {
  const Value x = write({3, 0});
  const auto open = session->call_open(where(), {&x, 1});
  ASSERT_TRUE(open.ok());
  EXPECT_EQ(open.value().descs[0].shape, (Shape{3, 1}));
  EXPECT_EQ(open.value().outputs[0].storage.buffer->size_bytes(), 12u);
  EXPECT_EQ(integers(open.value().outputs[0], 3), (std::vector<int32_t>{0, 1, 2}));
}

TEST_F(OpenCallsTest, NothingFoundIsAnEmptyTensor) {
  const Value x = write({0, 0});
  const auto open = session->call_open(where(), {&x, 1});
  ASSERT_TRUE(open.ok());
  EXPECT_EQ(open.value().descs[0].shape, (Shape{0, 1}));
  EXPECT_EQ(open.value().outputs[0].storage.buffer->size_bytes(), 0u);
  EXPECT_TRUE(session->wait(open.value().outputs[0]).ok());
}

TEST_F(OpenCallsTest, CallsWithOtherFindingsShareAPlan) {
  for (float count = 0; count < 20; ++count) {
    const Value x = write({count, 0});
    EXPECT_EQ(session->call_open(where(), {&x, 1}).value().descs[0].shape[0],
              static_cast<int64_t>(count));
  }
  EXPECT_EQ(runtime.plans.size(), 1u);
  EXPECT_EQ(device.prepared.size(), 1u);
}

TEST_F(OpenCallsTest, WaitsForItsInputsOnly) {
  const Value x = write({2, 0});
  const Value sum = call("Add", x, x, {2});
  worker.settle();
  const auto gate = block();
  // What is queued behind the gate does not matter.
  const auto open = session->call_open(where(), {&sum, 1});
  ASSERT_TRUE(open.ok());
  EXPECT_EQ(open.value().descs[0].shape, (Shape{4, 1}));
  gate->count_down();
}

TEST_F(OpenCallsTest, QueuedInputsAreComputedFirst) {
  const auto gate = block();
  const Value x = write({2, 0});
  const Value sum = call("Add", x, x, {2});
  std::thread later([&gate] { gate->count_down(); });
  EXPECT_EQ(session->call_open(where(), {&sum, 1}).value().descs[0].shape, (Shape{4, 1}));
  later.join();
}

TEST_F(OpenCallsTest, TheErrorOfAnInputIsThatOfTheCall) {
  device.on_run["Sub"] = [](const Operands&) { return Status(Code::kInternal, "broken"); };
  const Value x = write({2, 0});
  const Value bad = call("Sub", x, x, {2});
  const auto open = session->call_open(where(), {&bad, 1});
  ASSERT_FALSE(open.ok());
  EXPECT_EQ(open.status().error().message, "broken");
  EXPECT_EQ(open.status().error().op, "Sub");
}

TEST_F(OpenCallsTest, SizesThatCannotBeAreErrors) {
  for (const float count : {-1.0f, 9e18f}) {
    const Value x = write({count, 0});
    const auto open = session->call_open(where(), {&x, 1});
    ASSERT_FALSE(open.ok()) << count;
    EXPECT_EQ(open.status().error().op, "Where");
  }
  runtime.pool.set_ceiling(1 << 20);
  const Value x = write({1 << 24, 0});
  EXPECT_EQ(session->call_open(where(), {&x, 1}).status().error().code, Code::kOutOfMemory);
}

TEST_F(OpenCallsTest, EnqueuedItKeepsNobodyWaiting) {
  const auto gate = block();
  const Value x = write({2, 0});
  const Value sum = call("Add", x, x, {2});
  const auto open = session->enqueue_open(where(), {&sum, 1});
  std::latch done(1);
  session->when_done(open->outputs[0], [&done] { done.count_down(); });
  EXPECT_FALSE(session->is_done(open->outputs[0]));
  gate->count_down();
  done.wait();
  EXPECT_EQ(open->descs[0].shape, (Shape{4, 1}));
  EXPECT_EQ(integers(open->outputs[0], 4), (std::vector<int32_t>{0, 1, 2, 3}));
}

TEST_F(OpenCallsTest, EnqueuedItsErrorLiesInTheOutputs) {
  const Value x = write({-1, 0});
  const auto open = session->enqueue_open(where(), {&x, 1});
  const Status status = session->wait(open->outputs[0]);
  EXPECT_EQ(status.error().code, Code::kBadShape);
  EXPECT_EQ(status.error().op, "Where");
}

}  // namespace
}  // namespace tfjs_native
