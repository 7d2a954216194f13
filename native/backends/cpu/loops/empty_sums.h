#pragma once

#include "backends/cpu/loops/fused_tail.h"

namespace tfjs_native {

/// The kernel for products that sum nothing (no channels, an inner dimension of 0) or have no
/// output at all: zeros, then the chain. Element types of 4 bytes; float32 where there is a chain.
PreparedKernelPtr make_empty_sums(const PostOpChain& chain, const TensorDesc& output);

}  // namespace tfjs_native
