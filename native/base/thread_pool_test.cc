#include "base/thread_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <latch>
#include <memory>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>
#include <vector>

namespace tfjs_native {
namespace {

struct ThreadPoolTest : testing::Test {
  ThreadPool& pool = ThreadPool::instance();
  const int size = pool.size();
  ~ThreadPoolTest() override { pool.set_size(size); }
};

TEST_F(ThreadPoolTest, CallsEveryIndexOnce) {
  for (const int threads : {1, 2, 4}) {
    pool.set_size(threads);
    EXPECT_EQ(pool.size(), threads);
    std::vector<std::atomic<int>> calls(1000);
    for (int round = 0; round < 50; ++round) {
      pool.run(1000, [&](int64_t i) { calls[i].fetch_add(1); });
    }
    for (const auto& count : calls) EXPECT_EQ(count.load(), 50);
  }
}

TEST_F(ThreadPoolTest, OneThreadLessTakesPartWhereItIsAskedFor) {
  const auto threads_of_a_job = [&] {
    std::mutex mutex;
    std::set<std::thread::id> threads;
    pool.run(64, [&](int64_t) {
      std::this_thread::sleep_for(std::chrono::microseconds(200));
      std::lock_guard<std::mutex> lock(mutex);
      threads.insert(std::this_thread::get_id());
    });
    return threads;
  };
  for (const int size : {1, 2, 4}) {
    pool.set_size(size);
    {
      const ThreadPool::OneLess one_less(true);
      EXPECT_EQ(pool.size(), size);
      EXPECT_LE(static_cast<int>(threads_of_a_job().size()), std::max(1, size - 1));
      std::atomic<int64_t> covered{0};
      pool.parallel_for(1000, 1, [&](int64_t begin, int64_t end) { covered += end - begin; });
      EXPECT_EQ(covered.load(), 1000);
    }
    EXPECT_LE(static_cast<int>(threads_of_a_job().size()), size);
  }
  pool.set_size(2);
  const ThreadPool::OneLess one_less(true);
  EXPECT_EQ(threads_of_a_job(), std::set{std::this_thread::get_id()});
}

TEST_F(ThreadPoolTest, SizeStaysWhileSomeoneHoldsIt) {
  pool.set_size(2);
  std::atomic<bool> is_set{false};
  std::thread setter;
  {
    const ThreadPool::SizeHold hold(pool);
    setter = std::thread([&] {
      pool.set_size(3);
      is_set = true;
    });
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    EXPECT_FALSE(is_set.load());
    EXPECT_EQ(pool.size(), 2);
    pool.run(10, [](int64_t) {});
  }
  setter.join();
  EXPECT_EQ(pool.size(), 3);
}

TEST_F(ThreadPoolTest, HoldersSeeOneSizeHoweverOftenItIsSet) {
  std::atomic<bool> stop{false};
  std::atomic<int> changes{0};
  std::vector<std::thread> holders;
  for (int i = 0; i < 3; ++i) {
    holders.emplace_back([&] {
      while (!stop.load()) {
        const ThreadPool::SizeHold hold(pool);
        const int before = pool.size();
        pool.run(4, [](int64_t) {});
        if (pool.size() != before) ++changes;
      }
    });
  }
  for (int i = 0; i < 200; ++i) pool.set_size(1 + i % 3);
  stop = true;
  for (std::thread& holder : holders) holder.join();
  EXPECT_EQ(changes.load(), 0);
}

TEST_F(ThreadPoolTest, TakesJobsFromSeveralThreadsAndNested) {
  pool.set_size(3);
  std::atomic<int64_t> sum{0};
  std::vector<std::thread> callers;
  for (int caller = 0; caller < 4; ++caller) {
    callers.emplace_back([&] {
      for (int round = 0; round < 100; ++round) {
        pool.parallel_for(100, 1, [&](int64_t begin, int64_t end) {
          pool.run(end - begin, [&](int64_t) { sum.fetch_add(1); });
        });
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(sum.load(), 4 * 100 * 100);
}

TEST_F(ThreadPoolTest, RangesCoverEverythingOnceAndKeepTheGrain) {
  pool.set_size(4);
  for (const int64_t total : {0, 1, 7, 100, 1001}) {
    for (const int64_t grain : {0, 1, 10, 5000}) {
      std::vector<std::atomic<int>> seen(total);
      std::atomic<int> pieces{0};
      std::atomic<int64_t> smallest{total};
      pool.parallel_for(total, grain, [&](int64_t begin, int64_t end) {
        ++pieces;
        for (int64_t i = begin; i < end; ++i) seen[i].fetch_add(1);
        int64_t known = smallest.load();
        while (end - begin < known && !smallest.compare_exchange_weak(known, end - begin)) {
        }
      });
      for (const auto& count : seen) EXPECT_EQ(count.load(), 1);
      EXPECT_LE(pieces, 4);
      EXPECT_GE(smallest, std::min(total, grain));
      if (total == 0) {
        EXPECT_EQ(pieces, 0);
      }
    }
  }
}

TEST_F(ThreadPoolTest, SeveralThreadsTakePart) {
  pool.set_size(3);
  // Each index waits for another one to be begun: a single thread would never end.
  std::atomic<int> begun{0};
  pool.run(3, [&](int64_t) {
    ++begun;
    while (begun < 3) std::this_thread::yield();
  });
  EXPECT_EQ(begun, 3);
}

TEST_F(ThreadPoolTest, SleepersWakeUp) {
  pool.set_size(2);
  for (int round = 0; round < 20; ++round) {
    std::this_thread::sleep_for(std::chrono::milliseconds(2));  // Longer than they spin.
    std::atomic<int> begun{0};
    pool.run(2, [&](int64_t) {
      ++begun;
      while (begun < 2) std::this_thread::yield();
    });
  }
}

TEST_F(ThreadPoolTest, ExceptionsReachTheCaller) {
  for (const int threads : {1, 4}) {
    pool.set_size(threads);
    for (const int64_t thrower : {0, 17, 999}) {
      std::atomic<int> calls{0};
      const auto body = [&](int64_t i) {
        ++calls;
        if (i == thrower) throw std::runtime_error("at " + std::to_string(i));
      };
      try {
        pool.run(1000, body);
        FAIL() << "nothing was thrown";
      } catch (const std::runtime_error& error) {
        EXPECT_EQ(error.what(), "at " + std::to_string(thrower));
      }
      EXPECT_GT(calls, thrower == 0 ? 0 : 1);
      EXPECT_FALSE(ThreadPool::in_job());
    }
    // It works on as before.
    std::atomic<int> calls{0};
    pool.run(100, [&](int64_t) { ++calls; });
    EXPECT_EQ(calls, 100);
  }
}

TEST_F(ThreadPoolTest, EveryIndexMayThrow) {
  pool.set_size(4);
  for (int round = 0; round < 100; ++round) {
    EXPECT_THROW(pool.run(64, [](int64_t) { throw std::runtime_error("x"); }), std::runtime_error);
  }
}

TEST_F(ThreadPoolTest, ResizesWhileItWorks) {
  std::atomic<bool> stop{false};
  std::atomic<int64_t> sum{0};
  std::atomic<int64_t> rounds{0};
  std::vector<std::thread> callers;
  for (int caller = 0; caller < 3; ++caller) {
    callers.emplace_back([&] {
      while (!stop) {
        pool.run(64, [&](int64_t i) { sum.fetch_add(i); });
        ++rounds;
      }
    });
  }
  for (int i = 0; i < 60; ++i) pool.set_size(1 + i % 4);
  while (rounds < 100) std::this_thread::yield();
  stop = true;
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(sum, rounds * (63 * 64 / 2));
}

TEST_F(ThreadPoolTest, SizeIsClamped) {
  pool.set_size(0);
  EXPECT_EQ(pool.size(), 1);
  pool.set_size(-5);
  EXPECT_EQ(pool.size(), 1);
}

TEST_F(ThreadPoolTest, AnIdleThreadTakesWhatIsOffered) {
  pool.set_size(2);
  std::latch done(1);
  std::thread::id worker;
  std::set<std::thread::id> inside;
  pool.offer([&] {
    worker = std::this_thread::get_id();
    // One thread: no mutex is needed.
    pool.run(100, [&](int64_t) { inside.insert(std::this_thread::get_id()); });
    done.count_down();
  });
  done.wait();
  EXPECT_NE(worker, std::this_thread::get_id());
  EXPECT_EQ(inside, std::set{worker});
}

TEST_F(ThreadPoolTest, APoolOfOneThreadTakesNoOffer) {
  pool.set_size(1);
  auto kept = std::make_shared<int>(0);
  pool.offer([kept] { ++*kept; });
  EXPECT_EQ(*kept, 0);
  EXPECT_EQ(kept.use_count(), 1);
}

TEST_F(ThreadPoolTest, WhoWaitsTakesAnOffer) {
  pool.set_size(2);
  const auto busy = std::make_shared<std::latch>(1);
  const auto end = std::make_shared<std::latch>(1);
  pool.offer([busy, end] {
    busy->count_down();
    end->wait();
  });
  busy->wait();  // The pool's thread has work.
  const ThreadPool::SizeHold hold(pool);
  EXPECT_FALSE(pool.take_offer());
  std::thread::id taker;
  pool.offer([&] { taker = std::this_thread::get_id(); });
  EXPECT_TRUE(pool.take_offer());
  EXPECT_EQ(taker, std::this_thread::get_id());
  EXPECT_FALSE(ThreadPool::in_job());
  end->count_down();
}

TEST_F(ThreadPoolTest, ResizingGoesOnWhileOffersAreTaken) {
  auto run = std::make_shared<std::atomic<int>>(0);
  for (int round = 0; round < 30; ++round) {
    pool.set_size(2 + round % 3);
    for (int i = 0; i < 20; ++i) {
      pool.offer([run, this] {
        pool.run(4, [](int64_t) { std::this_thread::sleep_for(std::chrono::microseconds(20)); });
        ++*run;
      });
    }
    const ThreadPool::SizeHold hold(pool);
    pool.run(8, [](int64_t) {});
  }
  while (run->load() < 30 * 20) std::this_thread::yield();
}

TEST_F(ThreadPoolTest, AloneAThreadDoesItsJobsItself) {
  pool.set_size(4);
  std::set<std::thread::id> threads;
  {
    const ThreadPool::Alone alone(true);
    pool.run(100, [&](int64_t) { threads.insert(std::this_thread::get_id()); });
    {
      const ThreadPool::Alone nested(false);
      EXPECT_TRUE(ThreadPool::in_job());
    }
  }
  EXPECT_EQ(threads, std::set{std::this_thread::get_id()});
  EXPECT_FALSE(ThreadPool::in_job());
}

}  // namespace
}  // namespace tfjs_native
