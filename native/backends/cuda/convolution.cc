// Convolution through cuDNN, then bias and activation in one pass of our own: cuDNN can fuse them,
// but few of its engines promise that relu keeps a NaN, as tfjs's does.
#include <memory>
#include <optional>
#include <string>

#include "backends/cuda/alignment.h"
#include "backends/cuda/check.h"
#include "backends/cuda/convolution_plan.h"
#include "backends/cuda/convolution_steps.h"
#include "backends/cuda/cuda_device.h"
#include "backends/cuda/cuda_stream.h"
#include "backends/cuda/kernel_list.h"
#include "device/form_key.h"
#include "tensor/window.h"

namespace tfjs_native::cuda {
namespace {

/// What follows the convolution: a bias for each output channel, then relu.
struct Finish {
  std::optional<size_t> bias;  // Its input.
  bool relu = false;
};

/// Nothing where the post-ops are others, or in another order.
std::optional<Finish> finish_of(const Descriptor& descriptor) {
  Finish finish;
  size_t at = 0;
  const std::vector<PostOp>& post_ops = descriptor.post_ops;
  if (at < post_ops.size()) {
    if (const auto* const bias = std::get_if<BiasPostOp>(&post_ops[at])) {
      finish.bias = bias->input;
      ++at;
    }
  }
  if (at < post_ops.size()) {
    const auto* const activation = std::get_if<ActivationPostOp>(&post_ops[at]);
    if (activation == nullptr) return std::nullopt;
    if (activation->function != Activation::kRelu && activation->function != Activation::kLinear) {
      return std::nullopt;
    }
    finish.relu = activation->function == Activation::kRelu;
    ++at;
  }
  if (at < post_ops.size()) return std::nullopt;
  return finish;
}

/// True when the bias has one value for each of `channels`, along them.
bool is_along_channels(const Shape& bias, int64_t channels, bool channels_first) {
  if (num_elements(bias) != channels) return false;
  if (channels == 1) return true;
  // Where channels come first a list goes along them all the same.
  const size_t from_end = channels_first && bias.size() > 1 ? 3 : 1;
  return bias.size() >= from_end && bias[bias.size() - from_end] == channels;
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
  ConvolutionKernel(const Descriptor& descriptor, const Window& window, const Finish& finish);

  /// Chooses cuDNN's engine. UNSUPPORTED when there is none.
  Status prepare(CudaDevice& device);
  Status run(const Operands& operands, DeviceStream& stream) const override;

 private:
  /// Memory of one run, which some other run may have as soon as this one is enqueued.
  using Owner = std::shared_ptr<const DeviceBlock>;

  /// Adds a part to the workspace and returns where it begins.
  size_t add_part(size_t size_bytes);
  Status pack(const float* filter, float* packed, cudaStream_t stream) const;
  Result<const float*> x_for_cudnn(const Operands& operands, cudaStream_t stream,
                                   Owner& owner) const;
  Result<const float*> filter_for_cudnn(const Operands& operands, const CudaStream& stream,
                                        Owner& owner) const;

  ConvolutionShape shape_;
  Finish finish_;
  std::optional<FramedCopy> frame_;
  size_t x_bytes_ = 0;
  size_t filter_bytes_ = 0;
  std::string filter_form_;
  int64_t dst_count_ = 0;
  // A run that is captured neither allocates nor leaves anything to later ones that is not computed
  // yet. So copies of x lie in the workspace, and so does a packed filter that may change.
  bool is_captured_ = false;
  bool is_filter_constant_ = false;
  std::optional<ConvolutionPlan> plan_;
  // Parts of the workspace; cuDNN's is the last.
  std::optional<size_t> x_part_;
  std::optional<size_t> filter_part_;
  size_t plan_part_ = 0;
};

ConvolutionKernel::ConvolutionKernel(const Descriptor& descriptor, const Window& window,
                                     const Finish& finish)
    : finish_(finish) {
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
  x_bytes_ = descriptor.inputs[0].size_bytes();
  filter_bytes_ = descriptor.inputs[1].size_bytes();
  // A buffer's views may have other shapes, so that the shape is part of the name.
  filter_form_ = std::string("cudnn filter ") + (shape_.channels_first ? "kcrs " : "krsc ") +
                 to_string(filter);
  dst_count_ = descriptor.outputs[0].num_elements();
  is_captured_ = descriptor.is_captured;
  is_filter_constant_ = descriptor.inputs[1].is_constant;
  if (dst_count_ == 0) return;
  if (!fits_symmetric_padding(window.dims[0]) || !fits_symmetric_padding(window.dims[1])) {
    frame_ = frame_of(window);
    shape_.in = {frame_->dst_height, frame_->dst_width};
    shape_.pad = {0, 0};
  }
}

size_t ConvolutionKernel::add_part(size_t size_bytes) {
  const size_t begin = workspace_bytes_;
  workspace_bytes_ += (size_bytes + kAlignmentBytes - 1) / kAlignmentBytes * kAlignmentBytes;
  return begin;
}

Status ConvolutionKernel::prepare(CudaDevice& device) {
  if (dst_count_ == 0) return {};
  TFJS_ASSIGN_OR_RETURN(plan_, device.with_planning_cudnn([&](cudnnHandle_t cudnn) {
    return ConvolutionPlan::create(cudnn, shape_);
  }));
  if (frame_) {
    x_part_ = add_part(static_cast<size_t>(frame_->dst_count()) * sizeof(float));
  } else if (is_captured_) {
    x_part_ = add_part(x_bytes_);
  }
  if (is_captured_ && !is_filter_constant_) filter_part_ = add_part(filter_bytes_);
  plan_part_ = add_part(plan_->workspace_bytes());
  return {};
}

Status ConvolutionKernel::pack(const float* filter, float* packed, cudaStream_t stream) const {
  return pack_filter(filter, packed, shape_.filter[0] * shape_.filter[1], shape_.in_channels,
                     shape_.out_channels, shape_.channels_first, stream);
}

float* floats_at(void* workspace, size_t part) {
  return reinterpret_cast<float*>(static_cast<char*>(workspace) + part);
}

Result<std::shared_ptr<const DeviceBlock>> allocate_block(MemorySource& memory, size_t size_bytes) {
  TFJS_ASSIGN_OR_RETURN(void* const data, memory.allocate(size_bytes));
  return std::make_shared<const DeviceBlock>(memory, data, size_bytes);
}

/// x in its frame, or, where it is a view that begins anywhere, copied to where cuDNN takes it.
Result<const float*> ConvolutionKernel::x_for_cudnn(const Operands& operands, cudaStream_t stream,
                                                    Owner& owner) const {
  const float* const x = operands.input<float>(0);
  if (frame_) {
    float* const framed = floats_at(operands.workspace, *x_part_);
    TFJS_RETURN_IF_ERROR(copy_framed(*frame_, x, framed, stream));
    return framed;
  }
  if (is_aligned(x)) return x;
  float* copy = nullptr;
  if (x_part_) {
    copy = floats_at(operands.workspace, *x_part_);
  } else {
    TFJS_ASSIGN_OR_RETURN(owner, allocate_block(*operands.memory, x_bytes_));
    copy = owner->floats();
  }
  TFJS_RETURN_IF_ERROR(
      TFJS_CUDA(cudaMemcpyAsync(copy, x, x_bytes_, cudaMemcpyDeviceToDevice, stream)));
  return copy;
}

/// The filter in cuDNN's order: kept on its buffer, or packed for this run.
Result<const float*> ConvolutionKernel::filter_for_cudnn(const Operands& operands,
                                                         const CudaStream& stream,
                                                         Owner& owner) const {
  const Operand& operand = operands.inputs[1];
  const float* const filter = operands.input<float>(1);
  if (filter_part_) {
    float* const packed = floats_at(operands.workspace, *filter_part_);
    TFJS_RETURN_IF_ERROR(pack(filter, packed, stream.handle()));
    return packed;
  }
  // In the stream's own order: what is kept must be there for every run to come, not only for those
  // of a graph that is being captured. A buffer belongs to one session, which has one stream.
  const auto make = [&]() -> Result<std::shared_ptr<const DeviceBlock>> {
    TFJS_ASSIGN_OR_RETURN(auto block, allocate_block(*operands.memory, filter_bytes_));
    TFJS_RETURN_IF_ERROR(pack(filter, block->floats(), stream.own_handle()));
    return block;
  };
  if (operand.buffer == nullptr) {
    if (is_captured_) return Status(Code::kInternal, "filter: a constant without a buffer");
    TFJS_ASSIGN_OR_RETURN(owner, make());
    return owner->floats();
  }
  const auto make_form = [&]() -> Result<std::shared_ptr<const void>> {
    TFJS_ASSIGN_OR_RETURN(auto block, make());
    return std::shared_ptr<const void>(std::move(block));
  };
  TFJS_ASSIGN_OR_RETURN(const std::shared_ptr<const void> form,
                        operand.buffer->derived(form_key(operand, filter_form_), make_form));
  return static_cast<const DeviceBlock*>(form.get())->floats();
}

Status ConvolutionKernel::run(const Operands& operands, DeviceStream& stream) const {
  if (dst_count_ == 0) return {};
  CudaStream& cuda_stream = CudaStream::of(stream);
  Owner x_owner;
  Owner filter_owner;
  TFJS_ASSIGN_OR_RETURN(const cudnnHandle_t cudnn, cuda_stream.cudnn());
  TFJS_ASSIGN_OR_RETURN(const float* const filter,
                        filter_for_cudnn(operands, cuda_stream, filter_owner));
  TFJS_ASSIGN_OR_RETURN(const float* const x, x_for_cudnn(operands, cuda_stream.handle(), x_owner));
  float* const y = operands.output<float>();
  if (!is_aligned(y)) return Status(Code::kInternal, "output: expected to begin as buffers do");
  void* const workspace =
      plan_->workspace_bytes() == 0 ? nullptr : floats_at(operands.workspace, plan_part_);
  TFJS_RETURN_IF_ERROR(plan_->run(cudnn, x, filter, y, workspace));
  const float* const bias = finish_.bias ? operands.input<float>(*finish_.bias) : nullptr;
  if (bias == nullptr && !finish_.relu) return {};
  const int64_t inner = shape_.channels_first ? shape_.out[0] * shape_.out[1] : 1;
  return finish_channels(y, bias, finish_.relu, dst_count_, shape_.out_channels, inner,
                         cuda_stream.handle());
}

const char* accept_convolution(const Descriptor& descriptor) {
  const Window* const window = descriptor.resolved_as<Window>();
  if (window == nullptr || window->dims.size() != 2) return "only two spatial dimensions";
  if (window->channels == 0) return "x: no channels";
  const std::optional<Finish> finish = finish_of(descriptor);
  if (!finish) return "post-ops: only a bias, then relu";
  if (finish->bias && !is_along_channels(descriptor.inputs[*finish->bias].shape,
                                         descriptor.inputs[1].shape[3], window->channels_first)) {
    return "bias: only one value for each output channel";
  }
  return nullptr;
}

Result<PreparedKernelPtr> prepare_convolution(const Descriptor& descriptor, Device& device) {
  auto kernel = std::make_shared<ConvolutionKernel>(descriptor, *descriptor.resolved_as<Window>(),
                                                    *finish_of(descriptor));
  TFJS_RETURN_IF_ERROR(kernel->prepare(static_cast<CudaDevice&>(device)));
  return PreparedKernelPtr(std::move(kernel));
}

}  // namespace

std::span<const Kernel> convolution_kernels() {
  static const Kernel kKernels[] = {
      {"FusedConv2D",
       "cudnn",
       {.dtypes = {DType::kFloat32},
        .post_ops = {PostOpKind::kBias, PostOpKind::kActivation},
        .is_capturable = true},
       prepare_convolution,
       accept_convolution},
  };
  return kKernels;
}

}  // namespace tfjs_native::cuda
