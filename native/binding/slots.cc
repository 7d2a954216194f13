#include "binding/slots.h"

#include <algorithm>
#include <unordered_set>
#include <utility>

namespace tfjs_native {

uint32_t Slots::add(Value value, DType dtype, int64_t elements, size_t size_bytes) {
  uint32_t index;
  if (free_.empty()) {
    index = static_cast<uint32_t>(slots_.size());
    slots_.emplace_back();
  } else {
    index = free_.back();
    free_.pop_back();
  }
  put(slots_[index], std::move(value), dtype, elements, size_bytes);
  return index;
}

bool Slots::fill(double index, Value value, DType dtype, int64_t elements, size_t size_bytes) {
  if (!(index >= 0 && index < static_cast<double>(slots_.size()))) return false;
  Slot& slot = slots_[static_cast<uint32_t>(index)];
  if (!slot.vacant) return false;
  put(slot, std::move(value), dtype, elements, size_bytes);
  return true;
}

void Slots::put(Slot& slot, Value value, DType dtype, int64_t elements, size_t size_bytes) {
  slot.value = std::move(value);
  slot.dtype = dtype;
  slot.elements = elements;
  slot.size_bytes = size_bytes;
  slot.live = true;
  slot.vacant = false;
  ++live_count_;
}

size_t Slots::vacate(uint32_t index) {
  Slot& slot = slots_[index];
  const size_t bytes = leave(slot);
  slot.live = false;
  slot.vacant = true;
  slot.value = Value();
  --live_count_;
  return bytes;
}

size_t Slots::remove(Key key) {
  const uint32_t index = static_cast<uint32_t>(key);
  if (index >= slots_.size() || this->key(index) != key) return 0;
  Slot& slot = slots_[index];
  if (!slot.live && !slot.vacant) return 0;
  const size_t bytes = slot.live ? vacate(index) : 0;
  slot.vacant = false;
  ++slot.generation;
  free_.push_back(index);
  return bytes;
}

int64_t Slots::exchange(std::span<const BufferExchange> exchanges) {
  std::unordered_map<const Buffer*, Ref<Buffer>> stand_ins;
  std::unordered_set<const Buffer*> targets;
  for (const BufferExchange& exchange : exchanges) {
    stand_ins.emplace(exchange.from.get(), exchange.to);
    targets.insert(exchange.to.get());
  }
  int64_t more_bytes = 0;
  for (Slot& slot : slots_) {
    if (!slot.live || !slot.value.storage.buffer) continue;
    const auto found = stand_ins.find(slot.value.storage.buffer.get());
    if (found != stand_ins.end()) {
      more_bytes -= static_cast<int64_t>(leave(slot));
      slot.value.storage.buffer = found->second;
      more_bytes += join(slot);
    } else if (!slot.is_exchanged && targets.count(slot.value.storage.buffer.get()) != 0) {
      more_bytes += join(slot) - static_cast<int64_t>(slot.size_bytes);
    }
  }
  return more_bytes;
}

bool Slots::is_shared(uint32_t index) const {
  const Slot& slot = slots_[index];
  const Buffer* const buffer = slot.value.storage.buffer.get();
  return buffer != nullptr && std::any_of(slots_.begin(), slots_.end(), [&](const Slot& other) {
           return &other != &slot && other.live && other.value.storage.buffer.get() == buffer;
         });
}

int64_t Slots::replace(uint32_t index, Value value) {
  Slot& slot = slots_[index];
  const size_t before = leave(slot);
  slot.value = std::move(value);
  return static_cast<int64_t>(slot.size_bytes) - static_cast<int64_t>(before);
}

/// The slot, which counts for nothing, counts with those in its buffer; the bytes that these count
/// for more.
int64_t Slots::join(Slot& slot) {
  const Buffer& buffer = *slot.value.storage.buffer;
  slot.is_exchanged = true;
  return exchanged_[&buffer]++ == 0 ? static_cast<int64_t>(buffer.size_bytes()) : 0;
}

/// The slot counts for nothing any more; the bytes that count no more.
size_t Slots::leave(Slot& slot) {
  if (!std::exchange(slot.is_exchanged, false)) return slot.size_bytes;
  const Buffer& buffer = *slot.value.storage.buffer;
  const auto found = exchanged_.find(&buffer);
  if (--found->second > 0) return 0;
  exchanged_.erase(found);
  return buffer.size_bytes();
}

}  // namespace tfjs_native
