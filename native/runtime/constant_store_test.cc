#include "runtime/constant_store.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cstring>
#include <latch>
#include <set>
#include <thread>
#include <vector>

#include "runtime/testing/counting_memory.h"

namespace tfjs_native {
namespace {

constexpr size_t kBytes = ConstantStore::kLeastBytes;

struct ConstantStoreTest : testing::Test {
  CountingMemory memory;
  ConstantStore store;

  Ref<Buffer> buffer(char value, size_t size_bytes = kBytes) {
    auto made = make_ref<Buffer>(memory, size_bytes);
    EXPECT_TRUE(made->allocate().ok());
    if (size_bytes > 0) std::memset(made->data(), value, size_bytes);
    return made;
  }
};

TEST_F(ConstantStoreTest, EqualContentsComeToOneBuffer) {
  const Ref<Buffer> first = buffer('a');
  const Ref<Buffer> second = buffer('a');
  EXPECT_EQ(store.share(first).get(), first.get());
  EXPECT_EQ(store.share(second).get(), first.get());
  EXPECT_EQ(store.share(first).get(), first.get());
  EXPECT_EQ(store.size(), 1u);
}

TEST_F(ConstantStoreTest, OtherContentsAndSizesStayApart) {
  const Ref<Buffer> first = buffer(0);
  const Ref<Buffer> longer = buffer(0, kBytes + 4);
  const Ref<Buffer> other = buffer(0);
  static_cast<char*>(other->data())[kBytes - 1] = 1;
  for (const auto& each : {first, longer, other}) EXPECT_EQ(store.share(each).get(), each.get());
  EXPECT_EQ(store.size(), 3u);
}

TEST_F(ConstantStoreTest, ContentsOfOneNumberAreCompared) {
  ConstantStore colliding([](const void*, size_t) { return uint64_t{7}; });
  const std::vector<Ref<Buffer>> kept = {buffer('a'), buffer('b'), buffer('b', kBytes + 1)};
  for (const auto& each : kept) EXPECT_EQ(colliding.share(each).get(), each.get());
  EXPECT_EQ(colliding.share(buffer('b')).get(), kept[1].get());
  EXPECT_EQ(colliding.share(buffer('b', kBytes + 1)).get(), kept[2].get());
  EXPECT_EQ(colliding.share(buffer('a')).get(), kept[0].get());
  EXPECT_EQ(colliding.size(), 3u);
}

TEST_F(ConstantStoreTest, SmallUnwrittenAndPoisonedOnesAreLeftAlone) {
  const Ref<Buffer> unwritten = make_ref<Buffer>(memory, kBytes);
  const Ref<Buffer> poisoned = buffer('a');
  poisoned->poison(Status(Code::kInternal, "broken"));
  for (const auto& each : {buffer('a', kBytes - 1), buffer('a', 0), unwritten, poisoned}) {
    EXPECT_EQ(store.share(each).get(), each.get());
  }
  EXPECT_EQ(store.size(), 0u);
}

TEST_F(ConstantStoreTest, WhatNobodyUsesIsFreedAtOnceAndForgotten) {
  Ref<Buffer> first = buffer('a');
  Ref<Buffer> second = store.share(first);
  first = {};
  EXPECT_EQ(memory.bytes(), kBytes);
  EXPECT_EQ(store.size(), 1u);
  second = {};
  EXPECT_EQ(memory.bytes(), 0u);
  EXPECT_EQ(store.size(), 0u);
  const Ref<Buffer> third = buffer('a');
  EXPECT_EQ(store.share(third).get(), third.get());
}

TEST_F(ConstantStoreTest, WhatIsExchangedMayGoFirst) {
  const Ref<Buffer> first = store.share(buffer('a'));
  Ref<Buffer> second = buffer('a');
  EXPECT_EQ(store.share(second).get(), first.get());
  second = {};
  EXPECT_EQ(store.share(buffer('a')).get(), first.get());
  EXPECT_EQ(memory.bytes(), kBytes);
}

TEST_F(ConstantStoreTest, EachBufferIsReadOnce) {
  static std::atomic<int> hashed;
  hashed = 0;
  ConstantStore counting([](const void*, size_t) {
    ++hashed;
    return uint64_t{7};
  });
  const Ref<Buffer> first = buffer('a');
  for (int i = 0; i < 3; ++i) counting.share(first);
  EXPECT_EQ(hashed, 1);
}

TEST_F(ConstantStoreTest, BuffersMayOutliveIt) {
  auto gone = std::make_unique<ConstantStore>();
  const Ref<Buffer> kept = gone->share(buffer('a'));
  gone.reset();
  EXPECT_EQ(static_cast<const char*>(kept->data())[0], 'a');
}

TEST_F(ConstantStoreTest, ThreadsThatShareAtOnceComeToOneBuffer) {
  constexpr int kThreads = 4;
  constexpr int kContents = 8;
  std::vector<std::vector<Ref<Buffer>>> shared(kThreads);
  std::latch begin(kThreads);
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] {
      begin.arrive_and_wait();
      for (int j = 0; j < kContents; ++j) {
        shared[i].push_back(store.share(buffer(static_cast<char>(j))));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(store.size(), size_t{kContents});
  EXPECT_EQ(memory.bytes(), kContents * kBytes);
  for (int j = 0; j < kContents; ++j) {
    std::set<Buffer*> distinct;
    for (int i = 0; i < kThreads; ++i) distinct.insert(shared[i][j].get());
    EXPECT_EQ(distinct.size(), 1u);
    EXPECT_EQ(static_cast<const char*>((*distinct.begin())->data())[kBytes - 1], j);
  }
}

TEST_F(ConstantStoreTest, ThreadsMayShareWhatOthersLetGo) {
  // All have one number, so that each looks at what others are about to free.
  ConstantStore colliding([](const void*, size_t) { return uint64_t{7}; });
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      for (int j = 0; j < 500; ++j) {
        const char value = static_cast<char>((i + j) % 3);
        const Ref<Buffer> shared = colliding.share(buffer(value));
        ASSERT_EQ(static_cast<const char*>(shared->data())[j], value);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(colliding.size(), 0u);
  EXPECT_EQ(memory.bytes(), 0u);
}

TEST_F(ConstantStoreTest, OfADeferredOneATwinStandsForOthers) {
  const Ref<Buffer> plain = buffer('a');
  const Ref<Buffer> deferred = Buffer::deferred(*plain, [](void* data) -> Status {
    std::memset(data, 'a', kBytes);
    return {};
  });
  store.add(deferred, *plain);
  const Ref<Buffer> shared = store.share(buffer('a'));
  EXPECT_NE(shared.get(), deferred.get());
  EXPECT_TRUE(shared->is_twin_of(*deferred));
  EXPECT_EQ(store.share(shared).get(), shared.get());
  EXPECT_EQ(store.share(deferred).get(), deferred.get());
  const Ref<Buffer> twin = deferred->twin();
  EXPECT_EQ(store.share(twin).get(), twin.get());
  const Ref<Buffer> other = buffer('b');
  EXPECT_EQ(store.share(other).get(), other.get());
  // Nothing of that needed its contents.
  for (const auto& each : {deferred, shared, twin}) EXPECT_TRUE(each->is_deferred());
}

}  // namespace
}  // namespace tfjs_native
