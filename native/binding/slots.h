#pragma once

#include <cstdint>
#include <vector>

#include "runtime/session.h"

namespace tfjs_native {

/// The live tensors of one session by small integers, which JavaScript's handles hold. A slot that
/// was freed gets a new generation, so that a late finalizer cannot free its successor.
class Slots {
 public:
  /// What identifies one life of a slot; never 0.
  using Key = uint64_t;

  /// `elements` is what JavaScript may read, of `size_bytes` that the value has.
  uint32_t add(Value value, DType dtype, int64_t elements, size_t size_bytes) {
    uint32_t index;
    if (free_.empty()) {
      index = static_cast<uint32_t>(slots_.size());
      slots_.emplace_back();
    } else {
      index = free_.back();
      free_.pop_back();
    }
    Slot& slot = slots_[index];
    slot.value = std::move(value);
    slot.dtype = dtype;
    slot.elements = elements;
    slot.size_bytes = size_bytes;
    slot.live = true;
    ++live_count_;
    return index;
  }

  struct Slot {
    Value value;
    DType dtype = DType::kFloat32;
    int64_t elements = 0;  // What JavaScript may read: as many as were written.
    size_t size_bytes = 0;
    uint32_t generation = 1;
    bool live = false;
  };

  /// Null unless the slot is live.
  const Slot* find(double index) const {
    if (!(index >= 0 && index < static_cast<double>(slots_.size()))) return nullptr;
    const Slot& slot = slots_[static_cast<uint32_t>(index)];
    return slot.live ? &slot : nullptr;
  }
  /// Null unless the slot lives the life that `key` names.
  const Slot* find_life(Key key) const {
    const Slot* slot = find(static_cast<uint32_t>(key));
    return slot != nullptr && slot->generation == static_cast<uint32_t>(key >> 32) ? slot : nullptr;
  }
  Key key(uint32_t index) const { return (uint64_t{slots_[index].generation} << 32) | index; }

  /// Frees the slot if it still lives the life that `key` names; returns the bytes let go.
  size_t remove(Key key) {
    if (find_life(key) == nullptr) return 0;
    const uint32_t index = static_cast<uint32_t>(key);
    Slot& slot = slots_[index];
    const size_t bytes = slot.size_bytes;
    slot.live = false;
    ++slot.generation;
    slot.value = Value();
    free_.push_back(index);
    --live_count_;
    return bytes;
  }

  void clear() {
    for (uint32_t i = 0; i < slots_.size(); ++i) remove(key(i));
  }
  size_t live_count() const { return live_count_; }

 private:
  std::vector<Slot> slots_;
  std::vector<uint32_t> free_;
  size_t live_count_ = 0;
};

}  // namespace tfjs_native
