#include "backends/cuda/stream_state.h"

#include "backends/cuda/check.h"

namespace tfjs_native::cuda {
namespace {

/// Waits for all work of the device, after which everything released is really free, and gives it
/// back to the device, so that it can serve any size and any stream.
Status collect_released() {
  TFJS_RETURN_IF_ERROR(TFJS_CUDA(cudaDeviceSynchronize()));
  int device = 0;
  cudaMemPool_t pool = nullptr;
  TFJS_RETURN_IF_ERROR(TFJS_CUDA(cudaGetDevice(&device)));
  TFJS_RETURN_IF_ERROR(TFJS_CUDA(cudaDeviceGetDefaultMemPool(&pool, device)));
  return TFJS_CUDA(cudaMemPoolTrimTo(pool, 0));
}

}  // namespace

Result<void*> StreamMemory::allocate(size_t size_bytes) {
  void* data = nullptr;
  Status status = TFJS_CUDA(cudaMallocAsync(&data, size_bytes, stream_));
  if (!status.ok() && status.error().code == Code::kOutOfMemory) {
    TFJS_RETURN_IF_ERROR(collect_released());
    status = TFJS_CUDA(cudaMallocAsync(&data, size_bytes, stream_));
  }
  if (status.ok()) return data;
  if (status.error().code != Code::kOutOfMemory) return status;
  return make_status(Code::kOutOfMemory, "the GPU refused %zu bytes", size_bytes);
}

void StreamMemory::release(void* data, size_t) {
  // There is nobody to tell; a lost device shows in the next call that computes or copies.
  (void)TFJS_CUDA(cudaFreeAsync(data, stream_));
}

Result<std::unique_ptr<StreamState>> StreamState::create() {
  cudaStream_t handle = nullptr;
  TFJS_RETURN_IF_ERROR(TFJS_CUDA(cudaStreamCreateWithFlags(&handle, cudaStreamNonBlocking)));
  return std::unique_ptr<StreamState>(new StreamState(handle));
}

Result<cudnnHandle_t> StreamState::cudnn() {
  if (cudnn_ == nullptr) {
    cudnnHandle_t made = nullptr;
    TFJS_RETURN_IF_ERROR(TFJS_CUDA(cudnnCreate(&made)));
    if (Status status = TFJS_CUDA(cudnnSetStream(made, handle_)); !status.ok()) {
      (void)TFJS_CUDA(cudnnDestroy(made));
      return status;
    }
    cudnn_ = made;
  }
  return cudnn_;
}

}  // namespace tfjs_native::cuda
