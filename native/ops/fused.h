#pragma once

#include "ops/op_table.h"

namespace tfjs_native {

/// The post-ops of a fused product. The bias is numeric and broadcasts to the output without
/// widening it, and so do the weights that activation 'prelu' requires. `bias` and `alpha` are
/// indices of inputs. With channels first a list of values goes along the channels.
Status infer_post_ops(InferContext& context, size_t bias, size_t alpha, const Shape& output,
                      bool channels_first);

/// The dtype of activation(product) where the product has `dtype`: slopes (prelu, leakyrelu) are
/// fractions and give float32.
DType activated_dtype(const Attrs& attrs, DType dtype);

}  // namespace tfjs_native
