#include "runtime/memory_pool.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <random>
#include <thread>
#include <vector>

#include "runtime/testing/counting_memory.h"

namespace tfjs_native {
namespace {

struct PoolTest : testing::Test {
  CountingMemory raw;
  MemoryPool pool;
  MemorySource& memory = pool.lane(raw);

  /// Allocates, or fails the test.
  void* take(size_t size_bytes) {
    Result<void*> block = memory.allocate(size_bytes);
    EXPECT_TRUE(block.ok()) << size_bytes;
    return block.ok() ? block.value() : nullptr;
  }
};

TEST_F(PoolTest, BlocksAreAlignedWritableAndAtMostAQuarterTooLarge) {
  std::vector<size_t> sizes;
  for (size_t size = 1; size <= 300; ++size) sizes.push_back(size);
  for (size_t power = 512; power <= (size_t{1} << 24); power *= 2) {
    for (const int64_t off : {-1, 0, 1}) sizes.push_back(power + off);
    sizes.push_back(power + power / 4);
    sizes.push_back(power + power / 4 + 1);
  }
  for (const size_t size : sizes) {
    const size_t before = pool.stats().live_bytes;
    void* block = take(size);
    const size_t taken = pool.stats().live_bytes - before;
    EXPECT_EQ(reinterpret_cast<uintptr_t>(block) % 64, 0u);
    EXPECT_GE(taken, size);
    EXPECT_LE(taken, std::max<size_t>(64, size + size / 4 + 1)) << size;
    std::memset(block, 0x5a, size);
    memory.release(block, size);
    EXPECT_EQ(pool.stats().live_bytes, before);
  }
}

TEST_F(PoolTest, RecyclesBlocksOfOneClassOnly) {
  void* block = take(1000);
  memory.release(block, 1000);
  EXPECT_EQ(take(1024), block);  // Of the same class.
  void* larger = take(1025);
  EXPECT_NE(larger, block);
  memory.release(block, 1024);
  void* smaller = take(896);
  EXPECT_NE(smaller, block);
  memory.release(larger, 1025);
  memory.release(smaller, 896);
}

TEST_F(PoolTest, LargerBlocksStandInWhereLargeOnesAreAskedFor) {
  constexpr size_t kLarge = size_t{1} << 20;
  void* const block = take(2 * kLarge);
  memory.release(block, 2 * kLarge);
  EXPECT_EQ(take(kLarge), block);
  EXPECT_EQ(pool.stats().live_bytes, 2 * kLarge);
  EXPECT_EQ(pool.stats().pooled_bytes, 0u);
  void* const other = take(2 * kLarge);  // It is in use.
  EXPECT_NE(other, block);
  memory.release(block, kLarge);
  EXPECT_EQ(pool.stats().pooled_bytes, 2 * kLarge);
  EXPECT_EQ(take(2 * kLarge), block);  // It is of its own class still.
  memory.release(block, 2 * kLarge);
  constexpr size_t kLessThanHalf = kLarge - kLarge / 8;
  void* const small = take(kLessThanHalf);
  EXPECT_NE(small, block);
  memory.release(small, kLessThanHalf);
  memory.release(other, 2 * kLarge);
  pool.trim();
  EXPECT_EQ(pool.stats().live_bytes, 0u);
  EXPECT_EQ(raw.bytes(), 0u);
}

TEST_F(PoolTest, FiguresAddUp) {
  void* a = take(1024);
  void* b = take(2048);
  memory.release(a, 1024);
  MemoryStats stats = pool.stats();
  EXPECT_EQ(stats.live_bytes, 2048u);
  EXPECT_EQ(stats.pooled_bytes, 1024u);
  EXPECT_EQ(stats.peak_bytes, 3072u);
  EXPECT_EQ(raw.bytes(), 3072u);

  EXPECT_EQ(pool.trim(), 1024u);
  pool.reset_peak();
  stats = pool.stats();
  EXPECT_EQ(stats.pooled_bytes, 0u);
  EXPECT_EQ(stats.peak_bytes, 2048u);
  EXPECT_EQ(raw.bytes(), 2048u);
  memory.release(b, 2048);
}

TEST_F(PoolTest, CeilingRefusesWhatDoesNotFitAndPooledBlocksMakeRoom) {
  pool.set_ceiling(4096);
  void* a = take(2048);
  void* b = take(2048);
  const Result<void*> refused = memory.allocate(1);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.status().error().code, Code::kOutOfMemory);
  EXPECT_NE(refused.status().error().message.find("4096"), std::string::npos);

