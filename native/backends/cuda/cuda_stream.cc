#include "backends/cuda/cuda_stream.h"

#include "backends/cuda/check.h"

namespace tfjs_native::cuda {
namespace {

class CudaEvent : public DeviceEvent {
 public:
  static Result<std::unique_ptr<CudaEvent>> record(cudaStream_t stream) {
    auto made = std::make_unique<CudaEvent>();
    TFJS_RETURN_IF_ERROR(
        TFJS_CUDA(cudaEventCreateWithFlags(&made->event_, cudaEventDisableTiming)));
    TFJS_RETURN_IF_ERROR(TFJS_CUDA(cudaEventRecord(made->event_, stream)));
    return made;
  }
  // CUDA keeps what is still under way.
  ~CudaEvent() override {
    if (event_ != nullptr) (void)TFJS_CUDA(cudaEventDestroy(event_));
  }
  Status wait() override { return TFJS_CUDA(cudaEventSynchronize(event_)); }

 private:
  cudaEvent_t event_ = nullptr;
};

}  // namespace

Status CudaStream::copy_from_host(void* dst, const void* src, size_t size_bytes) {
  return state_->staging().upload(dst, src, size_bytes);
}

Status CudaStream::copy_to_host(void* dst, const void* src, size_t size_bytes) {
  TFJS_RETURN_IF_ERROR(
      TFJS_CUDA(cudaMemcpyAsync(dst, src, size_bytes, cudaMemcpyDeviceToHost, handle())));
  // Not cudaStreamSynchronize: another thread may go on enqueuing, and that is not waited for.
  TFJS_ASSIGN_OR_RETURN(const auto copied, CudaEvent::record(handle()));
  return copied->wait();
}

Status CudaStream::copy_on_device(void* dst, const void* src, size_t size_bytes) {
  return TFJS_CUDA(cudaMemcpyAsync(dst, src, size_bytes, cudaMemcpyDeviceToDevice, handle()));
}

Result<std::unique_ptr<DeviceEvent>> CudaStream::record() {
  TFJS_ASSIGN_OR_RETURN(auto event, CudaEvent::record(handle()));
  return std::unique_ptr<DeviceEvent>(std::move(event));
}

Status CudaStream::synchronize() { return TFJS_CUDA(cudaStreamSynchronize(handle())); }

}  // namespace tfjs_native::cuda
