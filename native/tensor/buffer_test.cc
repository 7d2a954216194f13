#include "tensor/buffer.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <thread>
#include <vector>

namespace tfjs_native {
namespace {

class Heap : public MemorySource {
 public:
  Result<void*> allocate(size_t size_bytes) override {
    if (is_full) return Status(Code::kOutOfMemory, "full");
    ++live;
    return std::malloc(size_bytes);
  }
  void release(void* data, size_t) override {
    --live;
    std::free(data);
  }
  bool is_full = false;
  int live = 0;
};

TEST(Buffer, HasMemoryFromAllocationToItsLastReference) {
  Heap heap;
  {
    Ref<Buffer> buffer = make_ref<Buffer>(heap, 100);
    EXPECT_EQ(buffer->data(), nullptr);
    EXPECT_TRUE(buffer->allocate().ok());
    const void* data = buffer->data();
    EXPECT_NE(data, nullptr);
    EXPECT_TRUE(buffer->allocate().ok());  // Once is enough.
    EXPECT_EQ(buffer->data(), data);
    const Ref<Buffer> other = buffer;
    buffer = {};
    EXPECT_EQ(heap.live, 1);
    EXPECT_EQ(other->data(), data);
  }
  EXPECT_EQ(heap.live, 0);
}

TEST(Buffer, EmptyOneNeedsNoMemory) {
  Heap heap;
  heap.is_full = true;
  const Ref<Buffer> empty = make_ref<Buffer>(heap, 0);
  EXPECT_TRUE(empty->allocate().ok());
  EXPECT_EQ(empty->data(), nullptr);
  const Status status = make_ref<Buffer>(heap, 4)->allocate();
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code, Code::kOutOfMemory);
}

TEST(Buffer, FirstErrorIsThatOfTheFirstPoisonedInput) {
  Heap heap;
  const Ref<Buffer> fine = make_ref<Buffer>(heap, 4);
  const Ref<Buffer> bad = make_ref<Buffer>(heap, 4);
  const Ref<Buffer> worse = make_ref<Buffer>(heap, 4);
  bad->poison(Status(Code::kInternal, "bad"));
  worse->poison(Status(Code::kInternal, "worse"));
  const std::vector<Storage> all = {{fine}, {}, {bad}, {worse}};
  EXPECT_EQ(first_error(all).error().message, "bad");
  EXPECT_TRUE(first_error(std::span(all).first(2)).ok());
}

TEST(Buffer, MakesADerivedFormOnce) {
  Heap heap;
  const Ref<Buffer> buffer = make_ref<Buffer>(heap, 4);
  std::atomic<int> made{0};
  using Form = std::shared_ptr<const void>;
  const auto make = [&]() -> Result<Form> {
    ++made;
    return Form(std::make_shared<int>(7));
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      const auto form = buffer->derived("packed", make);
      EXPECT_EQ(*static_cast<const int*>(form.value().get()), 7);
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(made, 1);
  EXPECT_TRUE(buffer->derived("other", make).ok());
  EXPECT_EQ(made, 2);
}

TEST(Buffer, TriesADerivedFormAgainAfterAFailure) {
  Heap heap;
  const Ref<Buffer> buffer = make_ref<Buffer>(heap, 4);
  using Form = std::shared_ptr<const void>;
  const auto failed = buffer->derived(
      "packed", []() -> Result<Form> { return Status(Code::kOutOfMemory, "full"); });
  EXPECT_FALSE(failed.ok());
  EXPECT_TRUE(
      buffer->derived("packed", []() -> Result<Form> { return Form(std::make_shared<int>(7)); })
          .ok());
}

TEST(Buffer, DropsTheFormsThatNobodyUses) {
  Heap heap;
  const Ref<Buffer> buffer = make_ref<Buffer>(heap, 4);
  std::vector<std::string> made;
  const auto derive = [&](const char* key, Buffer::Keep keep) {
    const auto make = [&]() -> Result<Buffer::Form> {
      made.emplace_back(key);
      return Buffer::Form(std::make_shared<int>(7));
    };
    return std::move(buffer->derived(key, make, keep).value());
  };
  const Buffer::Form used = derive("used", Buffer::Keep::kWhileUsed);
  const std::weak_ptr<const void> unused = derive("unused", Buffer::Keep::kWhileUsed);
  const std::weak_ptr<const void> kept = derive("kept", Buffer::Keep::kAlways);
  const auto mark = []() -> Result<Buffer::Form> { return Buffer::Form(); };
  ASSERT_TRUE(buffer->derived("mark", mark).ok());
  buffer->drop_unused_forms();
  EXPECT_TRUE(unused.expired());
  EXPECT_FALSE(kept.expired());
  EXPECT_EQ(derive("used", Buffer::Keep::kWhileUsed), used);
  EXPECT_NE(derive("unused", Buffer::Keep::kWhileUsed), nullptr);
  EXPECT_EQ(derive("mark", Buffer::Keep::kAlways), nullptr);
  EXPECT_EQ(made, (std::vector<std::string>{"used", "unused", "kept", "unused"}));
}

TEST(Buffer, DerivedFormsDieWithIt) {
  Heap heap;
  const auto form = std::make_shared<int>(7);
  {
    const Ref<Buffer> buffer = make_ref<Buffer>(heap, 4);
    EXPECT_TRUE(buffer
                    ->derived("packed",
                              [&]() -> Result<std::shared_ptr<const void>> {
                                return std::shared_ptr<const void>(form);
                              })
                    .ok());
    EXPECT_EQ(form.use_count(), 2);
  }
  EXPECT_EQ(form.use_count(), 1);
}

TEST(Buffer, DeferredContentsAreWrittenForTheFirstWhoWantsThem) {
  Heap heap;
  const Ref<Buffer> plain = make_ref<Buffer>(heap, sizeof(int));
  std::atomic<int> written{0};
  const Ref<Buffer> deferred = Buffer::deferred(*plain, [&](void* data) -> Status {
    *static_cast<int*>(data) = 7;
    ++written;
    return {};
  });
  const Ref<Buffer> twin = deferred->twin();
  EXPECT_TRUE(twin->is_twin_of(*deferred));
  EXPECT_FALSE(plain->is_twin_of(*deferred));
  EXPECT_TRUE(deferred->is_deferred());
  EXPECT_EQ(heap.live, 0);
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] { EXPECT_EQ(*static_cast<const int*>(deferred->data()), 7); });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(written, 1);
  EXPECT_FALSE(deferred->is_deferred());
  EXPECT_TRUE(deferred->has_origin());
  EXPECT_TRUE(twin->is_deferred());
  int elsewhere = 0;
  EXPECT_TRUE(twin->write_contents(&elsewhere).ok());
  EXPECT_EQ(elsewhere, 7);
  EXPECT_EQ(heap.live, 1);
}

