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

/// An executable graph. CUDA keeps one that ends under way until it is through.
class CudaGraph : public DeviceGraph {
 public:
  /// Leaves `graph` to its owner.
  static Result<std::unique_ptr<CudaGraph>> create(cudaGraph_t graph) {
    auto made = std::make_unique<CudaGraph>();
    TFJS_RETURN_IF_ERROR(TFJS_CUDA(cudaGraphInstantiate(&made->executable_, graph, 0)));
    return made;
  }
  ~CudaGraph() override {
    if (executable_ != nullptr) (void)TFJS_CUDA(cudaGraphExecDestroy(executable_));
  }
  Status launch(cudaStream_t stream) const {
    return TFJS_CUDA(cudaGraphLaunch(executable_, stream));
  }

 private:
  cudaGraphExec_t executable_ = nullptr;
};

Status capture_under_way() { return Status(Code::kInternal, "a capture is under way"); }

}  // namespace

CudaStream::~CudaStream() {
  if (capture_) (void)end_capture();
  device_.recycle(std::move(state_));
}

Status CudaStream::copy_from_host(void* dst, const void* src, size_t size_bytes) {
  return state_->staging().upload(dst, src, size_bytes);
}

Status CudaStream::copy_to_host(void* dst, const void* src, size_t size_bytes) {
  TFJS_RETURN_IF_ERROR(
      TFJS_CUDA(cudaMemcpyAsync(dst, src, size_bytes, cudaMemcpyDeviceToHost, own_handle())));
  // Not cudaStreamSynchronize: another thread may go on enqueuing, and that is not waited for.
  TFJS_ASSIGN_OR_RETURN(const auto copied, CudaEvent::record(own_handle()));
  return copied->wait();
}

Status CudaStream::copy_on_device(void* dst, const void* src, size_t size_bytes) {
  return TFJS_CUDA(cudaMemcpyAsync(dst, src, size_bytes, cudaMemcpyDeviceToDevice, handle()));
}

Result<std::unique_ptr<DeviceEvent>> CudaStream::record() {
  TFJS_ASSIGN_OR_RETURN(auto event, CudaEvent::record(own_handle()));
  return std::unique_ptr<DeviceEvent>(std::move(event));
}

Status CudaStream::synchronize() { return TFJS_CUDA(cudaStreamSynchronize(own_handle())); }

Status CudaStream::begin_capture() {
  if (capture_) return capture_under_way();
  TFJS_ASSIGN_OR_RETURN(const cudaStream_t recorder, state_->recorder());
  // Made now where there is none yet: that takes memory, and cannot be recorded.
  TFJS_RETURN_IF_ERROR(state_->cudnn(recorder).status());
  auto capture = std::make_unique<Capture>(recorder);
  // Relaxed: this thread may allocate meanwhile, in the stream's own order, and other threads know
  // nothing of the capture.
  TFJS_RETURN_IF_ERROR(TFJS_CUDA(cudaStreamBeginCapture(recorder, cudaStreamCaptureModeRelaxed)));
  capture_ = std::move(capture);
  return {};
}

Result<std::unique_ptr<DeviceGraph>> CudaStream::end_capture() {
  if (!capture_) return Status(Code::kInternal, "no capture has begun");
  cudaGraph_t graph = nullptr;
  const Status ended = TFJS_CUDA(cudaStreamEndCapture(capture_->recorder, &graph));
  capture_ = nullptr;
  TFJS_RETURN_IF_ERROR(ended);
  Result<std::unique_ptr<CudaGraph>> made = CudaGraph::create(graph);
  (void)TFJS_CUDA(cudaGraphDestroy(graph));
  if (!made.ok()) return made.status();
  return std::unique_ptr<DeviceGraph>(std::move(made.value()));
}

Status CudaStream::launch(DeviceGraph& graph) {
  if (capture_) return capture_under_way();
  return static_cast<CudaGraph&>(graph).launch(own_handle());
}

}  // namespace tfjs_native::cuda
