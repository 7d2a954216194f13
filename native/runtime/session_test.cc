#include "runtime/session.h"

#include <gtest/gtest.h>

#include <latch>
#include <stdexcept>

#include "base/thread_pool.h"
#include "runtime/testing/test_session.h"

namespace tfjs_native {
namespace {

using Floats = std::vector<float>;

struct SessionTest : testing::Test, TestSession {
  /// Blocks the worker until the returned latch is counted down, so that what follows is queued.
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

TEST_F(SessionTest, ComputesAtOnceAndQueued) {
  const Value a = write({1, 2, 3});
  const Value b = write({10, 20, 30});
  EXPECT_EQ(read(call("Add", a, b, {3})).second, (Floats{11, 22, 33}));

  const auto gate = block();
  Value sum = call("Add", a, b, {3});
  for (int i = 0; i < 100; ++i) sum = call("Add", sum, b, {3});
  EXPECT_FALSE(session->is_done(sum));
  gate->count_down();
  EXPECT_EQ(read(sum).second, (Floats{1011, 2022, 3033}));
}

TEST_F(SessionTest, WritesZerosBehindWhatWasGiven) {
  const float given[] = {1, 2};
  const Value value = session->write(given, sizeof given, 40000).value();
  const Floats values = read(value).second;
  ASSERT_EQ(values.size(), 10000u);
  EXPECT_EQ(values[0], 1);
  EXPECT_EQ(values[1], 2);
  for (size_t i = 2; i < values.size(); ++i) ASSERT_EQ(values[i], 0);
  EXPECT_EQ(read(session->write(nullptr, 0, 8).value()).second, (Floats{0, 0}));
  EXPECT_TRUE(session->write(nullptr, 0, 0).ok());
}

TEST_F(SessionTest, FailurePoisonsWhatDependsOnItAndNothingElse) {
  device.on_run["Sub"] = [](const Operands&) {
    return Status(Code::kInternal, "the kernel is broken");
  };
  const Value a = write({1, 2});
  for (const bool queued : {false, true}) {
    const auto gate = queued ? block() : nullptr;
    const Value bad = call("Sub", a, a, {2});
    const Value downstream = call("Add", bad, a, {2});
    const Value further = call("Multiply", a, downstream, {2});
    const Value fine = call("Add", a, a, {2});
    if (gate) gate->count_down();
    for (const Value& value : {bad, downstream, further}) {
      const auto [status, values] = read(value);
      ASSERT_FALSE(status.ok());
      EXPECT_EQ(status.error().op, "Sub");
      EXPECT_EQ(status.error().device, "fake");
      EXPECT_EQ(status.error().message, "the kernel is broken");
      EXPECT_EQ(values, (Floats{-1, -1}));
    }
    EXPECT_EQ(read(fine).second, (Floats{2, 4}));
    EXPECT_TRUE(read(a).first.ok());
  }
}

TEST_F(SessionTest, KernelThatThrowsIsAnError) {
  device.workspace_bytes = 4096;
  device.on_run["Sub"] = [](const Operands& operands) -> Status {
    EXPECT_NE(operands.workspace, nullptr);
    throw std::runtime_error("thrown by the kernel");
  };
  const Value a = write({1, 2});
  const size_t live = runtime.pool.stats().live_bytes;
  {
    const auto [status, values] = read(call("Sub", a, a, {2}));
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(status.error().code, Code::kInternal);
    EXPECT_EQ(status.error().op, "Sub");
    EXPECT_EQ(status.error().message, "thrown by the kernel");
  }
  EXPECT_EQ(runtime.pool.stats().live_bytes, live);  // Its workspace is back.
}

TEST_F(SessionTest, ThrowOnThePoolsThreadsIsAnError) {
  device.on_run["Sub"] = [](const Operands&) -> Status {
    ThreadPool::instance().run(100, [](int64_t i) {
      if (i == 50) throw std::runtime_error("thrown by a part");
    });
    return {};
  };
  const Value a = write({1, 2});
  for (const bool queued : {false, true}) {
    const auto gate = queued ? block() : nullptr;
    const Value bad = call("Sub", a, a, {2});
    if (gate) gate->count_down();
    const Status status = read(bad).first;
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(status.error().message, "thrown by a part");
  }
}

TEST_F(SessionTest, WhatRunsAtOnceHasItsThreadAlone) {
  bool was_alone = false;
  device.on_run["Sub"] = [&was_alone](const Operands&) {
    was_alone = ThreadPool::in_job();
    return Status();
  };
  const Value a = write({1, 2});
  read(call("Sub", a, a, {2}));
  EXPECT_TRUE(was_alone);
  EXPECT_FALSE(ThreadPool::in_job());

  const auto gate = block();
  const Value queued = call("Sub", a, a, {2});
  gate->count_down();
  read(queued);
  EXPECT_FALSE(was_alone);
}

TEST_F(SessionTest, KernelThatCanNotBePreparedIsAnError) {
  device.on_prepare["first"] = Status(Code::kInternal, "no code could be generated");
  const Value a = write({1, 2});
  const Status status = read(call("Sub", a, a, {2})).first;
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().op, "Sub");
  EXPECT_EQ(status.error().message, "no code could be generated");
}

TEST_F(SessionTest, OutputThatDoesNotFitIsOutOfMemory) {
  const Value a = write(Floats(1024, 1));
  runtime.pool.set_ceiling(runtime.pool.stats().live_bytes + 1024);
  const Value sum = call("Add", a, a, {1024});
  const Status status = read(sum).first;
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code, Code::kOutOfMemory);
  EXPECT_EQ(status.error().op, "Add");
  runtime.pool.set_ceiling(0);
  EXPECT_EQ(read(call("Add", a, a, {1024})).second, Floats(1024, 2));
}

TEST_F(SessionTest, QueuedCallsKeepTheirInputsAndLetThemGo) {
  const size_t before = runtime.pool.stats().live_bytes;
  Value sum;
  {
    const auto gate = block();
    const Value a = write({1, 2});
    sum = call("Add", a, a, {2});
    gate->count_down();
  }
  EXPECT_EQ(read(sum).second, (Floats{2, 4}));
  sum = {};
  EXPECT_EQ(runtime.pool.stats().live_bytes, before);
}

TEST_F(SessionTest, CountsWhatOnlyQueuedCallsKeep) {
  const auto gate = block();
  Value a = write(Floats(1 << 16, 1));
  Value unused = write(Floats(1 << 16, 1));
  const size_t before = session->queue().held_bytes();
  const auto let_go = [&](Value& value) {
    session->let_go(value, value.storage.buffer->size_bytes());
    value = {};
    return session->queue().held_bytes();
  };
  EXPECT_EQ(let_go(unused), before);
  Value sum = call("Add", a, a, {1 << 16});
  Value next = call("Add", sum, a, {1 << 16});
  const size_t calls_bytes = session->queue().held_bytes() - before;
  EXPECT_LT(calls_bytes, 4096u);
  EXPECT_EQ(let_go(sum), before + calls_bytes);  // It has no memory yet.
  EXPECT_EQ(let_go(a), before + calls_bytes + (4 << 16));
  gate->count_down();
  EXPECT_EQ(read(next).second, Floats(1 << 16, 3));
  EXPECT_EQ(session->queue().held_bytes(), 0u);
}

TEST_F(SessionTest, WriteWaitsForQueuedCallsToLetMemoryGo) {
  const size_t size_bytes = 4 << 16;
  const auto gate = block();
  {
    const Value a = write(Floats(1 << 16, 1));
    call("Sub", a, a, {1 << 16});
  }
  runtime.pool.set_ceiling(runtime.pool.stats().live_bytes + size_bytes / 2);
  std::thread release([&] { gate->count_down(); });
  EXPECT_TRUE(session->write(nullptr, 0, size_bytes).ok());
  release.join();
  EXPECT_EQ(session->write(nullptr, 0, 2 * size_bytes).status().error().code, Code::kOutOfMemory);
}

TEST_F(SessionTest, SignalsOnceTheValueIsThere) {
  const auto gate = block();
  const Value a = write({1, 2});
  const Value sum = call("Add", a, a, {2});
  std::atomic<int> signals{0};
  session->when_done(a, [&] { ++signals; });  // Written, so at once.
  EXPECT_EQ(signals, 1);
  session->when_done(sum, [&] { ++signals; });
  EXPECT_EQ(signals, 1);
  gate->count_down();
  worker.settle();
  EXPECT_EQ(signals, 2);
  EXPECT_TRUE(session->is_done(sum));
}

TEST_F(SessionTest, ReadAfterCloseIsAnError) {
  const auto gate = block();
  const Value a = write({1, 2});
  const Value sum = call("Add", a, a, {2});
  std::thread release([&] { gate->count_down(); });
  session->close();
  release.join();
  const Status status = read(sum).first;
  // The worker may have come to it before the end.
  if (!session->is_done(sum)) {
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(status.error().code, Code::kDisposed);
  }
}

TEST_F(SessionTest, ProfileCountsTheCallsOfItsScopeAndOfThoseInside) {
  device.on_run["Sub"] = [](const Operands&) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    return Status();
  };
  const Value a = write({1, 2});
  std::atomic<double> outer{-1};
  std::atomic<double> inner{-1};
  std::atomic<double> empty{-1};
  call("Sub", a, a, {2});  // Before the scope: does not count.
  session->begin_profile();
  call("Sub", a, a, {2});
  session->begin_profile();
  call("Sub", a, a, {2});
  call("Sub", a, a, {2});
  session->end_profile([&](double ms) { inner = ms; });
  session->begin_profile();
  session->end_profile([&](double ms) { empty = ms; });
  session->end_profile([&](double ms) { outer = ms; });
  call("Sub", a, a, {2});  // After it.
  worker.settle();
  EXPECT_EQ(empty, 0);
  EXPECT_GE(inner, 10);
  EXPECT_GE(outer, inner + 5);
  session->end_profile([](double) { FAIL() << "no scope is open"; });
  worker.settle();
}

}  // namespace
}  // namespace tfjs_native