TEST(Buffer, DeferredContentsThatFailAreTriedAgain) {
  Heap heap;
  const Ref<Buffer> plain = make_ref<Buffer>(heap, 4);
  bool is_able = false;
  const Ref<Buffer> deferred = Buffer::deferred(
      *plain, [&](void*) { return is_able ? Status() : Status(Code::kInternal, "not now"); });
  EXPECT_EQ(deferred->error().error().message, "not now");
  EXPECT_EQ(deferred->data(), nullptr);
  EXPECT_EQ(heap.live, 0);
  is_able = true;
  heap.is_full = true;
  const std::vector<Storage> all = {{deferred}};
  EXPECT_EQ(first_error(all).error().code, Code::kOutOfMemory);
  heap.is_full = false;
  EXPECT_TRUE(first_error(all).ok());
  EXPECT_NE(deferred->data(), nullptr);
}

TEST(Buffer, TwinsShareFormsButNotWhatIsAttached) {
  Heap heap;
  const Ref<Buffer> plain = make_ref<Buffer>(heap, 4);
  int made = 0;
  const auto make = [&]() -> Result<Buffer::Form> {
    return Buffer::Form(std::make_shared<int>(++made));
  };
  const auto number = [](const Result<Buffer::Form>& form) {
    return *static_cast<const int*>(form.value().get());
  };
  EXPECT_EQ(number(plain->derived("early", make)), 1);
  const Ref<Buffer> deferred = Buffer::deferred(*plain, [](void*) { return Status(); });
  const Ref<Buffer> twin = deferred->twin();
  EXPECT_EQ(number(deferred->derived("early", make)), 1);
  EXPECT_EQ(number(twin->derived("late", make)), 2);
  EXPECT_EQ(number(deferred->derived("late", make)), 2);
  EXPECT_EQ(number(plain->derived("late", make)), 3);
  EXPECT_EQ(number(twin->attached("mark", make)), 4);
  EXPECT_EQ(number(deferred->attached("mark", make)), 5);
  EXPECT_EQ(heap.live, 0);
}

TEST(Buffer, WhatIsAttachedEndsWithItsBuffer) {
  Heap heap;
  Ref<Buffer> plain = make_ref<Buffer>(heap, 4);
  const auto mark = std::make_shared<int>(1);
  const auto make = [&]() -> Result<Buffer::Form> { return Buffer::Form(mark); };
  EXPECT_TRUE(plain->attached("mark", make).ok());
  const Ref<Buffer> deferred = Buffer::deferred(*plain, [](void*) { return Status(); });
  EXPECT_EQ(mark.use_count(), 2);
  plain = {};
  EXPECT_EQ(mark.use_count(), 1);
}

}  // namespace
}  // namespace tfjs_native
