#include "runtime/event_waiter.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <latch>
#include <vector>

#include "runtime/testing/test_session.h"

namespace tfjs_native {
namespace {

using Floats = std::vector<float>;

/// An event that comes when the test says so.
class ManualEvent : public DeviceEvent {
 public:
  ManualEvent(std::shared_ptr<std::latch> awaited, std::shared_ptr<std::latch> came)
      : awaited_(std::move(awaited)), came_(std::move(came)) {}
  Status wait() override {
    awaited_->count_down();
    came_->wait();
    return {};
  }

 private:
  const std::shared_ptr<std::latch> awaited_;  // Somebody waits for it.
  const std::shared_ptr<std::latch> came_;
};

struct Manual {
  std::shared_ptr<std::latch> awaited = std::make_shared<std::latch>(1);
  std::shared_ptr<std::latch> came = std::make_shared<std::latch>(1);
  std::unique_ptr<DeviceEvent> event() const {
    return std::make_unique<ManualEvent>(awaited, came);
  }
};

TEST(EventWaiter, CallsInOrder) {
  const Manual first;
  const Manual second;
  std::vector<int> order;
  std::promise<void> end;
  EventWaiter waiter;
  waiter.add(first.event(), [&] { order.push_back(1); });
  waiter.add(second.event(), [&] {
    order.push_back(2);
    end.set_value();
  });
  second.came->count_down();
  first.awaited->wait();
  EXPECT_EQ(order, std::vector<int>());
  first.came->count_down();
  end.get_future().wait();
  EXPECT_EQ(order, (std::vector<int>{1, 2}));
}

TEST(EventWaiter, CloseWaitsForTheEventAtHandAndCallsNobody) {
  const Manual first;
  const Manual second;
  std::atomic<int> called{0};
  std::latch dropped(1);
  std::shared_ptr<void> held(nullptr, [&](void*) { dropped.count_down(); });
  EventWaiter waiter;
  waiter.add(first.event(), [&] { ++called; });
  waiter.add(second.event(), [&called, held = std::move(held)] { ++called; });
  first.awaited->wait();
  std::thread closing([&] { waiter.close(); });
  dropped.wait();  // So it is closed.
  first.came->count_down();
  closing.join();
  waiter.add(Manual().event(), [&] { ++called; });
  EXPECT_EQ(called, 0);
}

/// A session on a device whose kernels run ahead.
struct RunsAheadTest : testing::Test, TestSession {
  RunsAheadTest() : TestSession(true) {}
  ~RunsAheadTest() override { hold_up(false); }

  void hold_up(bool held_up) { FakeStream::of(session->queue().stream()).hold_up(held_up); }
  /// Becomes ready once the value is there.
  std::future<void> when_done(const Value& value) {
    auto done = std::make_shared<std::promise<void>>();
    session->when_done(value, [done] { done->set_value(); });
    return done->get_future();
  }
  static bool is_ready(const std::future<void>& done) {
    return done.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
  }
  /// Keeps what follows in the queue until the returned latch is counted down.
  std::shared_ptr<std::latch> block_drain() {
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

TEST_F(RunsAheadTest, ComputesInOrder) {
  Value sum = write({1, 2});
  const Value b = write({10, 20});
  for (int i = 0; i < 100; ++i) sum = call("Add", sum, b, {2});
  EXPECT_EQ(read(sum).second, (Floats{1001, 2002}));
}

TEST_F(RunsAheadTest, DrainGoesOnWhileSomebodyWaitsForTheDevice) {
  const Value a = write({1, 2});
  const Value first = call("Add", a, a, {2});
  hold_up(true);
  const auto gate = block_drain();
  const Value second = call("Add", first, a, {2});
  const std::future<void> first_done = when_done(first);
  const std::future<void> second_done = when_done(second);
  const Value third = call("Add", second, a, {2});
  gate->count_down();
  worker.settle();
  EXPECT_TRUE(session->is_done(third));  // Enqueued, that is.
  EXPECT_FALSE(is_ready(first_done));
  EXPECT_FALSE(is_ready(second_done));
  // Nobody is needed to drain for a value whose kernel is enqueued already.
  const int asked = worker.asked();
  const std::future<void> third_done = when_done(third);
  EXPECT_EQ(worker.asked(), asked);
  EXPECT_FALSE(is_ready(third_done));
  hold_up(false);
  first_done.wait();
  second_done.wait();
  third_done.wait();
  EXPECT_EQ(read(third).second, (Floats{4, 8}));
}

TEST_F(RunsAheadTest, SignalDoesNotWaitForLaterCalls) {
  std::latch end(1);
  device.on_run["Sub"] = [&](const Operands&) {
    end.wait();
    return Status();
  };
  const Value a = write({1, 2});
  const auto gate = block_drain();
  const std::future<void> early = when_done(call("Add", a, a, {2}));
  const std::future<void> late = when_done(call("Sub", a, a, {2}));
  gate->count_down();
  worker.settle();
  early.wait();
  EXPECT_FALSE(is_ready(late));
  end.count_down();
  late.wait();
}

TEST_F(RunsAheadTest, SignalComesWhenTheDeviceFailsAndReadingTells) {
  device.on_run["Sub"] = [](const Operands&) { return Status(Code::kDeviceLost, "it burns"); };
  const Value a = write({1, 2});
  const Value lost = call("Sub", a, a, {2});
  when_done(lost).wait();
  const Status status = read(lost).first;
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code, Code::kDeviceLost);
}

TEST_F(RunsAheadTest, EveryWaitEnds) {
  const Value b = write({1, 1});
  Value sum = write({0, 0});
  std::vector<std::future<void>> waits;
  for (int i = 0; i < 500; ++i) {
    std::shared_ptr<std::latch> gate;
    if (i % 7 == 0) gate = block_drain();
    sum = call("Add", sum, b, {2});
    waits.push_back(when_done(sum));
    if (gate) gate->count_down();
    if (i % 5 == 0) worker.run_completions();
  }
  worker.settle();
  for (const std::future<void>& wait : waits) wait.wait();
  EXPECT_EQ(read(sum).second, (Floats{500, 500}));
}

TEST_F(RunsAheadTest, CloseEndsWaits) {
  const Value a = write({1, 2});
  hold_up(true);
  const std::future<void> at_hand = when_done(call("Add", a, a, {2}));
  const std::future<void> next = when_done(call("Add", a, a, {2}));
  std::thread release([&] { hold_up(false); });
  session->close();
  release.join();
  const bool came[] = {is_ready(at_hand), is_ready(next)};
  // Whatever came did so before close() was through.
  std::this_thread::sleep_for(std::chrono::milliseconds(5));
  EXPECT_EQ(is_ready(at_hand), came[0]);
  EXPECT_EQ(is_ready(next), came[1]);
}

}  // namespace
}  // namespace tfjs_native
