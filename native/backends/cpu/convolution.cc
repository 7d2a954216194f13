// Convolutions through oneDNN's convolution primitive.
#include <memory>
#include <string_view>

#include "backends/cpu/empty_sums.h"
#include "backends/cpu/kernel_list.h"
#include "backends/cpu/onednn/convolution_geometry.h"
#include "backends/cpu/onednn/engine.h"
#include "backends/cpu/onednn/epilogue.h"
#include "backends/cpu/onednn/packing.h"
#include "device/window_attrs.h"

namespace tfjs_native {
namespace {

Ints spatial_extents(const Shape& filter) { return Ints(filter.begin(), filter.end() - 2); }

class Convolution : public PreparedKernel {
 public:
  /// Throws dnnl::error.
  Convolution(const ConvolutionGeometry& geometry, Epilogue epilogue)
      : epilogue_(std::move(epilogue)) {
    const auto kind = dnnl::prop_kind::forward_inference;
    const auto algorithm = dnnl::algorithm::convolution_direct;
    const dnnl::memory::desc bias =
        epilogue_.has_primitive_bias() ? geometry.bias : dnnl::memory::desc();
    const dnnl::convolution_forward::primitive_desc desc(
        onednn_engine(), kind, algorithm, geometry.x,
        ConvolutionGeometry::any_layout(geometry.filter), bias, geometry.y, geometry.strides,
        geometry.dilations, geometry.pad_begin, geometry.pad_end, epilogue_.attr());
    is_reference_ = std::string_view(desc.impl_info_str()).starts_with("ref");
    packed_filter_ = packed_form(geometry.filter, desc.weights_desc());
    workspace_bytes_ = desc.scratchpad_desc().get_size();
    std::vector<PrimitiveCall::Argument> arguments = {
        {DNNL_ARG_SRC, desc.src_desc()},
        {DNNL_ARG_WEIGHTS, desc.weights_desc()},
        {DNNL_ARG_DST, desc.dst_desc()},
        {DNNL_ARG_SCRATCHPAD, desc.scratchpad_desc()},
    };
    epilogue_.add_arguments(geometry.bias, arguments);
    call_ = PrimitiveCall(dnnl::convolution_forward(desc), std::move(arguments));
  }

  bool is_reference() const { return is_reference_; }

  Status run(const Operands& operands, DeviceStream&) const override {
    const void* filter = operands.inputs[1].data;
    std::shared_ptr<const void> filter_owner;
    if (packed_filter_) {
      TFJS_ASSIGN_OR_RETURN(filter,
                            packed_filter_.get(operands.inputs[1], *operands.memory, filter_owner));
    }
    Epilogue::Pointers pointers{operands.inputs[0].data, filter, operands.outputs[0].data,
                                operands.workspace};
    Epilogue::Owner bias_owner;
    TFJS_RETURN_IF_ERROR(epilogue_.add_pointers(operands, pointers, bias_owner));
    TFJS_RETURN_IF_ERROR(call_.run(pointers));
    epilogue_.run_tail(operands, operands.output<float>());
    return {};
  }

 private:
  const Epilogue epilogue_;
  DerivedForm packed_filter_;
  PrimitiveCall call_;
  bool is_reference_ = false;
};

const char* accept_float(const Descriptor& descriptor) {
  return descriptor.inputs[0].dtype == DType::kFloat32 ? nullptr : "float32 only";
}

Result<PreparedKernelPtr> prepare(const Descriptor& descriptor, bool depthwise) {
  const Shape& filter = descriptor.inputs[1].shape;
  TFJS_ASSIGN_OR_RETURN(const Window window,
                        resolve_window(descriptor.inputs[0].shape,
                                       window_spec(descriptor.attrs, spatial_extents(filter))));
  const TensorDesc& output = descriptor.outputs[0];
  const FusedSpec spec = fused_spec(descriptor, window.channels_first);
  const ConvolutionGeometry geometry(window, filter, depthwise);
  if (output.num_elements() == 0 || geometry.is_untouched) {
    return make_empty_sums(spec, output);
  }
  PreparedKernelPtr prepared;
  const Status status = guard_onednn([&]() -> Status {
    const auto make = [&](Epilogue::Fusion fusion) {
      return std::make_shared<Convolution>(geometry,
                                           Epilogue(spec, output, geometry.order(), 1, fusion));
    };
    auto convolution = make(Epilogue::Fusion::kAll);
    if (convolution->is_reference()) convolution = make(Epilogue::Fusion::kUsual);
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
      {"Conv2D", "onednn", accept_float, prepare_convolution},
      {"FusedConv2D", "onednn", accept_float, prepare_convolution},
      {"DepthwiseConv2dNative", "onednn", accept_float, prepare_depthwise},
      {"FusedDepthwiseConv2D", "onednn", accept_float, prepare_depthwise},
  };
  return kKernels;
}

}  // namespace tfjs_native
