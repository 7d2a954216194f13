#include "backends/cuda/stream_state.h"

#include <mutex>

#include "backends/cuda/check.h"

namespace tfjs_native::cuda {
namespace {

std::mutex captures_mutex;  // Guards the number; held while somebody waits for the whole device.
int captures_under_way = 0;

/// Waits for all work of the device, or of the stream while some stream captures.
Status wait_for_work(cudaStream_t stream) {
  std::lock_guard<std::mutex> lock(captures_mutex);
  if (captures_under_way > 0) return TFJS_CUDA(cudaStreamSynchronize(stream));
  return TFJS_CUDA(cudaDeviceSynchronize());
}

/// Waits until what was released is really free, and gives it back to the device, so that it can
/// serve any size and any stream.
Status collect_released(cudaStream_t stream) {
  TFJS_RETURN_IF_ERROR(wait_for_work(stream));
  int device = 0;
  cudaMemPool_t pool = nullptr;
  TFJS_RETURN_IF_ERROR(TFJS_CUDA(cudaGetDevice(&device)));
  TFJS_RETURN_IF_ERROR(TFJS_CUDA(cudaDeviceGetDefaultMemPool(&pool, device)));
  return TFJS_CUDA(cudaMemPoolTrimTo(pool, 0));
}

Result<cudaStream_t> create_stream() {
  cudaStream_t made = nullptr;
  TFJS_RETURN_IF_ERROR(TFJS_CUDA(cudaStreamCreateWithFlags(&made, cudaStreamNonBlocking)));
  return made;
}

}  // namespace

Result<void*> StreamMemory::allocate(size_t size_bytes) {
  void* data = nullptr;
  Status status = TFJS_CUDA(cudaMallocAsync(&data, size_bytes, stream_));
  if (!status.ok() && status.error().code == Code::kOutOfMemory) {
    TFJS_RETURN_IF_ERROR(collect_released(stream_));
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

CaptureMark::CaptureMark() {
  std::lock_guard<std::mutex> lock(captures_mutex);
  ++captures_under_way;
}

CaptureMark::~CaptureMark() {
  std::lock_guard<std::mutex> lock(captures_mutex);
  --captures_under_way;
}

Result<std::unique_ptr<StreamState>> StreamState::create() {
  TFJS_ASSIGN_OR_RETURN(const cudaStream_t handle, create_stream());
  return std::unique_ptr<StreamState>(new StreamState(handle));
}

Result<cudaStream_t> StreamState::recorder() {
  if (recorder_ == nullptr) {
    TFJS_ASSIGN_OR_RETURN(recorder_, create_stream());
  }
  return recorder_;
}

Result<cudnnHandle_t> StreamState::cudnn(cudaStream_t stream) {
  if (cudnn_ == nullptr) {
    cudnnHandle_t made = nullptr;
    TFJS_RETURN_IF_ERROR(TFJS_CUDA(cudnnCreate(&made)));
    cudnn_ = made;
  }
  if (cudnn_stream_ != stream) {
    TFJS_RETURN_IF_ERROR(TFJS_CUDA(cudnnSetStream(cudnn_, stream)));
    cudnn_stream_ = stream;
  }
  return cudnn_;
}

}  // namespace tfjs_native::cuda
