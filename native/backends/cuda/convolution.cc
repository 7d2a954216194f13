// Convolution through cuDNN, then bias and activation in one pass of our own: cuDNN can fuse them,
// but few of its engines promise that relu keeps a NaN, as tfjs's does.
#include <memory>
#include <optional>
#include <string>

#include "backends/cuda/check.h"
#include "backends/cuda/convolution_plan.h"
#include "backends/cuda/convolution_steps.h"
#include "backends/cuda/cuda_device.h"
#include "backends/cuda/cuda_stream.h"
#include "backends/cuda/kernel_list.h"
#include "ops/window_attrs.h"
#include "tensor/window.h"

namespace tfjs_native::cuda {
namespace {

// Parts of the workspace begin at multiples of this.
constexpr size_t kPartBytes = 256;

Result<Window> window_of(const Descriptor& descriptor) {
  const Shape& filter = descriptor.inputs[1].shape;
  return resolve_window(descriptor.inputs[0].shape,
                        window_spec(descriptor.attrs, {filter[0], filter[1]}));
}

/// Device memory that returns to its source with its last owner.
class DeviceBlock {
 public:
  DeviceBlock(MemorySource& memory, void* data, size_t size_bytes)
      : memory_(memory), data_(data), size_bytes_(size_bytes) {}
  DeviceBlock(const DeviceBlock&) = delete;
  DeviceBlock& operator=(const DeviceBlock&) = delete;
  ~DeviceBlock() { memory_.release(data_, size_bytes_); }
  float* floats() const { return static_cast<float*>(data_); }

 private:
  MemorySource& memory_;
  void* const data_;
  const size_t size_bytes_;
};

/// True when cuDNN's own padding, the same at both ends, gives exactly these windows.
bool fits_symmetric_padding(const WindowDim& dim) {
  const int64_t slack = dim.in + 2 * dim.pad_begin - dim.effective_filter();
  return dim.in > 0 && dim.pad_begin >= 0 && slack >= 0 && slack / dim.stride + 1 == dim.out;
}

/// The input copied into a frame that the windows cover exactly, for every other padding: 'same'
/// with an odd sum, explicit ones, and those that leave a part of the input unused.
FramedCopy frame_of(const Window& window) {
  const auto covered = [](const WindowDim& dim) {
    return (dim.out - 1) * dim.stride + dim.effective_filter();
  };
  FramedCopy copy;
  copy.planes = window.channels_first ? window.batch * window.channels : window.batch;
  copy.run = window.channels_first ? 1 : window.channels;
  copy.src_height = window.dims[0].in;
  copy.src_width = window.dims[1].in;
  copy.dst_height = covered(window.dims[0]);
  copy.dst_width = covered(window.dims[1]);
  copy.top = window.dims[0].pad_begin;
  copy.left = window.dims[1].pad_begin;
  return copy;
}

class ConvolutionKernel : public PreparedKernel {
 public:
  ConvolutionKernel(const Descriptor& descriptor, const Window& window);

  /// Chooses cuDNN's engine. UNSUPPORTED when there is none.
  Status prepare(CudaDevice& device);
  Status run(const Operands& operands, DeviceStream& stream) const override;

 private:
  Result<std::shared_ptr<const DeviceBlock>> packed_filter(const Operands& operands,
                                                           cudaStream_t stream) const;

