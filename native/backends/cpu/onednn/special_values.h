#pragma once

#include <oneapi/dnnl/dnnl.hpp>

namespace tfjs_native {

/// Whether activations that are post-ops leave NaN as it is, as tfjs does. The oneDNN that
/// native/cmake/ builds does; one that the system brings may turn it into a number (its processor's
/// min and max drop a NaN operand). Tried out once for each algorithm.
bool keeps_nan(dnnl::algorithm activation, float alpha, float beta);

}  // namespace tfjs_native
