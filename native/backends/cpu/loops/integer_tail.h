#pragma once

#include "backends/cpu/loops/fused_tail.h"

namespace tfjs_native {

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
