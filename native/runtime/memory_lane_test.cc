#include <gtest/gtest.h>

#include "runtime/memory_pool.h"
#include "runtime/testing/counting_memory.h"

namespace tfjs_native {
namespace {

TEST(MemoryLane, KeepsBlocksWithTheSourceTheyCameFrom) {
  CountingMemory a_memory;
  CountingMemory b_memory;
  MemoryPool pool;
  MemorySource& a = pool.lane(a_memory);
  MemorySource& b = pool.lane(b_memory);
  EXPECT_EQ(&pool.lane(a_memory), &a);
  EXPECT_NE(&a, &b);

  void* const first = a.allocate(1000).value();
  a.release(first, 1000);
  void* const other = b.allocate(1000).value();
  EXPECT_TRUE(b_memory.owns(other));
  EXPECT_EQ(a.allocate(1000).value(), first);
  a.release(first, 1000);
  b.release(other, 1000);
}

TEST(MemoryLane, CountsAllLanesTogether) {
  CountingMemory a_memory;
  CountingMemory b_memory;
  MemoryPool pool;
  MemorySource& a = pool.lane(a_memory);
  MemorySource& b = pool.lane(b_memory);

  void* const kept = a.allocate(1024).value();
  void* const idle = b.allocate(1024).value();
  b.release(idle, 1024);
  EXPECT_EQ(pool.stats().live_bytes, 1024u);
  EXPECT_EQ(pool.stats().pooled_bytes, 1024u);

  // What another lane keeps for reuse makes room under the ceiling; what is in use does not.
  pool.set_ceiling(3072);
  void* const more = a.allocate(2048).value();
  EXPECT_EQ(pool.stats().pooled_bytes, 0u);
  const Result<void*> refused = b.allocate(1);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.status().error().code, Code::kOutOfMemory);

  a.release(kept, 1024);
  a.release(more, 2048);
  EXPECT_EQ(pool.trim(), 3072u);
}

}  // namespace
}  // namespace tfjs_native
