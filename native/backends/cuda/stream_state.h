#pragma once

#include <cuda_runtime_api.h>
#include <cudnn_graph.h>

#include <memory>

#include "backends/cuda/staging.h"
#include "base/status.h"
#include "tensor/buffer.h"

namespace tfjs_native::cuda {

/// Device memory in the order of one CUDA stream: an allocation is there for the work that the
/// stream is given afterwards, and a release takes effect after the work that it was given before.
/// Any thread.
class StreamMemory : public MemorySource {
 public:
  explicit StreamMemory(cudaStream_t stream) : stream_(stream) {}
  Result<void*> allocate(size_t size_bytes) override;
  void release(void* data, size_t size_bytes) override;

 private:
  const cudaStream_t stream_;
};

/// A CUDA stream and what belongs to its order. Never destroyed: buffers may outlive the session
/// that made them and give their memory back here. A session that ends leaves its state, with work
/// perhaps still under way, to the next one, whose work is queued behind it.
class StreamState {
 public:
  static Result<std::unique_ptr<StreamState>> create();

  cudaStream_t handle() const { return handle_; }
  StreamMemory& memory() { return memory_; }
  Staging& staging() { return staging_; }
  /// A second stream, created on first use, that does nothing but record captures: memory and
  /// copies stay in the order of the first one meanwhile, which the owner's thread goes on using.
  /// Only the thread that drains the stream.
  Result<cudaStream_t> recorder();
  /// cuDNN bound to one of the two streams, created on first use. Only the thread that drains.
  Result<cudnnHandle_t> cudnn(cudaStream_t stream);

 private:
  explicit StreamState(cudaStream_t handle) : handle_(handle), memory_(handle), staging_(handle) {}

  const cudaStream_t handle_;
  StreamMemory memory_;
  Staging staging_;
  cudaStream_t recorder_ = nullptr;
  cudnnHandle_t cudnn_ = nullptr;
  cudaStream_t cudnn_stream_ = nullptr;  // What cudnn_ is bound to.
};

/// While one lives some stream captures, and nobody waits for the whole device: CUDA forbids that,
/// and spoils the capture. Any thread.
class CaptureMark {
 public:
  CaptureMark();
  CaptureMark(const CaptureMark&) = delete;
  CaptureMark& operator=(const CaptureMark&) = delete;
  ~CaptureMark();
};

}  // namespace tfjs_native::cuda
