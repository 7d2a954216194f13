#pragma once

#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "runtime/constant_store.h"
#include "runtime/session.h"

namespace tfjs_native {

/// The live tensors of one session by small integers, which JavaScript's cells hold. A slot that
/// was freed gets a new generation, so that a late finalizer cannot free its successor.
///
/// A slot whose tensor was disposed of stays its cell's, vacant, for another tensor.
///
/// Each slot counts for the bytes of its tensor, but those that exchange() has brought into one
/// buffer count for that buffer together.
class Slots {
 public:
  /// What identifies one life of a slot; never 0.
  using Key = uint64_t;

  /// `elements` is what JavaScript may read, of `size_bytes` that the value has.
  uint32_t add(Value value, DType dtype, int64_t elements, size_t size_bytes);

  struct Slot {
    Value value;
    DType dtype = DType::kFloat32;
    int64_t elements = 0;  // What JavaScript may read: as many as were written.
    size_t size_bytes = 0;
    uint32_t generation = 1;
    bool live = false;
    bool vacant = false;
    bool is_exchanged = false;  // Counts for its buffer, with others.
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

  /// Frees the slot, vacant or live, if it still is in the life that `key` names; the bytes that
  /// count no more.
  size_t remove(Key key);
  /// Lets the tensor of a live slot go, but not the slot; the bytes that count no more.
  size_t vacate(uint32_t index);
  /// Gives a vacant slot a tensor, as add() does a new one. False where it is not vacant.
  bool fill(double index, Value value, DType dtype, int64_t elements, size_t size_bytes);

  /// What lies in a buffer that another one of the same content stands for lies in that from now
  /// on; where that is in the buffer stays. By how many bytes all slots count for more.
  int64_t exchange(std::span<const BufferExchange> exchanges);
  /// Whether another live slot lies in the buffer of this one, which is live.
  bool is_shared(uint32_t index) const;
  /// Gives a live slot another value of the same size, in a buffer of its own. By how many bytes
  /// all slots count for more.
  int64_t replace(uint32_t index, Value value);

  void clear() {
    for (uint32_t i = 0; i < slots_.size(); ++i) remove(key(i));
  }
  size_t live_count() const { return live_count_; }

 private:
  void put(Slot& slot, Value value, DType dtype, int64_t elements, size_t size_bytes);
  int64_t join(Slot& slot);
  size_t leave(Slot& slot);

  std::vector<Slot> slots_;
  std::vector<uint32_t> free_;
  size_t live_count_ = 0;
  std::unordered_map<const Buffer*, size_t> exchanged_;  // How many slots count for each together.
};

}  // namespace tfjs_native
