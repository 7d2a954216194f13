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
  ~CudaStream() override { device_.recycle(std::move(state_)); }

  /// What kernels of this backend get: every stream they run on is one of ours.
  static CudaStream& of(DeviceStream& stream) { return static_cast<CudaStream&>(stream); }
  CudaDevice& device() const { return device_; }
  cudaStream_t handle() const { return state_->handle(); }
  Result<cudnnHandle_t> cudnn() { return state_->cudnn(); }

  MemorySource& memory() override { return state_->memory(); }
  Status copy_from_host(void* dst, const void* src, size_t size_bytes) override;
  Status copy_to_host(void* dst, const void* src, size_t size_bytes) override;
  Status copy_on_device(void* dst, const void* src, size_t size_bytes) override;
  Result<std::unique_ptr<DeviceEvent>> record() override;
  Status synchronize() override;

 private:
  CudaDevice& device_;
  std::unique_ptr<StreamState> state_;
};

}  // namespace tfjs_native::cuda
