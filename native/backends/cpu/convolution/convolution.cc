// Convolutions through oneDNN's convolution primitive.
#include <memory>
#include <string_view>

#include "backends/cpu/convolution/repeat_channels.h"
#include "backends/cpu/kernel_list.h"
#include "backends/cpu/loops/empty_sums.h"
#include "backends/cpu/onednn/convolution_geometry.h"
#include "backends/cpu/onednn/engine.h"
#include "backends/cpu/onednn/epilogue.h"
#include "backends/cpu/onednn/packing.h"

namespace tfjs_native {
namespace {

class Convolution : public PreparedKernel {
 public:
  /// Where `repeat` is not 1, every channel of x is repeated so many times before the convolution
  /// of `geometry`, and x has `x_elements` elements. Throws dnnl::error.
  Convolution(const ConvolutionGeometry& geometry, Epilogue epilogue, int64_t repeat,
              int64_t x_elements)
      : epilogue_(std::move(epilogue)),
        x_offset_(geometry.x_offset),
        repeat_(repeat),
        x_elements_(x_elements) {
    const auto kind = dnnl::prop_kind::forward_inference;
    const auto algorithm = dnnl::algorithm::convolution_direct;
    const dnnl::memory::desc bias =
        epilogue_.has_primitive_bias() ? geometry.bias : dnnl::memory::desc();
    const dnnl::convolution_forward::primitive_desc desc(
        onednn_engine(), kind, algorithm, geometry.dense_x,
        ConvolutionGeometry::any_layout(geometry.filter), bias, geometry.y, geometry.strides,
        geometry.dilations, geometry.pad_begin, geometry.pad_end, epilogue_.attr());
    const std::string_view implementation(desc.impl_info_str());
    is_reference_ = implementation.find("ref:") != std::string_view::npos;
    has_plain_post_ops_ = is_reference_ || implementation.find("gemm") != std::string_view::npos;
    packed_filter_ = packed_form(geometry.filter, desc.weights_desc());
    gathered_x_ = geometry.gather_x();
    // The repeated input lies behind the scratchpad, 64-byte aligned.
    repeated_offset_ = (desc.scratchpad_desc().get_size() + 63) / 64 * 64;
    workspace_bytes_ = repeated_offset_;
    if (repeat > 1) workspace_bytes_ += static_cast<size_t>(x_elements * repeat) * sizeof(float);
    std::vector<PrimitiveCall::Argument> arguments = {
        {DNNL_ARG_SRC, desc.src_desc()},
        {DNNL_ARG_WEIGHTS, desc.weights_desc()},
        {DNNL_ARG_DST, desc.dst_desc()},
        {DNNL_ARG_SCRATCHPAD, desc.scratchpad_desc()},
    };
    epilogue_.add_arguments(geometry.bias, arguments);
    call_ = PrimitiveCall(dnnl::convolution_forward(desc), std::move(arguments));
    count_held(call_.held_bytes());
  }

  bool is_reference() const { return is_reference_; }
  /// Its post-ops are oneDNN's plain code, which loses NaN and makes NaN of -Infinity.
  bool has_plain_post_ops() const { return has_plain_post_ops_; }

  Status run(const Operands& operands, DeviceStream&) const override {
    const void* filter = operands.inputs[1].data;
    std::shared_ptr<const void> filter_owner;
    if (packed_filter_) {
      TFJS_ASSIGN_OR_RETURN(filter,
                            packed_filter_.get(operands.inputs[1], *operands.memory, filter_owner));
    }
    const float* x = operands.input<float>(0);
    if (repeat_ > 1) {
      auto* repeated =
          reinterpret_cast<float*>(static_cast<char*>(operands.workspace) + repeated_offset_);
      repeat_channels(x, repeated, x_elements_, repeat_);
      x = repeated;
    }
    const void* touched = x + x_offset_;
    std::shared_ptr<const void> x_owner;
    if (gathered_x_) {
      const Operand given{const_cast<void*>(touched), nullptr};
      TFJS_ASSIGN_OR_RETURN(touched, gathered_x_.get(given, *operands.memory, x_owner));
    }
    Epilogue::Pointers pointers{touched, filter, operands.outputs[0].data, operands.workspace};
    Epilogue::Owner bias_owner;
    TFJS_RETURN_IF_ERROR(epilogue_.add_pointers(operands, pointers, bias_owner));
    TFJS_RETURN_IF_ERROR(call_.run(pointers));
    epilogue_.run_tail(operands, operands.output<float>());
    return {};
  }

