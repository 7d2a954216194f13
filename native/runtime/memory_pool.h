#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <vector>

#include "tensor/buffer.h"

namespace tfjs_native {

/// Figures of a pool, in bytes.
struct MemoryStats {
  size_t live_bytes = 0;     // Handed out, by the size of the blocks.
  size_t pooled_bytes = 0;   // Kept for reuse.
  size_t peak_bytes = 0;     // Highest live_bytes + pooled_bytes since start or reset_peak().
  size_t ceiling_bytes = 0;  // 0: none.
};

/// Recycles a device's memory blocks by size class: four classes to a power of two, so that a
/// block is at most a quarter larger than asked for. Any thread.
class MemoryPool : public MemorySource {
 public:
  explicit MemoryPool(MemorySource& raw) : raw_(raw) {}
  ~MemoryPool() override { trim(); }

  Result<void*> allocate(size_t size_bytes) override;
  void release(void* data, size_t size_bytes) override;

  /// Live and pooled bytes never exceed the ceiling; what does not fit is OUT_OF_MEMORY. 0 lifts
  /// it.
  void set_ceiling(size_t ceiling_bytes);
  /// Gives everything kept for reuse back to the device; returns its bytes.
  size_t trim();
  MemoryStats stats() const;
  void reset_peak();

 private:
  static constexpr size_t kClassCount = 4 * 48;

  static size_t class_of(size_t size_bytes);
  static size_t class_bytes(size_t size_class);
  void* take_pooled_locked(size_t size_class);
  size_t trim_locked();

  MemorySource& raw_;
  mutable std::mutex mutex_;
  std::array<std::vector<void*>, kClassCount> free_;
  MemoryStats stats_;
};

}  // namespace tfjs_native
