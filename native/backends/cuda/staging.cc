#include "backends/cuda/staging.h"

#include <algorithm>
#include <cstring>

#include "backends/cuda/check.h"

namespace tfjs_native::cuda {
namespace {

Result<bool> is_done(cudaEvent_t event) {
  const cudaError_t result = cudaEventQuery(event);
  if (result == cudaErrorNotReady) {
    (void)cudaGetLastError();  // CUDA keeps even this answer as the last error.
    return false;
  }
  TFJS_RETURN_IF_ERROR(status_of(result, "cudaEventQuery"));
  return true;
}

}  // namespace

Status Staging::upload(void* dst, const void* src, size_t size_bytes) {
  // Held for the whole copy: a chunk's event must follow every copy from the chunk.
  std::lock_guard<std::mutex> lock(mutex_);
  for (size_t done = 0; done < size_bytes;) {
    if (used_bytes_ == kChunkBytes) TFJS_RETURN_IF_ERROR(next_chunk_locked());
    const size_t part = std::min(size_bytes - done, kChunkBytes - used_bytes_);
    char* const staged = current_.data + used_bytes_;
    std::memcpy(staged, static_cast<const char*>(src) + done, part);
    TFJS_RETURN_IF_ERROR(TFJS_CUDA(cudaMemcpyAsync(static_cast<char*>(dst) + done, staged, part,
                                                   cudaMemcpyHostToDevice, stream_)));
    used_bytes_ += part;
    done += part;
  }
  return {};
}

Status Staging::next_chunk_locked() {
  if (current_.data != nullptr) {
    TFJS_RETURN_IF_ERROR(TFJS_CUDA(cudaEventRecord(current_.copied, stream_)));
    in_flight_.push_back(current_);
    current_ = Chunk();
  }
  bool is_free = false;
  if (!in_flight_.empty()) {
    TFJS_ASSIGN_OR_RETURN(is_free, is_done(in_flight_.front().copied));
  }
  if (!is_free && total_bytes_ < kLimitBytes) {
    TFJS_RETURN_IF_ERROR(new_chunk_locked());
  } else {
    TFJS_RETURN_IF_ERROR(TFJS_CUDA(cudaEventSynchronize(in_flight_.front().copied)));
    current_ = in_flight_.front();
    in_flight_.pop_front();
  }
  used_bytes_ = 0;
  return {};
}

Status Staging::new_chunk_locked() {
  Chunk made;
  TFJS_RETURN_IF_ERROR(TFJS_CUDA(cudaEventCreateWithFlags(&made.copied, cudaEventDisableTiming)));
  void* data = nullptr;
  if (Status status = TFJS_CUDA(cudaHostAlloc(&data, kChunkBytes, cudaHostAllocDefault));
      !status.ok()) {
    (void)TFJS_CUDA(cudaEventDestroy(made.copied));
    return status;
  }
  made.data = static_cast<char*>(data);
  total_bytes_ += kChunkBytes;
  current_ = made;
  return {};
}

}  // namespace tfjs_native::cuda
