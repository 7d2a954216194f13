#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "tensor/buffer.h"

namespace tfjs_native {

/// Figures of a pool, in bytes.
struct MemoryStats {
  size_t live_bytes = 0;     // Handed out, by the size of the blocks.
  size_t pooled_bytes = 0;   // Kept for reuse.
  size_t peak_bytes = 0;     // Highest sum of both since start or reset_peak().
  size_t ceiling_bytes = 0;  // 0: none.
};

/// Recycles a device's memory blocks by size class: four classes to a power of two, so that a
/// block is at most a quarter larger than asked for. Where a large one is asked for and none of its
/// class is free, one that is up to twice as large stands in: fresh memory costs the system more
/// than most kernels take to fill it. Any thread.
///
/// What is kept for reuse is bounded: live and pooled bytes together stay below twice the need of
/// the last few thousand allocations (their highest live bytes) and kSlackBytes. The surplus goes
/// back to the device, least recently used sizes first.
///
/// A device's streams may each have memory of their own, in their own order. So blocks are kept in
/// lanes, one for each source, and never change lanes; figures, ceiling and trim() are those of all
/// lanes together.
class MemoryPool {
 public:
  MemoryPool() = default;
  MemoryPool(const MemoryPool&) = delete;
  MemoryPool& operator=(const MemoryPool&) = delete;
  ~MemoryPool() { trim(); }

  /// Memory from `raw`, recycled. Lives as long as the pool; `raw` must outlive both. Its
  /// allocate() gives OUT_OF_MEMORY for what does not fit under the ceiling.
  MemorySource& lane(MemorySource& raw);

  static constexpr size_t kSlackBytes = size_t{64} << 20;

  /// Live and pooled bytes never grow over the ceiling; where more is live already, what is
  /// released goes back to the device until they are below it. 0 lifts it.
  void set_ceiling(size_t ceiling_bytes);
  /// Gives everything kept for reuse back to the device; returns its bytes.
  size_t trim();
  MemoryStats stats() const;
  void reset_peak();

 private:
  static constexpr size_t kClassCount = size_t{4} * 48;

  /// A block that is handed out, and the class that it is of.
  struct Block {
    void* data;  // Null: there is none.
    size_t size_class;
  };

  /// The blocks of one size that a lane keeps for reuse.
  struct FreeList {
    std::vector<void*> blocks;
    uint64_t used_at = 0;  // Of clock_.
  };

  class Lane : public MemorySource {
   public:
    Lane(MemoryPool& pool, MemorySource& raw) : pool_(pool), raw_(raw) {}
    Result<void*> allocate(size_t size_bytes) override { return pool_.allocate(*this, size_bytes); }
    void release(void* data, size_t size_bytes) override { pool_.release(*this, data, size_bytes); }

   private:
    friend class MemoryPool;
    MemoryPool& pool_;
    MemorySource& raw_;
    std::array<FreeList, kClassCount> free_;
    std::unordered_map<void*, size_t> stand_ins_;  // Handed out for smaller ones; their classes.
  };

  static size_t class_of(size_t size_bytes);
  static size_t class_bytes(size_t size_class);
  Result<void*> allocate(Lane& lane, size_t size_bytes);
  void release(Lane& lane, void* data, size_t size_bytes);
  void* take_pooled_locked(Lane& lane, size_t size_class);
  Block take_fitting_locked(Lane& lane, size_t size_class);
  static size_t class_of_released(Lane& lane, void* data, size_t size_bytes);
  size_t trim_locked();
  void count_need_locked();
  void free_surplus_locked();

  mutable std::mutex mutex_;  // Guards everything below, the lanes' lists included.
  std::vector<std::unique_ptr<Lane>> lanes_;
  MemoryStats stats_;
  uint64_t clock_ = 0;  // Counts allocations.
  // Highest live bytes in this window of allocations and in the one before it.
  size_t need_bytes_ = 0;
  size_t previous_need_bytes_ = 0;
};

}  // namespace tfjs_native
