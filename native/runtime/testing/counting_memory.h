#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <mutex>

#include "tensor/buffer.h"

namespace tfjs_native {

/// Unpooled host memory that knows which blocks it handed out, and can be told to run dry.
class CountingMemory : public MemorySource {
 public:
  ~CountingMemory() override { EXPECT_TRUE(blocks_.empty()) << "blocks were not given back"; }

  Result<void*> allocate(size_t size_bytes) override {
    std::lock_guard<std::mutex> lock(mutex_);
    ++allocations_;
    if (bytes_ + size_bytes > capacity_bytes_) {
      return Status(Code::kOutOfMemory, "the test's memory is full");
    }
    void* data = std::aligned_alloc(64, (size_bytes + 63) / 64 * 64);
    blocks_[data] = size_bytes;
    bytes_ += size_bytes;
    return data;
  }

  void release(void* data, size_t size_bytes) override {
    std::lock_guard<std::mutex> lock(mutex_);
    const auto block = blocks_.find(data);
    ASSERT_NE(block, blocks_.end()) << "released to a source that it did not come from";
    EXPECT_EQ(block->second, size_bytes);
    bytes_ -= block->second;
    blocks_.erase(block);
    std::free(data);
  }

  void set_capacity(size_t capacity_bytes) { capacity_bytes_ = capacity_bytes; }
  bool owns(void* data) const {
    std::lock_guard<std::mutex> lock(mutex_);
    return blocks_.count(data) == 1;
  }
  size_t bytes() const {
    std::lock_guard<std::mutex> lock(mutex_);
    return bytes_;
  }
  /// Calls of allocate() so far.
  int allocations() const {
    std::lock_guard<std::mutex> lock(mutex_);
    return allocations_;
  }

 private:
  mutable std::mutex mutex_;
  std::map<void*, size_t> blocks_;
  size_t bytes_ = 0;
  size_t capacity_bytes_ = SIZE_MAX / 2;
  int allocations_ = 0;
};

}  // namespace tfjs_native
