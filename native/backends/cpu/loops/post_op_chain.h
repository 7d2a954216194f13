#pragma once

#include <vector>

#include "device/descriptor.h"
#include "device/kernel.h"

namespace tfjs_native {

/// A post-op of a float32 product with what it needs of its descriptor.
struct ChainStep {
  enum class Kind {
    kActivate,  // dst = activation(dst), prelu apart.
    kPrelu,     // The operand holds the slopes.
    kCombine,   // dst = function(dst, operand): bias, binary, residual sum.
  };

  Kind kind = Kind::kActivate;
  Activation activation = Activation::kLinear;
  float alpha = 0;  // kLeakyRelu: the slope below 0.
  BinaryPostOp::Function function = BinaryPostOp::Function::kAdd;
  size_t input = 0;                         // The operand's index among the inputs.
  TensorDesc operand = {.present = false};  // Its shape broadcasts to the output's.
  bool is_in_dst = false;                   // The operand lies where the output goes.
};

/// In order, without those that change nothing.
using PostOpChain = std::vector<ChainStep>;

/// What product kernels of floats take: any chain but for quantisation.
constexpr EnumSet<PostOpKind> kChainPostOps = {PostOpKind::kBias, PostOpKind::kActivation,
                                               PostOpKind::kBinary, PostOpKind::kSum};

/// Takes::aliased_inputs of a kernel that may write over the operand of a residual sum, whichever
/// of the inputs behind the product's two it is.
constexpr uint32_t kResidualInputs = ~uint32_t{3};

/// The descriptor's post-ops, which decline_chain() finds nothing against. `own_inputs` is how many
/// inputs the operator's row declares: where channels come first, a list among those goes along the
/// channels; what stands behind them broadcasts from the last dimension on.
PostOpChain post_op_chain(const Descriptor& descriptor, size_t own_inputs);

/// Null, or why the post-ops are none for a float32 output: operands that are missing or do not
/// broadcast to it, and an output in place of anything but one residual sum's operand.
const char* decline_chain(const Descriptor& descriptor, size_t own_inputs);

}  // namespace tfjs_native
