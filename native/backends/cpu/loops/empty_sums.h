#pragma once

#include "backends/cpu/loops/fused_tail.h"

namespace tfjs_native {

/// The kernel for products that sum nothing (no channels, an inner dimension of 0) or have no
/// output at all: zeros, then bias and activation. Element types of 4 bytes.
PreparedKernelPtr make_empty_sums(const FusedSpec& spec, const TensorDesc& output);

}  // namespace tfjs_native
