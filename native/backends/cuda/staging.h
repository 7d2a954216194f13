#pragma once

#include <cuda_runtime_api.h>

#include <cstddef>
#include <deque>
#include <mutex>

#include "base/status.h"

namespace tfjs_native::cuda {

/// Pinned host memory through which copies to the device go, so that the caller's memory is free
/// when upload() returns: of a copy straight from pageable memory CUDA does not promise that.
/// Any thread.
class Staging {
 public:
  explicit Staging(cudaStream_t stream) : stream_(stream) {}

  /// Enqueues a copy of `size_bytes` bytes from the host to `dst`. Waits for earlier copies only
  /// when kLimitBytes of them are still under way. OUT_OF_MEMORY when the host has no memory that
  /// can be pinned.
  Status upload(void* dst, const void* src, size_t size_bytes);

 private:
  // Large enough for a copy to run at the bus's speed, small enough to be filled while another one
  // is on its way.
  static constexpr size_t kChunkBytes = size_t{4} << 20;
  static constexpr size_t kLimitBytes = size_t{64} << 20;

  struct Chunk {
    char* data = nullptr;
    cudaEvent_t copied = nullptr;  // Recorded behind the last copy from it.
  };

  Status next_chunk_locked();
  Status new_chunk_locked();

  const cudaStream_t stream_;
  std::mutex mutex_;
  Chunk current_;
  size_t used_bytes_ = kChunkBytes;  // Of current_; full while there is none.
  std::deque<Chunk> in_flight_;      // Oldest first.
  size_t total_bytes_ = 0;
};

}  // namespace tfjs_native::cuda
