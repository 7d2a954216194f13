// Convolutions through oneDNN's convolution primitive.
#include <cstring>
#include <memory>
#include <string>

#include "backends/cpu/convolution/repeat_channels.h"
#include "backends/cpu/kernel_list.h"
#include "backends/cpu/loops/empty_sums.h"
#include "backends/cpu/onednn/convolution_geometry.h"
#include "backends/cpu/onednn/engine.h"
#include "backends/cpu/onednn/epilogue.h"
#include "backends/cpu/onednn/packing.h"
#include "backends/cpu/onednn/workspace_parts.h"

namespace tfjs_native {
namespace {

using Fusion = Epilogue::Fusion;
using Primitive = dnnl::convolution_forward::primitive_desc;

/// oneDNN's own choice for AVX-512, and the next one, which it has for all layouts.
constexpr const char* kAsProducts = "brg_conv_fwd:avx512_core";
constexpr const char* kDirectly = "jit:avx512_core";

/// Whether sums of so few products, or for so few outputs, are faster computed directly than by
/// products of matrices: 1.1 to 2.2 times as fast for 3x3 and 5x5 filters of up to two channels,
/// and of less than 16 where less than 32 come out; beyond it is slower.
bool is_direct_faster(const ConvolutionGeometry& geometry) {
  return geometry.in_channels <= 2 || (geometry.in_channels < 16 && geometry.out_channels < 32);
}

/// A convolution and the part of its chain that the primitive takes.
struct Fused {
  /// Throws dnnl::error.
  Fused(const Descriptor& descriptor, const PostOpChain& chain, const ConvolutionGeometry& geometry,
        Fusion fusion)
      : epilogue(chain, descriptor.outputs[0], geometry.order(), geometry.y, 1, fusion),
        desc(describe(geometry)),
        implementation(desc.impl_info_str()) {
    if (implementation != kAsProducts || !is_direct_faster(geometry)) return;
    Primitive next = describe(geometry);
    if (!next.next_impl() || next.impl_info_str() != std::string(kDirectly)) return;
    desc = std::move(next);
    implementation = kDirectly;
  }

  bool is_reference() const { return implementation.find("ref:") != std::string::npos; }
  /// Its post-ops are oneDNN's plain code, which loses NaN and makes NaN of -Infinity.
  bool has_plain_post_ops() const {
    return is_reference() || implementation.find("gemm") != std::string::npos;
  }

  Epilogue epilogue;
  Primitive desc;
  std::string implementation;

