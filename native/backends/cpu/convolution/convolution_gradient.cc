// Gradients of convolutions through oneDNN's backward primitives. The gradient with respect to the
// input is conv2dTranspose, too.
#include <array>
#include <cstring>
#include <memory>

#include "backends/cpu/kernel_list.h"
#include "backends/cpu/loops/empty_sums.h"
#include "backends/cpu/onednn/bound_constants.h"
#include "backends/cpu/onednn/convolution_geometry.h"
#include "backends/cpu/onednn/engine.h"
#include "backends/cpu/onednn/packing.h"
#include "backends/cpu/onednn/primitive_call.h"
#include "backends/cpu/onednn/workspace_parts.h"

namespace tfjs_native {
namespace {

using Steps = ConvolutionGeometry::Steps;

constexpr size_t kOwnInputs = 2;
constexpr auto kAlgorithm = dnnl::algorithm::convolution_direct;

dnnl::primitive_attr user_scratchpad() {
  dnnl::primitive_attr attr;
  attr.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  return attr;
}

/// oneDNN wants a forward primitive as a hint. Throws dnnl::error.
dnnl::convolution_forward::primitive_desc forward_hint(const ConvolutionGeometry& geometry) {
  return {onednn_engine(),
          dnnl::prop_kind::forward_training,
          kAlgorithm,
          geometry.dense_x,
          ConvolutionGeometry::any_layout(geometry.filter),
          geometry.y,
          geometry.strides,
          geometry.dilations,
          geometry.pad_begin,
          geometry.pad_end};
}

/// The inputs as oneDNN takes them: float32, dy without what lies outside the window.
class GradientInputs {
 public:
  /// Throws dnnl::error.
  GradientInputs(const Descriptor& descriptor, size_t dy, const ConvolutionGeometry& geometry)
      : dy_(dy),
        dy_bytes_(geometry.y.get_size()),
        forms_{float_form(descriptor.inputs[0]), float_form(descriptor.inputs[1])} {
    const Ints dense = strides_of(descriptor.inputs[dy].shape);
    dnnl::memory::dims strides;
    for (const int64_t dim : geometry.order()) strides.push_back(dense[static_cast<size_t>(dim)]);
    const dnnl::memory::desc given(geometry.y.get_dims(), geometry.y.get_data_type(), strides);
    cropped_dy_ = packed_form(given, geometry.y);
  }

  bool is_float(size_t i) const { return !forms_[i]; }
  /// What get() wants of the workspace for the input.
  size_t workspace_bytes(size_t i) const { return i == dy_ && cropped_dy_ ? dy_bytes_ : 0; }
  /// What the pointers of one run belong to.
  using Owners = std::array<std::shared_ptr<const void>, 3>;

  Result<const float*> get(const Operands& operands, size_t i, void* workspace,
                           Owners& owners) const {
    const void* data = operands.inputs[i].data;
    if (forms_[i]) {
      TFJS_ASSIGN_OR_RETURN(data, forms_[i].get(operands.inputs[i], *operands.memory, owners[i]));
    }
    if (workspace_bytes(i) > 0) {
      TFJS_RETURN_IF_ERROR(cropped_dy_.make(data, workspace));
      data = workspace;
    }
    return static_cast<const float*>(data);
  }

 private:
  const size_t dy_;
  const size_t dy_bytes_;  // As the primitive takes it.
  DerivedForm forms_[2];
  DerivedForm cropped_dy_;
};

/// dx from dy and the filter.
class InputGradient : public PreparedKernel {
 public:
  /// Throws dnnl::error.
  InputGradient(const Descriptor& descriptor, const ConvolutionGeometry& geometry)
      : inputs_(descriptor, 0, geometry),
        x_offset_(geometry.x_offset),
        bytes_to_clear_(geometry.is_x_whole ? 0 : descriptor.outputs[0].size_bytes()),
        tail_(post_op_chain(descriptor, kOwnInputs), descriptor.outputs[0]) {
    const dnnl::convolution_backward_data::primitive_desc desc(
        onednn_engine(), kAlgorithm, geometry.dense_x,
        ConvolutionGeometry::any_layout(geometry.filter), geometry.y, geometry.strides,
        geometry.dilations, geometry.pad_begin, geometry.pad_end, forward_hint(geometry),
        user_scratchpad());
    packed_filter_ = packed_form(geometry.filter, desc.weights_desc());
    spread_x_ = geometry.spread_x();
    WorkspaceParts parts;
    parts.add(desc.scratchpad_desc().get_size());
    dense_offset_ = parts.add(spread_x_ ? geometry.dense_x.get_size() : 0);
    dy_offset_ = parts.add(inputs_.workspace_bytes(0));
    workspace_bytes_ = parts.size_bytes();
    call_ = PrimitiveCall(dnnl::convolution_backward_data(desc),
                          {{DNNL_ARG_DIFF_DST, desc.diff_dst_desc()},
                           {DNNL_ARG_WEIGHTS, desc.weights_desc()},
                           {DNNL_ARG_DIFF_SRC, desc.diff_src_desc()},
                           {DNNL_ARG_SCRATCHPAD, desc.scratchpad_desc()}});
    count_held(call_.held_bytes());
  }

