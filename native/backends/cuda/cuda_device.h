// backends/cuda/: kernels of cuBLASLt, cuDNN and our own for NVIDIA GPUs. A shared library of its
// own, which binding/ opens at run time.
// May include: device/, math/, tensor/, base/ (code without state: the library has copies), CUDA.
// Threads: kernels run on the thread that drains a stream; the GPU works behind it.
#pragma once

#include <cublasLt.h>
#include <cudnn_graph.h>

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "backends/cuda/stream_state.h"
#include "device/device.h"

namespace tfjs_native::cuda {

/// The GPU that CUDA numbers 0 (CUDA_VISIBLE_DEVICES chooses which one that is).
class CudaDevice : public Device {
 public:
  /// UNSUPPORTED with the exact reason when the driver or the GPU cannot be used. Creates no
  /// context: that costs time and memory, and happens when the first stream is made.
  static Result<Device*> open();

  const std::string& name() const override { return name_; }
  std::string description() const override { return description_; }
  std::span<const Kernel> kernels() const override;
  bool is_host() const override { return false; }
  Result<std::unique_ptr<DeviceStream>> create_stream() override;

  /// For heuristics and products; created on first use. cuBLASLt lets threads share it.
  Result<cublasLtHandle_t> blas();

  /// Calls `body(handle)` with a cuDNN handle for building plans, which one thread at a time uses.
  template <typename Body>
  auto with_planning_cudnn(Body body) -> decltype(body(cudnnHandle_t())) {
    std::lock_guard<std::mutex> lock(mutex_);
    if (planning_cudnn_ == nullptr) TFJS_RETURN_IF_ERROR(create_planning_cudnn_locked());
    return body(planning_cudnn_);
  }

 private:
  friend class CudaStream;

  explicit CudaDevice(std::string description) : description_(std::move(description)) {}
  Status create_planning_cudnn_locked();
  void recycle(std::unique_ptr<StreamState> state);

  const std::string name_ = "cuda";
  const std::string description_;
  std::mutex mutex_;  // Guards everything below.
  cublasLtHandle_t blas_ = nullptr;
  cudnnHandle_t planning_cudnn_ = nullptr;
  std::vector<std::unique_ptr<StreamState>> idle_states_;
};

}  // namespace tfjs_native::cuda