  memory.release(a, 2048);
  void* c = take(1024);  // Another class: the pooled block must go first.
  EXPECT_LE(raw.bytes(), 4096u);
  memory.release(b, 2048);
  pool.set_ceiling(1024);  // Below what is held: what is kept for reuse goes at once.
  EXPECT_EQ(raw.bytes(), 1024u);
  EXPECT_FALSE(memory.allocate(64).ok());
  pool.set_ceiling(0);
  memory.release(take(1 << 20), 1 << 20);
  memory.release(c, 1024);
}

TEST_F(PoolTest, WhatIsReleasedOverALoweredCeilingIsNotHandedOutAgain) {
  void* a = take(2048);
  void* b = take(2048);
  pool.set_ceiling(1024);
  memory.release(a, 2048);
  EXPECT_EQ(raw.bytes(), 2048u);
  const Result<void*> refused = memory.allocate(2048);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.status().error().code, Code::kOutOfMemory);
  memory.release(b, 2048);
  EXPECT_EQ(raw.bytes(), 0u);
  memory.release(take(1024), 1024);  // Below the ceiling blocks are kept as always.
  EXPECT_EQ(raw.bytes(), 1024u);
}

TEST_F(PoolTest, DeviceThatIsFullGetsPooledBlocksBackBeforeTheCallFails) {
  raw.set_capacity(4096);
  memory.release(take(4096), 4096);
  void* block = take(2048);
  const Result<void*> refused = memory.allocate(4096);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.status().error().code, Code::kOutOfMemory);
  memory.release(block, 2048);
}

TEST_F(PoolTest, SizesThatNoMachineHasAreRefused) {
  for (const size_t size : {SIZE_MAX, SIZE_MAX / 2, size_t{1} << 60}) {
    const Result<void*> refused = memory.allocate(size);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.status().error().code, Code::kOutOfMemory);
  }
  EXPECT_EQ(pool.stats().live_bytes, 0u);
}

TEST_F(PoolTest, IdleMemoryOfChangingSizesIsBounded) {
  // Every size is used once and never again, as by a program whose inputs keep growing.
  const size_t block = size_t{8} << 20;
  for (int i = 0; i < 100; ++i) {
    const size_t size = block + static_cast<size_t>(i) * (block / 4);
    memory.release(take(size), size);
    const MemoryStats stats = pool.stats();
    EXPECT_LE(stats.live_bytes + stats.pooled_bytes,
              2 * (size + size / 4) + MemoryPool::kSlackBytes);
    EXPECT_EQ(raw.bytes(), stats.live_bytes + stats.pooled_bytes);
  }
}

TEST_F(PoolTest, SurplusGoesBackLeastRecentlyUsedFirst) {
  const size_t hot = size_t{16} << 20;
  void* hot_block = take(hot);
  memory.release(hot_block, hot);
  for (size_t size = size_t{17} << 20; size < (size_t{60} << 20); size += size_t{4} << 20) {
    memory.release(take(size), size);
    EXPECT_EQ(take(hot), hot_block);
    memory.release(hot_block, hot);
  }
}

TEST_F(PoolTest, RepeatedWorkIsServedFromThePool) {
  const std::vector<size_t> sizes = {10 << 20, 3 << 20, 40 << 10, 7 << 20, 1 << 20, 100};
  std::vector<void*> blocks;
  const auto run = [&] {
    for (const size_t size : sizes) blocks.push_back(take(size));
    for (size_t i = 0; i < sizes.size(); ++i) memory.release(blocks[i], sizes[i]);
    blocks.clear();
  };
  run();
  const int fresh = raw.allocations();
  for (int i = 0; i < 3000; ++i) run();
  EXPECT_EQ(raw.allocations(), fresh);
}

TEST_F(PoolTest, SpikeIsForgottenAfterAWhileOfSmallerWork) {
  const size_t spike = size_t{64} << 20;
  std::vector<void*> blocks;
  for (int i = 0; i < 8; ++i) blocks.push_back(take(spike));
  for (void* block : blocks) memory.release(block, spike);
  EXPECT_EQ(raw.bytes(), 8 * spike);
  for (int i = 0; i < 3 * 4096; ++i) memory.release(take(4096), 4096);
  EXPECT_LE(raw.bytes(), MemoryPool::kSlackBytes + (1 << 20));
}

TEST_F(PoolTest, ServesSeveralThreads) {
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&, thread] {
      std::mt19937 random(thread);
      struct Held {
        unsigned char* data;
        size_t size;
      };
      std::vector<Held> held;
      for (int i = 0; i < 3000; ++i) {
        if (held.size() < 20 && random() % 2 == 0) {
          const size_t size = 1 + random() % 5000;
          auto* data = static_cast<unsigned char*>(memory.allocate(size).value());
          // A block that two threads got would show the other one's mark.
          std::memset(data, thread, size);
          held.push_back({data, size});
        } else if (!held.empty()) {
          const Held block = held.back();
          held.pop_back();
          EXPECT_EQ(block.data[0], thread);
          EXPECT_EQ(block.data[block.size - 1], thread);
          memory.release(block.data, block.size);
        }
        if (i % 500 == 0) pool.trim();
      }
      for (const Held& block : held) memory.release(block.data, block.size);
    });
  }
  for (std::thread& thread : threads) thread.join();
  const MemoryStats stats = pool.stats();
  EXPECT_EQ(stats.live_bytes, 0u);
  EXPECT_EQ(stats.pooled_bytes, raw.bytes());
}

}  // namespace
}  // namespace tfjs_native