 private:
  const Epilogue epilogue_;
  const int64_t x_offset_;
  const int64_t repeat_;
  const int64_t x_elements_;
  size_t repeated_offset_ = 0;
  DerivedForm packed_filter_;
  DerivedForm gathered_x_;
  PrimitiveCall call_;
  bool is_reference_ = false;
  bool has_plain_post_ops_ = false;
};

const char* accept_float(const Descriptor& descriptor) {
  return descriptor.inputs[0].dtype == DType::kFloat32 ? nullptr : "float32 only";
}

/// oneDNN's fast depthwise kernels give one channel for each channel. Where the filter has more
/// (a multiplier) its other kernels fill 16 lanes with the few outputs of one channel; copying
/// channels is cheaper. In tfjs a channel's outputs lie side by side, as its copies then do.
bool is_repeating_faster(const Window& window, const Shape& filter) {
  const int64_t multiplier = filter.back();
  return !window.channels_first && window.channels > 1 && multiplier > 1 && multiplier < 8;
}

Result<PreparedKernelPtr> prepare(const Descriptor& descriptor, bool depthwise) {
  Shape filter = descriptor.inputs[1].shape;
  Window window = *descriptor.resolved_as<Window>();
  const TensorDesc& output = descriptor.outputs[0];
  const FusedSpec spec = fused_spec(descriptor, window.channels_first);
  int64_t repeat = 1;
  if (depthwise && is_repeating_faster(window, filter)) {
    repeat = filter.back();
    window.channels *= repeat;
    filter = {filter[0], filter[1], window.channels, 1};
  }
  const ConvolutionGeometry geometry(window, filter, depthwise);
  if (output.num_elements() == 0 || geometry.is_untouched) {
    return make_empty_sums(spec, output);
  }
  PreparedKernelPtr prepared;
  const Status status = guard_onednn([&]() -> Status {
    const auto make = [&](Epilogue::Fusion fusion) {
      return std::make_shared<Convolution>(geometry,
                                           Epilogue(spec, output, geometry.order(), 1, fusion),
                                           repeat, descriptor.inputs[0].num_elements());
    };
    auto convolution = make(Epilogue::Fusion::kAll);
    if (convolution->is_reference()) convolution = make(Epilogue::Fusion::kUsual);
    if (convolution->has_plain_post_ops()) convolution = make(Epilogue::Fusion::kNone);
    prepared = std::move(convolution);
    return {};
  });
  if (!status.ok()) return status;
  return prepared;
}

Result<PreparedKernelPtr> prepare_convolution(const Descriptor& descriptor, Device&) {
  return prepare(descriptor, false);
}

Result<PreparedKernelPtr> prepare_depthwise(const Descriptor& descriptor, Device&) {
  return prepare(descriptor, true);
}

}  // namespace

std::span<const Kernel> convolution_kernels() {
  static const Kernel kKernels[] = {
      {"Conv2D", "onednn", {.dtypes = {DType::kFloat32}}, prepare_convolution},
      {"Conv3D", "onednn", {.dtypes = {DType::kFloat32}}, prepare_convolution},
      {"FusedConv2D",
       "onednn",
       {.dtypes = kTfjsReals, .post_ops = kFusedPostOps},
       prepare_convolution,
       accept_float},
      {"DepthwiseConv2dNative", "onednn", {.dtypes = {DType::kFloat32}}, prepare_depthwise},
      {"FusedDepthwiseConv2D",
       "onednn",
       {.dtypes = kTfjsReals, .post_ops = kFusedPostOps},
       prepare_depthwise,
       accept_float},
  };
  return kKernels;
}

}  // namespace tfjs_native