  Status run(const Operands& operands, DeviceStream&) const override {
    GradientInputs::Owners owners;
    TFJS_ASSIGN_OR_RETURN(
        const float* dy,
        inputs_.get(operands, 0, WorkspaceParts::at(operands.workspace, dy_offset_), owners));
    TFJS_ASSIGN_OR_RETURN(const void* filter, packed_filter(operands, owners));
    float* dx = operands.output<float>();
    if (bytes_to_clear_ > 0) std::memset(dx, 0, bytes_to_clear_);
    void* touched = dx + x_offset_;
    void* dense = spread_x_ ? WorkspaceParts::at(operands.workspace, dense_offset_) : touched;
    const void* const data[] = {dy, filter, dense, operands.workspace};
    TFJS_RETURN_IF_ERROR(call_.run(data));
    if (spread_x_) TFJS_RETURN_IF_ERROR(spread_x_.make(dense, touched));
    tail_.run(dx, operands.inputs);
    return {};
  }

  Result<std::shared_ptr<const void>> bind(const Operands& constants) const override {
    BoundConstants bound;
    if (packed_filter_ && inputs_.is_float(1) && constants.inputs[1].is_known()) {
      TFJS_ASSIGN_OR_RETURN(bound.weights,
                            packed_filter_.share(constants.inputs[1], *constants.memory));
    }
    return BoundConstants::share(std::move(bound));
  }

  std::vector<ReplacedInput> replaced_inputs(
      const std::shared_ptr<const void>& bound) const override {
    return BoundConstants::replaced_inputs(bound, packed_filter_);
  }

 private:
  Result<const void*> packed_filter(const Operands& operands,
                                    GradientInputs::Owners& owners) const {
    if (operands.bound != nullptr) {
      return static_cast<const void*>(BoundConstants::of(operands.bound)->weights.get());
    }
    TFJS_ASSIGN_OR_RETURN(const float* filter, inputs_.get(operands, 1, nullptr, owners));
    if (!packed_filter_) return static_cast<const void*>(filter);
    // Only a filter of floats is worth keeping packed.
    const Operand source =
        inputs_.is_float(1) ? operands.inputs[1] : Operand{const_cast<float*>(filter)};
    return packed_filter_.get(source, *operands.memory, owners[2]);
  }

  const GradientInputs inputs_;
  const int64_t x_offset_;
  const size_t bytes_to_clear_;  // 0 where the primitive writes all of dx.
  const FusedTail tail_;
  DerivedForm packed_filter_;
  DerivedForm spread_x_;
  size_t dense_offset_ = 0;
  size_t dy_offset_ = 0;
  PrimitiveCall call_;
};

/// The filter's gradient from x and dy.
class FilterGradient : public PreparedKernel {
 public:
  /// Throws dnnl::error.
  FilterGradient(const Descriptor& descriptor, const ConvolutionGeometry& geometry)
      : inputs_(descriptor, 1, geometry), x_offset_(geometry.x_offset) {
    const dnnl::convolution_backward_weights::primitive_desc desc(
        onednn_engine(), kAlgorithm, geometry.dense_x,
        ConvolutionGeometry::any_layout(geometry.filter), geometry.y, geometry.strides,
        geometry.dilations, geometry.pad_begin, geometry.pad_end, forward_hint(geometry),
        user_scratchpad());
    const dnnl::memory::desc packed = desc.diff_weights_desc();
    unpack_ = packed_form(packed, geometry.filter);
    gathered_x_ = geometry.gather_x();
    WorkspaceParts parts;
    parts.add(desc.scratchpad_desc().get_size());
    packed_offset_ = parts.add(unpack_ ? packed.get_size() : 0);
    dy_offset_ = parts.add(inputs_.workspace_bytes(1));
    gathered_offset_ = parts.add(gathered_x_ ? geometry.dense_x.get_size() : 0);
    workspace_bytes_ = parts.size_bytes();
    call_ = PrimitiveCall(dnnl::convolution_backward_weights(desc),
                          {{DNNL_ARG_SRC, desc.src_desc()},
                           {DNNL_ARG_DIFF_DST, desc.diff_dst_desc()},
                           {DNNL_ARG_DIFF_WEIGHTS, packed},
                           {DNNL_ARG_SCRATCHPAD, desc.scratchpad_desc()}});
    count_held(call_.held_bytes());
  }

