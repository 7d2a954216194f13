#include <gtest/gtest.h>

#include <atomic>
#include <vector>

#include "base/inline_vector.h"
#include "base/status.h"
#include "base/thread_pool.h"

namespace tfjs_native {
namespace {

TEST(InlineVector, GrowsBeyondItsInlineStorage) {
  InlineVector<int64_t, 2> values;
  for (int i = 0; i < 10; ++i) values.push_back(i);
  values.insert(0, -1);
  values.erase(1);
  InlineVector<int64_t, 2> copy = values;
  InlineVector<int64_t, 2> moved = std::move(values);
  EXPECT_EQ(copy, moved);
  EXPECT_EQ(moved.size(), 10u);
  EXPECT_EQ(moved[0], -1);
  EXPECT_EQ(moved.back(), 9);
}

TEST(Status, NamesTheOperatorOnce) {
  const Status status = Status(Code::kBadShape, "x: expected rank 4").at("Conv2D", "onednn");
  EXPECT_EQ(status.at("Other", "cuda").error().op, "Conv2D");
  EXPECT_EQ(status.error().device, "onednn");
  EXPECT_STREQ(code_name(status.error().code), "BAD_SHAPE");
}

TEST(ThreadPool, CallsEveryIndexOnce) {
  ThreadPool& pool = ThreadPool::instance();
  const int size = pool.size();
  for (const int threads : {1, 2, 4}) {
    pool.set_size(threads);
    EXPECT_EQ(pool.size(), threads);
    std::vector<std::atomic<int>> calls(1000);
    for (int round = 0; round < 50; ++round) {
      pool.run(1000, [&](int64_t i) { calls[i].fetch_add(1); });
    }
    for (const auto& count : calls) EXPECT_EQ(count.load(), 50);
  }
  pool.set_size(size);
}

TEST(ThreadPool, TakesJobsFromSeveralThreadsAndNested) {
  ThreadPool& pool = ThreadPool::instance();
  const int size = pool.size();
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
  pool.set_size(size);
}

}  // namespace
}  // namespace tfjs_native
