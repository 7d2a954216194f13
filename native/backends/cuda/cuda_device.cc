#include "backends/cuda/cuda_device.h"

#include <cuda_runtime_api.h>

#include "backends/cuda/check.h"
#include "backends/cuda/cuda_stream.h"
#include "backends/cuda/kernel_list.h"

namespace tfjs_native::cuda {
namespace {

// The oldest architecture that this library is compiled for; see native/cmake/cuda.cmake.
constexpr int kOldestArchitecture = 75;

/// "13.0" of 13000.
std::string cuda_version(int number) {
  return std::to_string(number / 1000) + "." + std::to_string(number % 1000 / 10);
}

Status unsupported(const std::string& reason) { return Status(Code::kUnsupported, reason); }

/// Whether there is a driver that this library's CUDA runtime works with, and a GPU.
Status check_driver() {
  int driver = 0;
  TFJS_RETURN_IF_ERROR(TFJS_CUDA(cudaDriverGetVersion(&driver)));
  int count = 0;
  const Status counted = TFJS_CUDA(cudaGetDeviceCount(&count));
  if (!counted.ok()) {
    const std::string found =
        driver == 0 ? "no NVIDIA driver" : "a driver for CUDA up to " + cuda_version(driver);
    return unsupported(counted.error().message + "; found " + found + ", this build uses CUDA " +
                       cuda_version(CUDART_VERSION));
  }
  return count == 0 ? unsupported("the driver knows no GPU") : Status();
}

Status check_gpu(const cudaDeviceProp& gpu) {
  if (gpu.major * 10 + gpu.minor < kOldestArchitecture) {
    return make_status(Code::kUnsupported,
                       "%s has compute capability %d.%d, expected %d.%d or newer", gpu.name,
                       gpu.major, gpu.minor, kOldestArchitecture / 10, kOldestArchitecture % 10);
  }
  if (!gpu.memoryPoolsSupported) {
    return make_status(Code::kUnsupported, "%s or its driver has no stream-ordered memory",
                       gpu.name);
  }
  return {};
}

std::string describe(const cudaDeviceProp& gpu) {
  const size_t cudnn = cudnnGetVersion();
  const size_t cublas = cublasLtGetVersion();
  const auto dotted = [](size_t major, size_t minor, size_t patch) {
    return std::to_string(major) + "." + std::to_string(minor) + "." + std::to_string(patch);
  };
  return std::string(gpu.name) + ", " + std::to_string(gpu.totalGlobalMem >> 20) +
         " MiB, compute capability " + std::to_string(gpu.major) + "." + std::to_string(gpu.minor) +
         ", CUDA " + cuda_version(CUDART_VERSION) + ", cuDNN " +
         dotted(cudnn / 10000, cudnn / 100 % 100, cudnn % 100) + ", cuBLASLt " +
         dotted(cublas / 10000, cublas / 100 % 100, cublas % 100);
}

}  // namespace

Result<Device*> CudaDevice::open() {
  TFJS_RETURN_IF_ERROR(check_driver());
  cudaDeviceProp gpu{};
  TFJS_RETURN_IF_ERROR(TFJS_CUDA(cudaGetDeviceProperties(&gpu, 0)));
  TFJS_RETURN_IF_ERROR(check_gpu(gpu));
  return static_cast<Device*>(new CudaDevice(describe(gpu)));
}

std::span<const Kernel> CudaDevice::kernels() const { return cuda_kernels(); }

Result<std::unique_ptr<DeviceStream>> CudaDevice::create_stream() {
  std::unique_ptr<StreamState> state;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (!idle_states_.empty()) {
      state = std::move(idle_states_.back());
      idle_states_.pop_back();
    }
  }
  if (state == nullptr) {
    TFJS_ASSIGN_OR_RETURN(state, StreamState::create());
  }
  return std::unique_ptr<DeviceStream>(std::make_unique<CudaStream>(*this, std::move(state)));
}

void CudaDevice::recycle(std::unique_ptr<StreamState> state) {
  std::lock_guard<std::mutex> lock(mutex_);
  idle_states_.push_back(std::move(state));
}

Result<cublasLtHandle_t> CudaDevice::blas() {
  std::lock_guard<std::mutex> lock(mutex_);
  if (blas_ == nullptr) TFJS_RETURN_IF_ERROR(TFJS_CUDA(cublasLtCreate(&blas_)));
  return blas_;
}

Status CudaDevice::create_planning_cudnn_locked() {
  return TFJS_CUDA(cudnnCreate(&planning_cudnn_));
}

}  // namespace tfjs_native::cuda
