#include "runtime/memory_pool.h"

#include <algorithm>
#include <bit>

namespace tfjs_native {
namespace {

// The smallest class; also keeps distinct buffers on distinct cache lines.
constexpr size_t kMinShift = 6;

// Where blocks are large: the memory of smaller ones is the heap's.
constexpr size_t kLargeBytes = size_t{128} << 10;

// How many classes above its own a large block may come from: twice the size.
constexpr size_t kStandInClasses = 4;

// Allocations after which the need is measured anew: dozens of runs of a model.
constexpr uint64_t kWindow = 4096;

}  // namespace

size_t MemoryPool::class_of(size_t size_bytes) {
  if (size_bytes <= (size_t{1} << kMinShift)) return 0;
  const size_t shift = std::bit_width(size_bytes - 1) - 1;  // 2^shift < size_bytes <= 2^(shift+1)
  const size_t quarter = ((size_bytes - 1) >> (shift - 2)) & 3;
  return (shift - kMinShift) * 4 + quarter + 1;
}

size_t MemoryPool::class_bytes(size_t size_class) {
  if (size_class == 0) return size_t{1} << kMinShift;
  const size_t shift = (size_class - 1) / 4 + kMinShift;
  const size_t quarter = (size_class - 1) % 4;
  return (size_t{1} << shift) + (quarter + 1) * (size_t{1} << (shift - 2));
}

MemorySource& MemoryPool::lane(MemorySource& raw) {
  std::lock_guard<std::mutex> lock(mutex_);
  for (const auto& lane : lanes_) {
    if (&lane->raw_ == &raw) return *lane;
  }
  lanes_.push_back(std::make_unique<Lane>(*this, raw));
  return *lanes_.back();
}

void* MemoryPool::take_pooled_locked(Lane& lane, size_t size_class) {
  FreeList& list = lane.free_[size_class];
  if (list.blocks.empty()) return nullptr;
  void* data = list.blocks.back();
  list.blocks.pop_back();
  stats_.pooled_bytes -= class_bytes(size_class);
  return data;
}

MemoryPool::Block MemoryPool::take_fitting_locked(Lane& lane, size_t size_class) {
  if (void* const own = take_pooled_locked(lane, size_class)) return {own, size_class};
  if (class_bytes(size_class) < kLargeBytes) return {nullptr, size_class};
  const size_t largest = std::min(size_class + kStandInClasses, kClassCount - 1);
  for (size_t larger = size_class + 1; larger <= largest; ++larger) {
    void* const data = take_pooled_locked(lane, larger);
    if (data == nullptr) continue;
    lane.free_[larger].used_at = clock_;
    lane.stand_ins_.emplace(data, larger);
    return {data, larger};
  }
  return {nullptr, size_class};
}

/// Of a block that was handed out for that size.
size_t MemoryPool::class_of_released(Lane& lane, void* data, size_t size_bytes) {
  if (lane.stand_ins_.empty()) return class_of(size_bytes);
  const auto found = lane.stand_ins_.find(data);
  if (found == lane.stand_ins_.end()) return class_of(size_bytes);
  const size_t size_class = found->second;
  lane.stand_ins_.erase(found);
  return size_class;
}

Result<void*> MemoryPool::allocate(Lane& lane, size_t size_bytes) {
  const size_t size_class = class_of(size_bytes);
  if (size_class >= kClassCount) {
    return make_status(Code::kOutOfMemory, "%zu bytes are more than can be addressed", size_bytes);
  }
  std::lock_guard<std::mutex> lock(mutex_);
  lane.free_[size_class].used_at = clock_;
  Block block = take_fitting_locked(lane, size_class);
  const size_t block_bytes = class_bytes(block.size_class);
  if (block.data == nullptr) {
    const auto over_ceiling = [&] {
      return stats_.ceiling_bytes != 0 &&
             stats_.live_bytes + stats_.pooled_bytes + block_bytes > stats_.ceiling_bytes;
    };
    if (over_ceiling()) trim_locked();
    if (over_ceiling()) {
      return make_status(Code::kOutOfMemory,
                         "%zu bytes asked for, %zu in use, and the ceiling is %zu bytes",
                         size_bytes, stats_.live_bytes, stats_.ceiling_bytes);
    }
    Result<void*> fresh = lane.raw_.allocate(block_bytes);
    if (!fresh.ok() && trim_locked() > 0) fresh = lane.raw_.allocate(block_bytes);
    if (!fresh.ok()) return fresh.status();
    block.data = fresh.value();
  }
  stats_.live_bytes += block_bytes;
  count_need_locked();
  stats_.peak_bytes = std::max(stats_.peak_bytes, stats_.live_bytes + stats_.pooled_bytes);
  return block.data;
}

void MemoryPool::release(Lane& lane, void* data, size_t size_bytes) {
  std::lock_guard<std::mutex> lock(mutex_);
  const size_t size_class = class_of_released(lane, data, size_bytes);
  stats_.live_bytes -= class_bytes(size_class);
  stats_.pooled_bytes += class_bytes(size_class);
  lane.free_[size_class].blocks.push_back(data);
  free_surplus_locked();
}

void MemoryPool::count_need_locked() {
  if (++clock_ % kWindow == 0) {
    previous_need_bytes_ = need_bytes_;
    need_bytes_ = 0;
  }
  need_bytes_ = std::max(need_bytes_, stats_.live_bytes);
}

void MemoryPool::free_surplus_locked() {
  size_t limit = 2 * std::max(need_bytes_, previous_need_bytes_) + kSlackBytes;
  // Matters where the ceiling was set below what was live then.
  if (stats_.ceiling_bytes != 0) limit = std::min(limit, stats_.ceiling_bytes);
  const auto is_surplus = [&] {
    return stats_.pooled_bytes > 0 && stats_.live_bytes + stats_.pooled_bytes > limit;
  };
  while (is_surplus()) {
    Lane* oldest_lane = nullptr;
    size_t oldest = 0;
    for (const auto& lane : lanes_) {
      for (size_t size_class = 0; size_class < kClassCount; ++size_class) {
        const FreeList& list = lane->free_[size_class];
        if (list.blocks.empty()) continue;
        if (oldest_lane == nullptr || list.used_at < oldest_lane->free_[oldest].used_at) {
          oldest_lane = lane.get();
          oldest = size_class;
        }
      }
    }
    while (is_surplus() && !oldest_lane->free_[oldest].blocks.empty()) {
      oldest_lane->raw_.release(take_pooled_locked(*oldest_lane, oldest), class_bytes(oldest));
    }
  }
}

void MemoryPool::set_ceiling(size_t ceiling_bytes) {
  std::lock_guard<std::mutex> lock(mutex_);
  stats_.ceiling_bytes = ceiling_bytes;
  if (ceiling_bytes != 0 && stats_.live_bytes + stats_.pooled_bytes > ceiling_bytes) trim_locked();
}

size_t MemoryPool::trim() {
  std::lock_guard<std::mutex> lock(mutex_);
  return trim_locked();
}

size_t MemoryPool::trim_locked() {
  size_t freed = 0;
  for (const auto& lane : lanes_) {
    for (size_t size_class = 0; size_class < kClassCount; ++size_class) {
      for (void* data : lane->free_[size_class].blocks) {
        lane->raw_.release(data, class_bytes(size_class));
        freed += class_bytes(size_class);
      }
      lane->free_[size_class].blocks.clear();
    }
  }
  stats_.pooled_bytes -= freed;
  return freed;
}

MemoryStats MemoryPool::stats() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return stats_;
}

void MemoryPool::reset_peak() {
  std::lock_guard<std::mutex> lock(mutex_);
  stats_.peak_bytes = stats_.live_bytes + stats_.pooled_bytes;
}

}  // namespace tfjs_native
