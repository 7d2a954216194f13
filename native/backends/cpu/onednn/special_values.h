#pragma once

#include <oneapi/dnnl/dnnl.hpp>

#include "math/activation.h"

namespace tfjs_native {

/// An activation as oneDNN's eltwise post-op.
struct Eltwise {
  dnnl::algorithm algorithm = dnnl::algorithm::undef;
  float alpha = 0;
  float beta = 0;
};

/// `slope` is that of kLeakyRelu below 0. Undefined for prelu, which is a post-op of another kind,
/// and for linear, which is none.
Eltwise eltwise_of(Activation activation, float slope);

/// Whether the activation as a post-op makes of NaN and infinities what ours does (and tfjs). Where
/// oneDNN takes the processor's min and max, these drop NaN: the one that native/cmake/ builds has
/// that mended in what tfjs's own activations stand on, one that the system brings may not. Tried
/// out once for each. Any thread.
bool keeps_special_values(Activation activation, float slope);

}  // namespace tfjs_native
