#pragma once

#include <string>

#include "device/kernel.h"
#include "math/functors_unary.h"
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

/// dst[i] = f(dst[i], operand[i * step]); the step is 0 or 1.
using CombineLoop = void (*)(float* dst, const void* operand, int64_t step, int64_t count);
/// dst[i] = f(dst[i])
using ActivateLoop = void (*)(const FunctorParams& params, float* dst, int64_t count);

/// The loops of a FusedSpec over a finished product, for what no primitive takes along: broadcasts
/// along unusual dimensions, empty sums, integers. The same bits as the operators Add, Relu, ...
/// give, one after the other.
class FusedTail {
 public:
  FusedTail() = default;
  FusedTail(const FusedSpec& spec, const TensorDesc& output);

  bool is_empty() const { return bias_.loop == nullptr && activation_ == Activation::kLinear; }
  /// `bias` and `alpha` in their own dtypes; unused ones may be null.
  void run(float* dst, const void* bias, const void* alpha) const;

 private:
  /// A step with an operand that is broadcast to dst.
  struct Combination {
    void run(float* dst, const void* operand) const;

    CombineLoop loop = nullptr;  // Null: no such step.
    int64_t operand_bytes = 0;
    BroadcastLoops rows;  // dst is `a`.
  };

  static Combination combination(CombineLoop loop, const TensorDesc& operand,
                                 const TensorDesc& output);

  Activation activation_ = Activation::kLinear;
  FunctorParams params_;
  ActivateLoop activate_ = nullptr;
  int64_t elements_ = 0;
  Combination bias_;
  Combination prelu_;
};

}  // namespace tfjs_native
