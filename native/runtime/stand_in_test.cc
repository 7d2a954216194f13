#include "runtime/stand_in.h"

#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <memory>
#include <thread>
#include <vector>

#include "runtime/testing/test_session.h"

namespace tfjs_native {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

StandIn::Clock::time_point in(StandIn::Clock::duration time) {
  return StandIn::Clock::now() + time;
}

TEST(StandIn, DoesWhatIsDueOnAThreadOfItsOwn) {
  std::latch done(1);
  std::thread::id thread;
  StandIn::Watch watch(StandIn::instance(), [&] {
    thread = std::this_thread::get_id();
    done.count_down();
  });
  watch.set(in(hours(0)));
  done.wait();
  EXPECT_NE(thread, std::this_thread::get_id());
}

TEST(StandIn, TheEarliestTimeAskedForCounts) {
  const auto due = in(milliseconds(30));
  std::latch done(1);
  StandIn::Clock::time_point called_at;
  StandIn::Watch watch(StandIn::instance(), [&] {
    called_at = StandIn::Clock::now();
    done.count_down();
  });
  watch.set(in(hours(1)));
  watch.set(due);
  watch.set(in(hours(2)));
  done.wait();
  EXPECT_GE(called_at, due);
}

TEST(StandIn, WhatIsClearedOrEndedIsNotDone) {
  std::atomic<int> calls{0};
  StandIn::Watch cleared(StandIn::instance(), [&] { ++calls; });
  auto ended = std::make_unique<StandIn::Watch>(StandIn::instance(), [&] { ++calls; });
  cleared.set(in(milliseconds(10)));
  ended->set(in(milliseconds(10)));
  cleared.clear();
  ended.reset();
  std::latch later(1);
  StandIn::Watch watch(StandIn::instance(), [&] { later.count_down(); });
  watch.set(in(milliseconds(30)));
  later.wait();
  EXPECT_EQ(calls, 0);
}

TEST(StandIn, EndWaitsForACallThatRuns) {
  std::latch begun(1);
  std::atomic<bool> has_returned{false};
  StandIn::Watch watch(StandIn::instance(), [&] {
    begun.count_down();
    std::this_thread::sleep_for(milliseconds(20));
    has_returned = true;
  });
  watch.set(in(hours(0)));
  begun.wait();
  watch.end();
  EXPECT_TRUE(has_returned);
}

TEST(StandIn, NoTimeIsForgottenInARace) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([] {
      std::atomic<int> calls{0};
      StandIn::Watch watch(StandIn::instance(), [&] { ++calls; });
      for (int i = 1; i <= 500; ++i) {
        watch.set(in(std::chrono::microseconds(i % 40)));
        while (calls < i) std::this_thread::yield();
      }
      EXPECT_EQ(calls, 500);
    });
  }
  for (std::thread& thread : threads) thread.join();
}

/// A queue whose workers come when the test lets them.
struct LateWorkerTest : testing::Test {
  FakeDevice device;
  TestWorker worker;
  std::atomic<int> late{0};
  CallQueue queue{
      device,
      device.memory(),
      std::move(device.create_stream().value()),
      {[this] { worker.ask(); }, [this] { ++late; }},
  };
  const std::thread::id owner = std::this_thread::get_id();

  LateWorkerTest() {
    worker.set_queue(&queue);
    worker.set_busy(true);
  }
  ~LateWorkerTest() override {
    queue.close();
    worker.cancel();
    worker.wait();
  }