  ConvolutionShape shape_;
  std::optional<FramedCopy> frame_;
  size_t frame_bytes_ = 0;  // The frame is the first part of the workspace, cuDNN's the second.
  size_t filter_bytes_ = 0;
  std::string filter_key_;
  bool relu_ = false;
  int64_t dst_count_ = 0;
  std::optional<ConvolutionPlan> plan_;
};

ConvolutionKernel::ConvolutionKernel(const Descriptor& descriptor, const Window& window) {
  const Shape& filter = descriptor.inputs[1].shape;
  shape_.channels_first = window.channels_first;
  shape_.batch = window.batch;
  shape_.in_channels = window.channels;
  shape_.out_channels = filter[3];
  for (size_t i = 0; i < 2; ++i) {
    const WindowDim& dim = window.dims[i];
    shape_.in[i] = dim.in;
    shape_.filter[i] = dim.filter;
    shape_.out[i] = dim.out;
    shape_.pad[i] = dim.pad_begin;
    shape_.stride[i] = dim.stride;
    shape_.dilation[i] = dim.dilation;
  }
  filter_bytes_ = descriptor.inputs[1].size_bytes();
  // A buffer's views may have other shapes, so that the shape is part of the name.
  filter_key_ = std::string("cudnn filter ") + (shape_.channels_first ? "kcrs " : "krsc ") +
                to_string(filter);
  relu_ = descriptor.attrs.text("activation") == "relu";
  dst_count_ = descriptor.outputs[0].num_elements();
  if (dst_count_ == 0) return;
  if (!fits_symmetric_padding(window.dims[0]) || !fits_symmetric_padding(window.dims[1])) {
    frame_ = frame_of(window);
    shape_.in = {frame_->dst_height, frame_->dst_width};
    shape_.pad = {0, 0};
    const size_t bytes = static_cast<size_t>(frame_->dst_count()) * sizeof(float);
    frame_bytes_ = (bytes + kPartBytes - 1) / kPartBytes * kPartBytes;
  }
}

Status ConvolutionKernel::prepare(CudaDevice& device) {
  if (dst_count_ == 0) return {};
  TFJS_ASSIGN_OR_RETURN(plan_, device.with_planning_cudnn([&](cudnnHandle_t cudnn) {
    return ConvolutionPlan::create(cudnn, shape_);
  }));
  workspace_bytes_ = frame_bytes_ + plan_->workspace_bytes();
  return {};
}

Result<std::shared_ptr<const DeviceBlock>> ConvolutionKernel::packed_filter(
    const Operands& operands, cudaStream_t stream) const {
  using Form = Result<std::shared_ptr<const void>>;
  const auto pack = [&]() -> Form {
    TFJS_ASSIGN_OR_RETURN(void* const data, operands.memory->allocate(filter_bytes_));
    auto block = std::make_shared<const DeviceBlock>(*operands.memory, data, filter_bytes_);
    TFJS_RETURN_IF_ERROR(pack_filter(operands.input<float>(1), block->floats(),
                                     shape_.filter[0] * shape_.filter[1], shape_.in_channels,
                                     shape_.out_channels, shape_.channels_first, stream));
    return std::shared_ptr<const void>(std::move(block));
  };
  Buffer* const buffer = operands.inputs[1].buffer;
  // The packed form is used in the order of the stream that it is made on: a buffer belongs to one
  // session, which has one stream.
  Form form = buffer == nullptr ? pack() : buffer->derived(filter_key_, pack);
  if (!form.ok()) return form.status();
  return std::static_pointer_cast<const DeviceBlock>(form.value());
}

Status ConvolutionKernel::run(const Operands& operands, DeviceStream& stream) const {
  if (dst_count_ == 0) return {};
  CudaStream& cuda_stream = CudaStream::of(stream);
  TFJS_ASSIGN_OR_RETURN(const cudnnHandle_t cudnn, cuda_stream.cudnn());
  TFJS_ASSIGN_OR_RETURN(const auto filter, packed_filter(operands, cuda_stream.handle()));
  const float* x = operands.input<float>(0);
  char* const workspace = static_cast<char*>(operands.workspace);
  if (frame_) {
    float* const framed = reinterpret_cast<float*>(workspace);
    TFJS_RETURN_IF_ERROR(copy_framed(*frame_, x, framed, cuda_stream.handle()));
    x = framed;
  }
  float* const y = operands.output<float>();
  TFJS_RETURN_IF_ERROR(
      plan_->run(cudnn, x, filter->floats(), y,
                 plan_->workspace_bytes() == 0 ? nullptr : workspace + frame_bytes_));
  const float* const bias = operands.inputs.size() > 2 ? operands.input<float>(2) : nullptr;
  if (bias == nullptr && !relu_) return {};
  const int64_t inner = shape_.channels_first ? shape_.out[0] * shape_.out[1] : 1;
  return finish_channels(y, bias, relu_, dst_count_, shape_.out_channels, inner,
                         cuda_stream.handle());
}

const char* accept_convolution(const Descriptor& descriptor) {
  const TensorDesc& x = descriptor.inputs[0];
  const TensorDesc& filter = descriptor.inputs[1];
  for (const TensorDesc& input : descriptor.inputs) {
    if (input.present && input.dtype != DType::kFloat32) return "only float32";
  }
  const std::string& activation = descriptor.attrs.text("activation");
  if (!activation.empty() && activation != "linear" && activation != "relu") {
    return "activation: only linear and relu";
  }
  if (x.rank() != 4 || filter.rank() != 4) return "x and filter: only rank 4";
  const Result<Window> window = window_of(descriptor);
  if (!window.ok()) return "the window does not fit";
  if (window.value().channels != filter.shape[2]) return "filter: only as many channels as x has";
  if (filter.shape[2] == 0) return "x: no channels";
  if (descriptor.inputs.size() > 2 && descriptor.inputs[2].present &&
      descriptor.inputs[2].num_elements() != filter.shape[3]) {
    return "bias: only one value for each output channel";
  }
  return nullptr;
}

Result<PreparedKernelPtr> prepare_convolution(const Descriptor& descriptor, Device& device) {
  TFJS_ASSIGN_OR_RETURN(const Window window, window_of(descriptor));
  auto kernel = std::make_shared<ConvolutionKernel>(descriptor, window);
  TFJS_RETURN_IF_ERROR(kernel->prepare(static_cast<CudaDevice&>(device)));
  return PreparedKernelPtr(std::move(kernel));
}

}  // namespace

std::span<const Kernel> convolution_kernels() {
  static const Kernel kKernels[] = {
      {"FusedConv2D", "cudnn", accept_convolution, prepare_convolution},
  };
  return kKernels;
}

}  // namespace tfjs_native::cuda
