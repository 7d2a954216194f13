#pragma once

#include <span>
#include <vector>

#include "backends/cpu/loops/post_op_chain.h"
#include "math/functors_unary.h"
#include "tensor/broadcast.h"

namespace tfjs_native {

/// dst[i] = f(dst[i], operand[i * step]); the step is 0 or 1.
using CombineLoop = void (*)(float* dst, const void* operand, int64_t step, int64_t count);
/// dst[i] = f(dst[i])
using ActivateLoop = void (*)(const FunctorParams& params, float* dst, int64_t count);

/// The loops of a chain of post-ops over a finished product, for what no primitive takes along:
/// broadcasts along unusual dimensions, empty sums, gradients. The same bits as the operators Add,
/// Relu, ... give, one after the other.
class FusedTail {
 public:
  FusedTail() = default;
  FusedTail(std::span<const ChainStep> steps, const TensorDesc& output);

  bool is_empty() const { return steps_.empty(); }
  /// An operand lies in dst before the product does.
  bool needs_residual() const { return needs_residual_; }
  /// Operands are taken from `inputs`, in their own dtypes. `residual` holds what lay in dst before
  /// the product, where needs_residual().
  void run(float* dst, std::span<const Operand> inputs, const void* residual = nullptr) const;
  /// The elements from `begin` up to `end`, on the calling thread.
  void run_part(float* dst, std::span<const Operand> inputs, const void* residual, int64_t begin,
                int64_t end) const;

 private:
  struct Step {
    ActivateLoop activate = nullptr;
    FunctorParams params;
    CombineLoop combine = nullptr;
    size_t input = 0;
    bool is_in_dst = false;
    int64_t operand_bytes = 0;  // Of one element.
    BroadcastLoops rows;        // dst is `a`.
  };

  static void combine_part(const Step& step, float* dst, const void* operand, int64_t begin,
                           int64_t end);

  std::vector<Step> steps_;
  int64_t elements_ = 0;
  bool needs_residual_ = false;
};

}  // namespace tfjs_native
