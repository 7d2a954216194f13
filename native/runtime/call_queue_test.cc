#include "runtime/call_queue.h"

#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <stdexcept>
#include <thread>
#include <vector>

#include "runtime/testing/test_session.h"

namespace tfjs_native {
namespace {

using Ticket = CallQueue::Ticket;

/// A queue of bodies, with a worker that starts when the test lets it.
struct CallQueueTest : testing::Test {
  FakeDevice device;
  TestWorker worker;
  CallQueue queue{device,
                  device.memory(),
                  std::move(device.create_stream().value()),
                  {[this] {
                     ++wakes;
                     if (has_worker) worker.ask();
                   },
                   {}}};
  bool has_worker = true;
  int wakes = 0;

  CallQueueTest() { worker.set_queue(&queue); }
  ~CallQueueTest() override {
    queue.close();
    worker.wait();
  }

  static Task make_task(std::function<void()> body) {
    Task task;
    task.body = [body = std::move(body)](DeviceStream&, MemorySource&) {
      body();
      return Status();
    };
    return task;
  }
  Ticket push(std::function<void()> body) { return queue.push(make_task(std::move(body))); }
  Ticket defer(std::function<void()> body) { return queue.defer(make_task(std::move(body))); }
};

TEST_F(CallQueueTest, RunsInOrderWhoeverDrains) {
  std::vector<int> order;
  for (int round = 0; round < 50; ++round) {
    for (int i = 0; i < 40; ++i) {
      push([&order] { order.push_back(static_cast<int>(order.size())); });
    }
    // Now the owner waits, now it leaves the work to the worker.
    if (round % 3 == 0) queue.drain_until(queue.newest() - 20);
    if (round % 3 == 1) worker.run_completions();
  }
  queue.drain_until(queue.newest());
  ASSERT_EQ(order.size(), 2000u);
  for (int i = 0; i < 2000; ++i) ASSERT_EQ(order[i], i);
}

TEST_F(CallQueueTest, AsksForOneWorkerAtATime) {
  has_worker = false;
  for (int i = 0; i < 100; ++i) push([] {});
  EXPECT_EQ(wakes, 1);
  queue.drain_slice(std::chrono::seconds(10));
  EXPECT_FALSE(queue.has_work());
  push([] {});
  EXPECT_EQ(wakes, 2);
}

TEST_F(CallQueueTest, DeferredTaskWaitsForItsOwner) {
  has_worker = false;
  std::thread::id ran_on;
  const Ticket ticket = defer([&ran_on] { ran_on = std::this_thread::get_id(); });
  EXPECT_TRUE(queue.is_deferred(ticket));
  queue.resume();
  EXPECT_EQ(wakes, 0);
  // A worker that is there for what came before leaves it alone.
  std::thread([this] { queue.drain_slice(std::chrono::milliseconds(5)); }).join();
  EXPECT_FALSE(queue.is_done(ticket));
  queue.run_deferred();
  EXPECT_TRUE(queue.is_done(ticket));
  EXPECT_FALSE(queue.is_deferred(ticket));
  EXPECT_EQ(ran_on, std::this_thread::get_id());
  EXPECT_EQ(wakes, 0);
  queue.run_deferred();  // Nothing is left.
}

TEST_F(CallQueueTest, DeferredTaskIsReadBeforeItsTime) {
  has_worker = false;
  bool has_run = false;
  const Ticket ticket = defer([&has_run] { has_run = true; });
  queue.drain_until(ticket);
  EXPECT_TRUE(has_run);
  EXPECT_EQ(wakes, 0);
}

TEST_F(CallQueueTest, MoreTasksBringAWorkerForADeferredOne) {
  std::vector<int> order;
  const Ticket ticket = defer([&order] { order.push_back(0); });
  push([&order] { order.push_back(1); });
  EXPECT_FALSE(queue.is_deferred(ticket));
  EXPECT_EQ(wakes, 1);
  worker.settle();
  EXPECT_EQ(order, (std::vector<int>{0, 1}));
}

TEST_F(CallQueueTest, WhoeverWaitsBringsAWorkerForADeferredTask) {
  const Ticket ticket = defer([] {});
  std::atomic<bool> is_told{false};
  queue.when_done(ticket, [&is_told] { is_told = true; });
  EXPECT_FALSE(queue.is_deferred(ticket));
  worker.settle();
  EXPECT_TRUE(is_told);
}

TEST_F(CallQueueTest, NothingIsDeferredBehindOthers) {
  has_worker = false;
  push([] {});
  const Ticket ticket = defer([] {});
  EXPECT_FALSE(queue.is_deferred(ticket));
  EXPECT_EQ(wakes, 1);
  queue.drain_slice(std::chrono::seconds(10));
  EXPECT_TRUE(queue.is_done(ticket));
}

TEST_F(CallQueueTest, ClosingDropsADeferredTask) {
  bool has_run = false;
  defer([&has_run] { has_run = true; });
  EXPECT_TRUE(queue.has_deferred());
  queue.close();
  // Or whoever wants its value would ask for it again and again.
  EXPECT_FALSE(queue.has_deferred());
  queue.run_deferred();
  EXPECT_FALSE(has_run);
}

TEST_F(CallQueueTest, ManyTinyTasksAreTakenWithoutAWait) {
  has_worker = false;
  int run = 0;
  for (int i = 0; i < 100000; ++i) push([&run] { ++run; });
  EXPECT_EQ(run, 0);
  EXPECT_GT(queue.held_bytes(), 100000 * sizeof(Task));
  EXPECT_LT(queue.held_bytes(), CallQueue::kMaxHeldBytes);
  queue.drain_until(queue.newest());
  EXPECT_EQ(run, 100000);
  EXPECT_EQ(queue.held_bytes(), 0u);
}

TEST_F(CallQueueTest, ProducerHelpsWhereNobodyElseDrains) {
  has_worker = false;
  queue.set_max_held_bytes(8 * sizeof(Task));
  int run = 0;
  size_t most = 0;
  for (int i = 0; i < 10000; ++i) {
    push([&run] { ++run; });
    most = std::max(most, queue.held_bytes());
  }
  EXPECT_LE(most, 16 * sizeof(Task));
  EXPECT_GT(run, 9900);
  EXPECT_LT(run, 10000);
  queue.drain_until(queue.newest());
  EXPECT_EQ(run, 10000);
}

TEST_F(CallQueueTest, ProducerWaitsForAWorkerToMakeRoom) {
  queue.set_max_held_bytes(64 * sizeof(Task));
  size_t most = 0;
  const std::thread::id owner = std::this_thread::get_id();
  std::atomic<int> run{0};
  std::atomic<int> run_by_owner{0};
  for (int i = 0; i < 2000; ++i) {
    push([&] {
      ++run;
      if (std::this_thread::get_id() == owner) ++run_by_owner;
      std::this_thread::sleep_for(std::chrono::microseconds(100));
    });
    most = std::max(most, queue.held_bytes());
  }
  EXPECT_LE(most, 128 * sizeof(Task));
  EXPECT_LT(run_by_owner, run / 2);
  // More slices than one were needed, with no turn of the owner's loop between them.
  EXPECT_GT(wakes, 1);
  queue.drain_until(queue.newest());
  EXPECT_EQ(run, 2000);
}

TEST_F(CallQueueTest, ProducerDoesNotWaitForALongTask) {
  queue.set_max_held_bytes(16 * sizeof(Task));
  std::latch end(1);
  push([&] { end.wait(); });
  // In vain, but it comes back each time.
  while (queue.held_bytes() <= 20 * sizeof(Task)) push([] {});
  end.count_down();
  queue.drain_until(queue.newest());
}

TEST_F(CallQueueTest, HoldsWhatIsKeptByQueuedTasksOnly) {
  has_worker = false;
  queue.hold(1000);
  EXPECT_EQ(queue.held_bytes(), 0u);
  const Ticket first = push([] {});
  queue.hold(1000);
  const size_t held_by_first = queue.held_bytes();
  EXPECT_GT(held_by_first, 1000 + sizeof(Task));
  push([] {});
  queue.hold(1 << 20);
  EXPECT_GT(queue.held_bytes(), held_by_first + (1 << 20));
  const size_t held_by_second = queue.held_bytes() - held_by_first;
  queue.drain_until(first);
  EXPECT_EQ(queue.held_bytes(), held_by_second);
  queue.close();
  EXPECT_EQ(queue.held_bytes(), 0u);
}

TEST_F(CallQueueTest, WaitingThreadTakesOverFromAWorker) {
  const std::thread::id owner = std::this_thread::get_id();
  std::latch started(1);
  std::thread::id last;
  push([&] { started.count_down(); });
  for (int i = 0; i < 400; ++i) {
    push([&] {
      last = std::this_thread::get_id();
      // A worker takes long, so that the owner certainly comes before it is through.
      if (last != owner) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    });
  }
  started.wait();
  queue.drain_until(queue.newest());
  EXPECT_TRUE(queue.is_done(queue.newest()));
  EXPECT_EQ(last, owner);
}

TEST_F(CallQueueTest, SliceEndsInTime) {
  has_worker = false;
  int run = 0;
  for (int i = 0; i < 200; ++i) {
    push([&run] {
      ++run;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    });
  }
  queue.drain_slice(std::chrono::milliseconds(10));
  EXPECT_GT(run, 0);
  EXPECT_LT(run, 200);
  EXPECT_TRUE(queue.has_work());
  queue.resume();
  EXPECT_EQ(wakes, 2);
}

TEST_F(CallQueueTest, NotifiesWhenTheTaskItselfIsDone) {
  has_worker = false;
  std::vector<int> order;
  const Ticket first = push([&] { order.push_back(1); });
  push([&] { order.push_back(2); });
  const Ticket last = push([&] { order.push_back(3); });
  queue.when_done(last, [&] { order.push_back(30); });
  queue.when_done(first, [&] { order.push_back(10); });
  queue.when_done(first, [&] { order.push_back(11); });
  queue.drain_slice(std::chrono::seconds(10));
  EXPECT_EQ(order, (std::vector<int>{1, 10, 11, 2, 3, 30}));
}

TEST_F(CallQueueTest, NotifiesOfWhatIsDoneAlready) {
  const Ticket ticket = push([] {});
  queue.drain_until(ticket);
  std::atomic<int> notified{0};
  queue.when_done(ticket, [&] { ++notified; });
  queue.when_done(0, [&] { ++notified; });
  worker.settle();
  EXPECT_EQ(notified, 2);
}

TEST_F(CallQueueTest, NoWaiterIsForgottenInARace) {
  std::atomic<int> notified{0};
  for (int i = 0; i < 2000; ++i) {
    const Ticket ticket = push([] {});
    queue.when_done(ticket, [&] { ++notified; });
    if (i % 7 == 0) queue.drain_until(ticket);
    if (i % 5 == 0) worker.run_completions();
  }
  worker.settle();
  EXPECT_EQ(notified, 2000);
}

TEST_F(CallQueueTest, CloseWaitsForTheRunningTaskAndDropsTheOthers) {
  std::latch started(1);
  std::atomic<int> run{0};
  std::atomic<int> notified{0};
  push([&] {
    started.count_down();
    std::this_thread::sleep_for(std::chrono::milliseconds(30));
    ++run;
  });
  for (int i = 0; i < 100; ++i) push([&] { ++run; });
  queue.when_done(queue.newest(), [&] { ++notified; });
  started.wait();
  queue.close();
  EXPECT_EQ(run, 1);
  // Later calls are no-ops, and nobody waits for what never comes.
  const Ticket ticket = push([&] { ++run; });
  queue.drain_until(ticket);
  EXPECT_FALSE(queue.is_done(ticket));
  queue.when_done(ticket, [&] { ++notified; });
  queue.resume();
  EXPECT_EQ(run, 1);
  EXPECT_EQ(notified, 0);
}

TEST_F(CallQueueTest, RunsAtOnceWhereItIsIdleAndOpen) {
  int runs = 0;
  Task task;
  task.body = [&runs](DeviceStream&, MemorySource&) {
    ++runs;
    return Status();
  };
  const CallQueue::Ticket ticket = queue.run_at_once(task);
  EXPECT_TRUE(queue.is_done(ticket));
  EXPECT_EQ(queue.newest(), ticket);
  EXPECT_EQ(runs, 1);
  worker.set_busy(true);
  push([] {});
  EXPECT_EQ(queue.run_at_once(task), 0u);
  queue.drain_until(queue.newest());
  queue.close();
  EXPECT_EQ(queue.run_at_once(task), 0u);
  EXPECT_EQ(runs, 1);
  worker.set_busy(false);
}

TEST_F(CallQueueTest, CloseReleasesWhatTheDroppedTasksHeld) {
  has_worker = false;
  auto held = std::make_shared<int>(0);
  push([held] {});
  queue.when_done(queue.newest(), [held] {});
  EXPECT_EQ(held.use_count(), 3);
  queue.close();
  EXPECT_EQ(held.use_count(), 1);
}

TEST_F(CallQueueTest, TaskThatThrowsPoisonsItsOutputsAndNothingElse) {
  const auto task_with = [&](std::function<void()> body) {
    Task task;
    task.storages.push_back({make_ref<Buffer>(device.memory(), 16)});
    task.body = [body = std::move(body)](DeviceStream&, MemorySource&) {
      body();
      return Status();
    };
    Ref<Buffer> output = task.storages[0].buffer;
    queue.push(std::move(task));
    return output;
  };
  const Ref<Buffer> runtime_error = task_with([] { throw std::runtime_error("broken"); });
  const Ref<Buffer> bad_alloc = task_with([] { throw std::bad_alloc(); });
  const Ref<Buffer> unknown = task_with([] { throw 7; });
  const Ref<Buffer> fine = task_with([] {});
  queue.drain_until(queue.newest());
  EXPECT_EQ(runtime_error->error().error().code, Code::kInternal);
  EXPECT_EQ(runtime_error->error().error().message, "broken");
  EXPECT_EQ(bad_alloc->error().error().code, Code::kOutOfMemory);
  EXPECT_EQ(unknown->error().error().code, Code::kInternal);
  EXPECT_TRUE(fine->error().ok());
}

TEST_F(CallQueueTest, SurvivesProducersWaitersAndWorkersInEveryMixture) {
  int64_t sum = 0;  // Guarded by the queue's order alone: a race detector would see a fault.
  int64_t expected = 0;
  std::atomic<int> notified{0};
  int waits = 0;
  uint32_t random = 1;
  for (int i = 0; i < 20000; ++i) {
    random = random * 1664525 + 1013904223;
    const Ticket ticket = push([&sum, i] { sum += i; });
    expected += i;
    switch ((random >> 24) % 64) {
      case 0:
        queue.drain_until(ticket);
        break;
      case 1:
        queue.drain_until(ticket > 10 ? ticket - 10 : ticket);
        break;
      case 2:
        queue.when_done(ticket, [&] { ++notified; });
        ++waits;
        break;
      case 3:
        worker.run_completions();
        break;
      default:
        break;
    }
  }
  queue.drain_until(queue.newest());
  worker.settle();
  EXPECT_EQ(sum, expected);
  EXPECT_EQ(notified, waits);
}

}  // namespace
}  // namespace tfjs_native
