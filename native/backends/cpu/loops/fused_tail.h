#pragma once

#include <string>

#include "device/kernel.h"
#include "tensor/broadcast.h"

namespace tfjs_native {

/// What follows the product in a fused operator: dst = activation(dst + bias).
struct FusedSpec {
  Activation activation = Activation::kLinear;
  float leaky_alpha = 0;
  // Their shapes broadcast to the output's: with channels first a list is already unfolded.
  TensorDesc bias = {.present = false};
  TensorDesc alpha = {.present = false};  // Present with kPrelu only.
};

/// Post-ops that a FusedSpec holds: a bias, then an activation.
constexpr EnumSet<PostOpKind> kFusedPostOps = {PostOpKind::kBias, PostOpKind::kActivation};

/// Of a descriptor with inputs (a, b[, bias, preluActivationWeights]).
FusedSpec fused_spec(const Descriptor& descriptor, bool channels_first);

/// The plain loops of a FusedSpec over a finished product, for what no primitive takes along:
/// broadcasts along unusual dimensions, empty sums, integers.
class FusedTail {
 public:
  FusedTail() = default;
  FusedTail(const FusedSpec& spec, const TensorDesc& output);
  bool is_empty() const { return !has_bias_ && activation_ == Activation::kLinear; }
  /// `bias` and `alpha` in their own dtypes; unused ones may be null.
  void run(float* dst, const void* bias, const void* alpha) const;

 private:
  Activation activation_ = Activation::kLinear;
  float leaky_alpha_ = 0;
  bool has_bias_ = false;
  DType bias_dtype_ = DType::kFloat32;
  DType alpha_dtype_ = DType::kFloat32;
  int64_t elements_ = 0;
  BroadcastLoops bias_loops_;
  BroadcastLoops alpha_loops_;
};

}  // namespace tfjs_native