 private:
  Primitive describe(const ConvolutionGeometry& geometry) const {
    return {onednn_engine(),
            dnnl::prop_kind::forward_inference,
            dnnl::algorithm::convolution_direct,
            geometry.dense_x,
            ConvolutionGeometry::any_layout(geometry.filter),
            epilogue.has_primitive_bias() ? geometry.bias : dnnl::memory::desc(),
            geometry.y,
            geometry.strides,
            geometry.dilations,
            geometry.pad_begin,
            geometry.pad_end,
            epilogue.attr()};
  }
};

/// As much in the primitive as leaves it its fast code. Throws dnnl::error.
Fused fuse(const Descriptor& descriptor, const PostOpChain& chain,
           const ConvolutionGeometry& geometry) {
  const auto make = [&](Fusion fusion) { return Fused(descriptor, chain, geometry, fusion); };
  Fused fused = make(Fusion::kAll);
  if (fused.epilogue.is_simple()) {
    if (fused.is_reference()) fused = make(Fusion::kUsual);
    return fused.has_plain_post_ops() ? make(Fusion::kNone) : fused;
  }
  // Operands of some kinds make oneDNN pass by its best code.
  Fused bare = make(Fusion::kNone);
  if (bare.has_plain_post_ops()) return bare;
  if (fused.implementation != bare.implementation) fused = make(Fusion::kUsual);
  return fused.implementation == bare.implementation ? fused : bare;
}

class Convolution : public PreparedKernel {
 public:
  /// Where `repeat` is not 1, every channel of x is repeated so many times before the convolution
  /// of `geometry`, and x has `x_elements` elements. Throws dnnl::error.
  Convolution(const ConvolutionGeometry& geometry, Fused fused, int64_t repeat, int64_t x_elements)
      : epilogue_(std::move(fused.epilogue)),
        x_offset_(geometry.x_offset),
        repeat_(repeat),
        x_elements_(x_elements),
        dst_bytes_(geometry.y.get_size()) {
    const Primitive& desc = fused.desc;
    packed_filter_ = packed_form(geometry.filter, desc.weights_desc());
    gathered_x_ = geometry.gather_x();
    WorkspaceParts parts;
    parts.add(desc.scratchpad_desc().get_size());
    if (repeat > 1) {
      repeated_offset_ = parts.add(static_cast<size_t>(x_elements * repeat) * sizeof(float));
    }
    if (gathered_x_) gathered_offset_ = parts.add(geometry.dense_x.get_size());
    if (epilogue_.tail().needs_residual()) residual_offset_ = parts.add(dst_bytes_);
    workspace_bytes_ = parts.size_bytes();
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

  Status run(const Operands& operands, DeviceStream&) const override {
    const void* filter = operands.inputs[1].data;
    std::shared_ptr<const void> filter_owner;
    const BoundConstants* const bound = BoundConstants::of(operands.bound);
    if (bound != nullptr && bound->weights) {
      filter = bound->weights.get();
    } else if (packed_filter_) {
      TFJS_ASSIGN_OR_RETURN(filter,
                            packed_filter_.get(operands.inputs[1], *operands.memory, filter_owner));
    }
    float* const dst = operands.output<float>();
    Epilogue::Pointers pointers{nullptr, filter, dst, operands.workspace};
    TFJS_ASSIGN_OR_RETURN(pointers[0], touched_x(operands));
    Epilogue::Owner bias_owner;
    TFJS_RETURN_IF_ERROR(epilogue_.add_pointers(operands, pointers, bias_owner));
    void* const residual = WorkspaceParts::at(operands.workspace, residual_offset_);
    if (epilogue_.tail().needs_residual()) std::memcpy(residual, dst, dst_bytes_);
    TFJS_RETURN_IF_ERROR(call_.run(pointers));
    epilogue_.tail().run(dst, operands.inputs, residual);
    return {};
  }

  Result<std::shared_ptr<const void>> bind(const Operands& constants) const override {
    BoundConstants bound;
    if (packed_filter_ && constants.inputs[1].is_known()) {
      TFJS_ASSIGN_OR_RETURN(bound.weights,
                            packed_filter_.share(constants.inputs[1], *constants.memory));
    }
    TFJS_ASSIGN_OR_RETURN(bound.bias, epilogue_.bind_bias(constants));
    return BoundConstants::share(std::move(bound));
  }

  std::vector<ReplacedInput> replaced_inputs(
      const std::shared_ptr<const void>& bound) const override {
    return BoundConstants::replaced_inputs(bound, packed_filter_);
  }

 private:
  /// What the primitive reads of x.
  Result<const void*> touched_x(const Operands& operands) const {
    const float* x = operands.input<float>(0);
    if (repeat_ > 1) {
      auto* const repeated = WorkspaceParts::at<float>(operands.workspace, repeated_offset_);
      repeat_channels(x, repeated, x_elements_, repeat_);
      x = repeated;
    }
    const void* const touched = x + x_offset_;
    if (!gathered_x_) return touched;
    void* const gathered = WorkspaceParts::at(operands.workspace, gathered_offset_);
    TFJS_RETURN_IF_ERROR(gathered_x_.make(touched, gathered));
    return static_cast<const void*>(gathered);
  }

  const Epilogue epilogue_;
  const int64_t x_offset_;
  const int64_t repeat_;
  const int64_t x_elements_;
  const size_t dst_bytes_;
  // Of parts of the workspace; the scratchpad comes first.
  size_t repeated_offset_ = 0;
  size_t gathered_offset_ = 0;
  size_t residual_offset_ = 0;
  DerivedForm packed_filter_;
  DerivedForm gathered_x_;
  PrimitiveCall call_;
};

/// oneDNN's fast depthwise kernels give one channel for each channel. Where the filter has more
/// (a multiplier) its other kernels fill 16 lanes with the few outputs of one channel; copying
/// channels is cheaper. In tfjs a channel's outputs lie side by side, as its copies then do.
bool is_repeating_faster(const Window& window, const Shape& filter) {
  const int64_t multiplier = filter.back();
  return !window.channels_first && window.channels > 1 && multiplier > 1 && multiplier < 8;
}

/// `kOwnInputs`: what the operator's row declares.
template <bool kDepthwise, size_t kOwnInputs>
Result<PreparedKernelPtr> prepare(const Descriptor& descriptor, Device&) {
  Shape filter = descriptor.inputs[1].shape;
  Window window = *descriptor.resolved_as<Window>();
  const TensorDesc& output = descriptor.outputs[0];
  const PostOpChain chain = post_op_chain(descriptor, kOwnInputs);
  int64_t repeat = 1;
  if (kDepthwise && is_repeating_faster(window, filter)) {
    repeat = filter.back();
    window.channels *= repeat;
    filter = {filter[0], filter[1], window.channels, 1};
  }
  const ConvolutionGeometry geometry(window, filter, kDepthwise);
  if (output.num_elements() == 0 || geometry.is_untouched) return make_empty_sums(chain, output);
  PreparedKernelPtr prepared;
  const Status status = guard_onednn([&]() -> Status {
    prepared = std::make_shared<Convolution>(geometry, fuse(descriptor, chain, geometry), repeat,
                                             descriptor.inputs[0].num_elements());
    return {};
  });
  if (!status.ok()) return status;
  return prepared;
}

template <size_t kOwnInputs>
const char* accept(const Descriptor& descriptor) {
  if (descriptor.inputs[0].dtype != DType::kFloat32) return "float32 only";
  return decline_chain(descriptor, kOwnInputs);
}

/// `dtypes`: operands of post-ops have others.
constexpr Takes takes(DTypeSet dtypes) {
  return {.dtypes = dtypes, .post_ops = kChainPostOps, .aliased_inputs = kResidualInputs};
}

}  // namespace

std::span<const Kernel> convolution_kernels() {
  constexpr Takes kFloats = takes({DType::kFloat32});
  static const Kernel kKernels[] = {
      {"Conv2D", "onednn", kFloats, prepare<false, 2>, accept<2>},
      {"Conv3D", "onednn", kFloats, prepare<false, 2>, accept<2>},
      {"FusedConv2D", "onednn", takes(kTfjsReals), prepare<false, 4>, accept<4>},
      {"DepthwiseConv2dNative", "onednn", kFloats, prepare<true, 2>, accept<2>},
      {"FusedDepthwiseConv2D", "onednn", takes(kTfjsReals), prepare<true, 4>, accept<4>},
  };
  return kKernels;
}

}  // namespace tfjs_native
