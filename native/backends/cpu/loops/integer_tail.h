#pragma once

#include "backends/cpu/loops/post_op_chain.h"
#include "tensor/broadcast.h"

namespace tfjs_native {

/// What follows the product in tfjs's fused operators: dst = activation(dst + bias).
struct FusedSpec {
  Activation activation = Activation::kLinear;
  float leaky_alpha = 0;
  // Their shapes broadcast to the output's.
  TensorDesc bias = {.present = false};
  TensorDesc alpha = {.present = false};  // Present with kPrelu only.
};

/// Post-ops that a FusedSpec holds: a bias, then an activation.
constexpr EnumSet<PostOpKind> kFusedPostOps = {PostOpKind::kBias, PostOpKind::kActivation};

/// Of a descriptor with inputs (a, b[, bias, preluActivationWeights]).
FusedSpec fused_spec(const Descriptor& descriptor);

/// Null, or why the descriptor's post-ops are no FusedSpec of those inputs.
const char* decline_fused_spec(const Descriptor& descriptor);

/// Bias and activation over a finished product of int32. Each step is computed in double precision
/// and converted back as JavaScript's typed arrays do; slopes (prelu, leakyrelu) give float32.
class IntegerTail {
 public:
  IntegerTail(const FusedSpec& spec, const TensorDesc& output);
  bool is_empty() const { return spec_.activation == Activation::kLinear && !spec_.bias.present; }
  /// In place: `sums` holds int32 and becomes the output's dtype.
  void run(int32_t* sums, const void* bias, const void* alpha) const;

 private:
  const FusedSpec spec_;
  const int64_t elements_;
  BroadcastLoops bias_loops_;
  BroadcastLoops alpha_loops_;
};

}  // namespace tfjs_native