  CallQueue::Ticket push(std::function<void()> body) {
    Task task;
    task.body = [body = std::move(body)](DeviceStream&, MemorySource&) {
      body();
      return Status();
    };
    return queue.push(std::move(task));
  }
  /// Lets others drain until the newest task is done, slice after slice.
  void await() {
    auto done = std::make_shared<std::latch>(1);
    queue.when_done(queue.newest(), [done] { done->count_down(); });
    while (!done->try_wait()) {
      std::this_thread::sleep_for(milliseconds(1));
      queue.resume();
    }
  }
  /// What the owner's loop does when it hears that a worker is late; true if one was withdrawn.
  bool withdraw() {
    bool is_withdrawn = false;
    queue.withdraw([&] { return is_withdrawn = worker.cancel(); });
    if (is_withdrawn) queue.resume();
    return is_withdrawn;
  }
  /// Waits until the stand-in has said so.
  void wait_for_late(int count) {
    while (late < count) std::this_thread::yield();
  }
};

TEST_F(LateWorkerTest, TheStandInDrains) {
  std::vector<int> order;
  std::atomic<bool> has_owner_run{false};
  for (int i = 0; i < 1000; ++i) {
    push([&, i] {
      order.push_back(i);
      if (std::this_thread::get_id() == owner) has_owner_run = true;
    });
  }
  await();
  ASSERT_EQ(order.size(), 1000u);
  for (int i = 0; i < 1000; ++i) ASSERT_EQ(order[i], i);
  EXPECT_FALSE(has_owner_run);
  wait_for_late(1);
  EXPECT_EQ(worker.asked(), 1);
}

TEST_F(LateWorkerTest, TheStandInDrainsAgainWhileTheWorkerDoesNotCome) {
  for (int i = 0; i < 20; ++i) {
    push([] {});
    await();
  }
  EXPECT_EQ(worker.asked(), 1);
}

TEST_F(LateWorkerTest, AWorkerThatIsWithdrawnIsAskedForAnew) {
  for (int i = 1; i <= 20; ++i) {
    push([] {});
    await();
    while (!withdraw()) std::this_thread::yield();
    EXPECT_EQ(worker.asked(), i);
  }
  worker.set_busy(false);
  push([] {});
  await();
}

TEST_F(LateWorkerTest, AWorkerThatNobodyNeedsIsLateToo) {
  const CallQueue::Ticket ticket = push([] {});
  queue.drain_until(ticket);
  wait_for_late(1);
  EXPECT_TRUE(withdraw());
}

TEST_F(LateWorkerTest, AWorkerThatComesInTheEndTakesOver) {
  std::latch begun(1);
  std::atomic<int> run{0};
  std::thread::id first;
  std::thread::id last;
  push([&] {
    first = std::this_thread::get_id();
    begun.count_down();
    while (!worker.is_running()) std::this_thread::yield();
  });
  for (int i = 0; i < 10; ++i) {
    push([&] {
      ++run;
      last = std::this_thread::get_id();
      // The stand-in takes long, so that the worker certainly comes before it is through.
      if (last == first) std::this_thread::sleep_for(milliseconds(5));
    });
  }
  begun.wait();
  EXPECT_FALSE(withdraw());  // The stand-in is at work.
  worker.set_busy(false);
  worker.settle();
  EXPECT_EQ(run, 10);
  EXPECT_NE(first, owner);
  EXPECT_NE(last, first);
  EXPECT_FALSE(withdraw());
}

TEST_F(LateWorkerTest, AWorkerThatComesTooLateFindsNothingToDo) {
  std::atomic<int> run{0};
  push([&] { ++run; });
  await();
  worker.set_busy(false);
  worker.wait();
  EXPECT_EQ(run, 1);
  EXPECT_FALSE(queue.has_work());
}

TEST_F(LateWorkerTest, TheOwnerTakesOverFromTheStandIn) {
  std::latch begun(1);
  std::thread::id last;
  push([&] { begun.count_down(); });
  for (int i = 0; i < 200; ++i) {
    push([&] {
      last = std::this_thread::get_id();
      if (last != owner) std::this_thread::sleep_for(milliseconds(5));
    });
  }
  begun.wait();
  queue.drain_until(queue.newest());
  EXPECT_EQ(last, owner);
}

