#pragma once

#include <memory>

#include "backends/cuda/cuda_device.h"
#include "backends/cuda/stream_state.h"
#include "device/device.h"

namespace tfjs_native::cuda {

/// A session's stream: a StreamState for as long as the session lives. Everything is enqueued;
/// only copy_to_host() and synchronize() wait.
class CudaStream : public DeviceStream {
 public:
  CudaStream(CudaDevice& device, std::unique_ptr<StreamState> state)
      : device_(device), state_(std::move(state)) {}
  /// Ends a capture that is under way.
  ~CudaStream() override;

  /// What kernels of this backend get: every stream they run on is one of ours.
  static CudaStream& of(DeviceStream& stream) { return static_cast<CudaStream&>(stream); }
  CudaDevice& device() const { return device_; }
  /// Where kernels enqueue: the stream itself, or what records while a capture is under way. Only
  /// the thread that drains.
  cudaStream_t handle() const { return capture_ ? capture_->recorder : state_->handle(); }
  /// The stream itself, also during a capture: for what is done once, before any launch.
  cudaStream_t own_handle() const { return state_->handle(); }
  /// Bound to handle(). Only the thread that drains.
  Result<cudnnHandle_t> cudnn() { return state_->cudnn(handle()); }

  MemorySource& memory() override { return state_->memory(); }
  Status copy_from_host(void* dst, const void* src, size_t size_bytes) override;
  Status copy_to_host(void* dst, const void* src, size_t size_bytes) override;
  Status copy_on_device(void* dst, const void* src, size_t size_bytes) override;
  Result<std::unique_ptr<DeviceEvent>> record() override;
  Status synchronize() override;

  bool can_capture() const override { return true; }
  Status begin_capture() override;
  Result<std::unique_ptr<DeviceGraph>> end_capture() override;
  Status launch(DeviceGraph& graph) override;

 private:
  struct Capture {
    explicit Capture(cudaStream_t stream) : recorder(stream) {}
    const cudaStream_t recorder;
    const CaptureMark mark;
  };

  CudaDevice& device_;
  std::unique_ptr<StreamState> state_;
  std::unique_ptr<Capture> capture_;  // While one is under way; for the thread that drains.
};

}  // namespace tfjs_native::cuda
