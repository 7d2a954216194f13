#include "backends/cpu/loops/post_op_chain.h"

#include <algorithm>
#include <variant>

#include "base/unreachable.h"
#include "tensor/broadcast.h"
#include "tensor/dtype.h"
#include "tensor/window.h"

namespace tfjs_native {
namespace {

TensorDesc unfolded(TensorDesc desc, size_t rank) {
  if (desc.rank() == 1 && desc.shape[0] != 1) {
    while (desc.rank() + 1 < rank) desc.shape.push_back(1);
  }
  return desc;
}

/// The step without its operand's description.
ChainStep step_of(const PostOp& post_op) {
  using Kind = ChainStep::Kind;
  struct Visitor {
    ChainStep operator()(const BiasPostOp& bias) const {
      return {.kind = Kind::kCombine, .input = bias.input};
    }
    ChainStep operator()(const ActivationPostOp& activation) const {
      const bool is_prelu = activation.function == Activation::kPrelu;
      return {.kind = is_prelu ? Kind::kPrelu : Kind::kActivate,
              .activation = activation.function,
              .alpha = activation.alpha,
              .input = is_prelu ? activation.input : 0};
    }
    ChainStep operator()(const BinaryPostOp& binary) const {
      return {.kind = Kind::kCombine, .function = binary.function, .input = binary.input};
    }
    ChainStep operator()(const SumPostOp& sum) const {
      return {.kind = Kind::kCombine, .input = sum.input};
    }
    ChainStep operator()(const QuantizePostOp&) const { unreachable(); }
  };
  return std::visit(Visitor(), post_op);
}

TensorDesc describe_operand(const Descriptor& descriptor, size_t input, size_t own_inputs) {
  const Window* const window = descriptor.resolved_as<Window>();
  const bool goes_along_channels =
      window != nullptr && window->channels_first && input < own_inputs;
  const TensorDesc& operand = descriptor.inputs[input];
  return goes_along_channels ? unfolded(operand, descriptor.outputs[0].rank()) : operand;
}

const char* decline_operand(const PostOp& post_op, const TensorDesc& operand,
                            const TensorDesc& output) {
  if (!kTfjsReals.has(operand.dtype)) return "a post-op's operand is no real number of tfjs";
  if (std::holds_alternative<SumPostOp>(post_op)) {
    const bool is_like_output = operand.shape == output.shape && operand.dtype == output.dtype;
    return is_like_output ? nullptr : "a residual of another shape or dtype";
  }
  const auto broadcast = broadcast_shapes(output.shape, operand.shape);
  const bool fits = broadcast.ok() && broadcast.value() == output.shape;
  return fits ? nullptr : "a post-op's operand does not broadcast to the output";
}

}  // namespace

PostOpChain post_op_chain(const Descriptor& descriptor, size_t own_inputs) {
  PostOpChain chain;
  for (const PostOp& post_op : descriptor.post_ops) {
    ChainStep step = step_of(post_op);
    if (step.kind == ChainStep::Kind::kActivate) {
      if (step.activation == Activation::kLinear) continue;
    } else {
      step.operand = describe_operand(descriptor, step.input, own_inputs);
      step.is_in_dst = descriptor.aliased_input == static_cast<int>(step.input);
    }
    chain.push_back(std::move(step));
  }
  return chain;
}

const char* decline_chain(const Descriptor& descriptor, size_t own_inputs) {
  const TensorDesc& output = descriptor.outputs[0];
  if (!descriptor.post_ops.empty() && output.dtype != DType::kFloat32) {
    return "post-ops on float32 only";
  }
  int sums_in_place = 0;
  int others_in_place = 0;
  for (const PostOp& post_op : descriptor.post_ops) {
    if (kind_of(post_op) == PostOpKind::kQuantize) return "quantises nothing";
    const ChainStep step = step_of(post_op);
    if (step.kind == ChainStep::Kind::kActivate) continue;
    if (step.input < 2 || step.input >= descriptor.inputs.size() ||
        !descriptor.inputs[step.input].present) {
      return "a post-op's operand is missing";
    }
    if (const char* const declined = decline_operand(
            post_op, describe_operand(descriptor, step.input, own_inputs), output)) {
      return declined;
    }
    if (descriptor.aliased_input != static_cast<int>(step.input)) continue;
    ++(std::holds_alternative<SumPostOp>(post_op) ? sums_in_place : others_in_place);
  }
  if (descriptor.aliased_input >= 0 && (sums_in_place != 1 || others_in_place != 0)) {
    return "computes in place of one residual only";
  }
  return nullptr;
}

}  // namespace tfjs_native