TEST_F(LateWorkerTest, WhatTheOwnerLeavesFallsToTheStandIn) {
  const CallQueue::Ticket first = push([] {});
  std::atomic<int> run{0};
  for (int i = 0; i < 100; ++i) push([&] { ++run; });
  queue.drain_until(first);
  await();
  EXPECT_EQ(run, 100);
}

TEST_F(LateWorkerTest, CloseWaitsForTheTaskThatTheStandInRuns) {
  std::latch begun(1);
  std::atomic<int> run{0};
  push([&] {
    begun.count_down();
    std::this_thread::sleep_for(milliseconds(30));
    ++run;
  });
  for (int i = 0; i < 100; ++i) push([&] { ++run; });
  begun.wait();
  queue.close();
  EXPECT_EQ(run, 1);
  const int late_at_close = late;
  std::this_thread::sleep_for(milliseconds(10));
  EXPECT_EQ(run, 1);
  EXPECT_EQ(late, late_at_close);
}

TEST_F(LateWorkerTest, AProducerThatNeverTurnsItsLoopGetsRoomFromTheStandIn) {
  queue.set_max_held_bytes(64 * sizeof(Task));
  std::atomic<int> run{0};
  std::atomic<int> run_by_owner{0};
  for (int i = 0; i < 1000; ++i) {
    push([&] {
      ++run;
      if (std::this_thread::get_id() == owner) ++run_by_owner;
      std::this_thread::sleep_for(std::chrono::microseconds(100));
    });
    EXPECT_LE(queue.held_bytes(), 128 * sizeof(Task));
  }
  EXPECT_LT(run_by_owner, run / 2);
  EXPECT_EQ(worker.asked(), 1);
  queue.close();  // What is left of the tasks would write to what ends here.
}

TEST_F(LateWorkerTest, ServesManyQueuesAtOnce) {
  struct Other {
    explicit Other(FakeDevice& device)
        : queue(device, device.memory(), std::move(device.create_stream().value()),
                {[] {}, [this] { ++late; }}) {}
    std::atomic<int> late{0};
    CallQueue queue;
  };
  std::vector<std::unique_ptr<Other>> others;
  for (int i = 0; i < 8; ++i) others.push_back(std::make_unique<Other>(device));
  std::latch done(8);
  for (const auto& other : others) {
    for (int i = 0; i < 100; ++i) {
      Task task;
      task.body = [](DeviceStream&, MemorySource&) {
        std::this_thread::sleep_for(std::chrono::microseconds(10));
        return Status();
      };
      other->queue.push(std::move(task));
    }
    other->queue.when_done(other->queue.newest(), [&] { done.count_down(); });
  }
  while (!done.try_wait()) {
    std::this_thread::sleep_for(milliseconds(1));
    for (const auto& other : others) other->queue.resume();
  }
}

TEST_F(LateWorkerTest, SurvivesEveryMixture) {
  int64_t sum = 0;  // Guarded by the queue's order alone: a race detector would see a fault.
  int64_t expected = 0;
  std::atomic<int> notified{0};
  int waits = 0;
  int heard = 0;
  uint32_t random = 1;
  for (int i = 0; i < 20000; ++i) {
    random = random * 1664525 + 1013904223;
    const CallQueue::Ticket ticket = push([&sum, i] { sum += i; });
    expected += i;
    switch ((random >> 24) % 128) {
      case 0:
        queue.drain_until(ticket);
        break;
      case 1:
      case 2:
        queue.when_done(ticket, [&] { ++notified; });
        ++waits;
        break;
      case 3:
        worker.set_busy(false);
        break;
      case 4:
        worker.set_busy(true);
        break;
      case 5:
        queue.resume();
        break;
      case 6:
        std::this_thread::sleep_for(milliseconds(1));
        break;
      default:
        break;
    }
    if (late != heard) {
      heard = late;
      withdraw();
    }
  }
  await();
  EXPECT_EQ(sum, expected);
  EXPECT_EQ(notified, waits);
}

}  // namespace
}  // namespace tfjs_native