  Status run(const Operands& operands, DeviceStream&) const override {
    GradientInputs::Owners owners;
    TFJS_ASSIGN_OR_RETURN(const float* x, inputs_.get(operands, 0, nullptr, owners));
    TFJS_ASSIGN_OR_RETURN(
        const float* dy,
        inputs_.get(operands, 1, WorkspaceParts::at(operands.workspace, dy_offset_), owners));
    const void* touched = x + x_offset_;
    if (gathered_x_) {
      void* const gathered = WorkspaceParts::at(operands.workspace, gathered_offset_);
      TFJS_RETURN_IF_ERROR(gathered_x_.make(touched, gathered));
      touched = gathered;
    }
    void* dst = operands.outputs[0].data;
    void* packed = unpack_ ? WorkspaceParts::at(operands.workspace, packed_offset_) : dst;
    const void* const data[] = {touched, dy, packed, operands.workspace};
    TFJS_RETURN_IF_ERROR(call_.run(data));
    return unpack_ ? unpack_.make(packed, dst) : Status();
  }

 private:
  const GradientInputs inputs_;
  const int64_t x_offset_;
  size_t packed_offset_ = 0;
  size_t dy_offset_ = 0;
  size_t gathered_offset_ = 0;
  DerivedForm unpack_;
  DerivedForm gathered_x_;
  PrimitiveCall call_;
};

template <typename Gradient>
Result<PreparedKernelPtr> prepare(const Descriptor& descriptor, const Shape& filter, bool depthwise,
                                  Steps steps) {
  const Window& window = *descriptor.resolved_as<Window>();
  const ConvolutionGeometry geometry(window, filter, depthwise, steps);
  const bool is_empty = descriptor.inputs[0].num_elements() == 0 ||
                        descriptor.inputs[1].num_elements() == 0 ||
                        descriptor.outputs[0].num_elements() == 0;
  if (is_empty || geometry.is_untouched) {
    return make_empty_sums(post_op_chain(descriptor, kOwnInputs), descriptor.outputs[0]);
  }
  PreparedKernelPtr prepared;
  const Status status = guard_onednn([&]() -> Status {
    prepared = std::make_shared<Gradient>(descriptor, geometry);
    return {};
  });
  if (!status.ok()) return status;
  return prepared;
}

template <bool kDepthwise>
Result<PreparedKernelPtr> prepare_input_gradient(const Descriptor& descriptor, Device&) {
  return prepare<InputGradient>(descriptor, descriptor.inputs[1].shape, kDepthwise,
                                Steps::kStrided);
}

template <bool kDepthwise>
Result<PreparedKernelPtr> prepare_filter_gradient(const Descriptor& descriptor, Device&) {
  return prepare<FilterGradient>(descriptor, descriptor.outputs[0].shape, kDepthwise,
                                 Steps::kGathered);
}

const char* accept(const Descriptor& descriptor) { return decline_chain(descriptor, kOwnInputs); }

}  // namespace

std::span<const Kernel> convolution_gradient_kernels() {
  constexpr Takes kAny = {.dtypes = kTfjsReals};
  // Transposed convolutions are layers, too.
  constexpr Takes kFusable = {.dtypes = kTfjsReals, .post_ops = kChainPostOps};
  static const Kernel kKernels[] = {
      {"Conv2DBackpropInput", "onednn", kFusable, prepare_input_gradient<false>, accept},
      {"Conv3DBackpropInputV2", "onednn", kFusable, prepare_input_gradient<false>, accept},
      {"DepthwiseConv2dNativeBackpropInput", "onednn", kFusable, prepare_input_gradient<true>,
       accept},
      {"Conv2DBackpropFilter", "onednn", kAny, prepare_filter_gradient<false>},
      {"Conv3DBackpropFilterV2", "onednn", kAny, prepare_filter_gradient<false>},
      {"DepthwiseConv2dNativeBackpropFilter", "onednn", kAny, prepare_filter_gradient<true>},
  };
  return kKernels;
}

}  // namespace tfjs_native
