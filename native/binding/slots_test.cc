#include "binding/slots.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>

namespace tfjs_native {
namespace {

class Heap : public MemorySource {
 public:
  Result<void*> allocate(size_t size_bytes) override { return std::malloc(size_bytes); }
  void release(void* data, size_t) override { std::free(data); }
};

struct SlotsTest : testing::Test {
  Heap heap;
  Slots slots;
  uint32_t add(size_t size_bytes) {
    return slots.add({{make_ref<Buffer>(heap, size_bytes)}}, DType::kFloat32,
                     static_cast<int64_t>(size_bytes / 4), size_bytes);
  }
};

TEST_F(SlotsTest, FindsWhatLives) {
  const uint32_t a = add(8);
  const uint32_t b = add(16);
  EXPECT_NE(a, b);
  EXPECT_EQ(slots.find(a)->elements, 2);
  EXPECT_EQ(slots.find(b)->elements, 4);
  EXPECT_EQ(slots.live_count(), 2u);
  EXPECT_EQ(slots.remove(slots.key(a)), 8u);
  EXPECT_EQ(slots.find(a), nullptr);
  EXPECT_NE(slots.find(b), nullptr);
  EXPECT_EQ(slots.live_count(), 1u);
}

TEST_F(SlotsTest, AnyNumberMayBeAskedFor) {
  add(8);
  for (const double index : {-1.0, -0.5, 1.0, 1e300, -1e300, double{INFINITY}, double{NAN}}) {
    EXPECT_EQ(slots.find(index), nullptr) << index;
  }
}

TEST_F(SlotsTest, LateFinalizerDoesNotFreeTheSuccessor) {
  const uint32_t slot = add(8);
  const Slots::Key first_life = slots.key(slot);
  EXPECT_NE(first_life, 0u);
  EXPECT_EQ(slots.remove(first_life), 8u);
  const uint32_t successor = add(16);
  ASSERT_EQ(successor, slot);  // Recycled: the interesting case.
  EXPECT_NE(slots.key(successor), first_life);
  EXPECT_EQ(slots.find_life(first_life), nullptr);
  EXPECT_EQ(slots.remove(first_life), 0u);
  EXPECT_NE(slots.find(successor), nullptr);
  EXPECT_EQ(slots.find_life(slots.key(successor)), slots.find(successor));
  EXPECT_EQ(slots.remove(slots.key(successor)), 16u);
  EXPECT_EQ(slots.remove(slots.key(successor)), 0u);
}

TEST_F(SlotsTest, VacantSlotStaysItsCells) {
  const uint32_t slot = add(8);
  const Slots::Key life = slots.key(slot);
  EXPECT_FALSE(slots.fill(slot, {}, DType::kInt32, 0, 0));  // Not vacant.
  EXPECT_EQ(slots.vacate(slot), 8u);
  EXPECT_EQ(slots.find(slot), nullptr);
  EXPECT_EQ(slots.find_life(life), nullptr);
  EXPECT_EQ(slots.live_count(), 0u);
  EXPECT_NE(add(4), slot);  // Nobody else gets it.

  EXPECT_TRUE(slots.fill(slot, {{make_ref<Buffer>(heap, 16)}}, DType::kInt32, 4, 16));
  ASSERT_NE(slots.find(slot), nullptr);
  EXPECT_EQ(slots.find(slot)->dtype, DType::kInt32);
  EXPECT_EQ(slots.find(slot)->elements, 4);
  EXPECT_EQ(slots.live_count(), 2u);
  // The cell goes: so does what is in it.
  EXPECT_EQ(slots.remove(life), 16u);
  EXPECT_FALSE(slots.fill(slot, {}, DType::kInt32, 0, 0));
  EXPECT_EQ(slots.remove(life), 0u);
  EXPECT_EQ(add(4), slot);

  const Slots::Key next = slots.key(slot);
  slots.vacate(slot);
  EXPECT_EQ(slots.remove(next), 0u);  // Vacant: nothing counts.
  EXPECT_EQ(add(4), slot);
}

TEST_F(SlotsTest, OnlyVacantSlotsAreFilled) {
  const uint32_t slot = add(8);
  slots.vacate(slot);
  for (const double index : {-1.0, 1.0, 1e300, double{INFINITY}, double{NAN}}) {
    EXPECT_FALSE(slots.fill(index, {}, DType::kInt32, 0, 0)) << index;
  }
  slots.clear();
  EXPECT_FALSE(slots.fill(slot, {}, DType::kInt32, 0, 0));
}

TEST_F(SlotsTest, LetsTheBufferGoAtOnce) {
  const auto form = std::make_shared<int>(7);
  uint32_t slot;
  {
    const Ref<Buffer> buffer = make_ref<Buffer>(heap, 8);
    ASSERT_TRUE(buffer
                    ->derived("form",
                              [&]() -> Result<std::shared_ptr<const void>> {
                                return std::shared_ptr<const void>(form);
                              })
                    .ok());
    slot = slots.add({{buffer}}, DType::kInt32, 2, 8);
  }
  EXPECT_EQ(form.use_count(), 2);
  slots.remove(slots.key(slot));
  EXPECT_EQ(form.use_count(), 1);

  for (int i = 0; i < 3; ++i) add(8);
  slots.clear();
  EXPECT_EQ(slots.live_count(), 0u);
}

TEST_F(SlotsTest, ExchangeMovesAllThatLieInTheBuffer) {
  const Ref<Buffer> from = make_ref<Buffer>(heap, 64);
  const Ref<Buffer> to = make_ref<Buffer>(heap, 64);
  const uint32_t whole = slots.add({{from}}, DType::kFloat32, 16, 64);
  const uint32_t part = slots.add({{from, 32}}, DType::kFloat32, 8, 32);
  const uint32_t other = add(64);
  const Slots::Key gone = slots.key(slots.add({{from}}, DType::kFloat32, 16, 64));
  slots.remove(gone);
  const Buffer* const others = slots.find(other)->value.storage.buffer.get();

  const BufferExchange exchange{from, to};
  // Both count for the buffer once.
  EXPECT_EQ(slots.exchange({&exchange, 1}), -32);
  EXPECT_EQ(slots.find(whole)->value.storage.buffer.get(), to.get());
  EXPECT_EQ(slots.find(part)->value.storage.buffer.get(), to.get());
  EXPECT_EQ(slots.find(part)->value.storage.offset_bytes, 32u);
  EXPECT_EQ(slots.find(part)->elements, 8);
  EXPECT_EQ(slots.find(other)->value.storage.buffer.get(), others);
  EXPECT_EQ(slots.find_life(gone), nullptr);
  EXPECT_EQ(slots.exchange({&exchange, 1}), 0);
}

TEST_F(SlotsTest, WhatIsExchangedCountsOnceUntilTheLastIsFreed) {
  const Ref<Buffer> to = make_ref<Buffer>(heap, 64);
  std::vector<BufferExchange> exchanges;
  std::vector<Slots::Key> keys = {slots.key(slots.add({{to}}, DType::kFloat32, 16, 64))};
  for (int i = 0; i < 3; ++i) {
    const Ref<Buffer> from = make_ref<Buffer>(heap, 64);
    keys.push_back(slots.key(slots.add({{from}}, DType::kFloat32, 16, 64)));
    exchanges.push_back({from, to});
  }
  EXPECT_EQ(slots.exchange(std::span(exchanges).first(2)), -2 * 64);
  EXPECT_EQ(slots.exchange(std::span(exchanges).subspan(2)), -64);
  // A view that comes later counts for itself.
  const Slots::Key view = slots.key(slots.add({{to}}, DType::kFloat32, 4, 16));
  EXPECT_EQ(slots.remove(keys[0]), 0u);
  EXPECT_EQ(slots.remove(view), 16u);
  EXPECT_EQ(slots.remove(keys[2]), 0u);
  EXPECT_EQ(slots.remove(keys[1]), 0u);
  EXPECT_EQ(slots.remove(keys[3]), 64u);
}

TEST_F(SlotsTest, ReplacedOnesLieApart) {
  const Ref<Buffer> to = make_ref<Buffer>(heap, 64);
  const Ref<Buffer> from = make_ref<Buffer>(heap, 64);
  const uint32_t a = slots.add({{to}}, DType::kFloat32, 16, 64);
  const uint32_t b = slots.add({{from}}, DType::kFloat32, 16, 64);
  EXPECT_FALSE(slots.is_shared(a));
  const BufferExchange exchange{from, to};
  EXPECT_EQ(slots.exchange({&exchange, 1}), -64);
  EXPECT_TRUE(slots.is_shared(a));
  EXPECT_TRUE(slots.is_shared(b));

  const Ref<Buffer> own = make_ref<Buffer>(heap, 64);
  EXPECT_EQ(slots.replace(b, {{own}}), 64);
  EXPECT_EQ(slots.find(b)->value.storage.buffer.get(), own.get());
  EXPECT_EQ(slots.find(a)->value.storage.buffer.get(), to.get());
  EXPECT_FALSE(slots.is_shared(a));
  EXPECT_FALSE(slots.is_shared(b));
  EXPECT_EQ(slots.remove(slots.key(a)), 64u);
  EXPECT_EQ(slots.remove(slots.key(b)), 64u);
  const uint32_t absent = slots.add({}, DType::kFloat32, 0, 0);
  slots.add({}, DType::kFloat32, 0, 0);
  EXPECT_FALSE(slots.is_shared(absent));
}

TEST_F(SlotsTest, UnknownKeysFreeNothing) {
  EXPECT_EQ(slots.find_life(0), nullptr);
  EXPECT_EQ(slots.remove(0), 0u);
  EXPECT_EQ(slots.remove(~Slots::Key{0}), 0u);
}

}  // namespace
}  // namespace tfjs_native
