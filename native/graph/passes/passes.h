#pragma once

#include "graph/passes/pass.h"

namespace tfjs_native {

// One pass each, in the order of the list. What a pass needs of the graph's shape it asks for; none
// relies on another's having run. All take time that is about linear in the size of the graph.

/// FusedConv2D, FusedDepthwiseConv2D and _FusedMatMul become the plain product with post-ops.
Result<bool> unfuse(Graph& graph, PassContext& context);
/// What is computed from constants alone is computed now, unless it is large and its inputs are
/// not.
Result<bool> fold_constants(Graph& graph, PassContext& context);
/// Nodes whose output is their input vanish: Identity, Cast to the same dtype, Reshape to the same
/// shape, Tile by 1, ...
Result<bool> remove_no_ops(Graph& graph, PassContext& context);
/// Of nodes that compute the same from the same inputs one stays, and of constants that lie in the
/// same place.
Result<bool> merge_common_subexpressions(Graph& graph, PassContext& context);
/// Nodes whose outputs nobody reads vanish, and unused tensors; tensors are numbered anew.
Result<bool> remove_dead_code(Graph& graph, PassContext& context);
/// Element-wise nodes, paddings, joins and their like take tensors of another order of dimensions,
/// where so many transposes around them go by that that less is moved.
Result<bool> move_transposes(Graph& graph, PassContext& context);
/// Transposes in a row become one or none, and part of the matrix product that reads them; reshapes
/// in a row become one.
Result<bool> cancel_transposes(Graph& graph, PassContext& context);
/// A batch normalization, a product or a sum with constants for each channel, behind a product with
/// a constant filter becomes part of filter and bias; another batch normalization with constant
/// parameters becomes Multiply and Add.
Result<bool> fold_batch_norm(Graph& graph, PassContext& context);
/// Zeros around the input of a convolution become its padding, and around that of a MaxPool whose
/// input is not negative.
Result<bool> fold_padding(Graph& graph, PassContext& context);
/// Pooling, and reductions of other dimensions, that alone read what is joined along the last
/// dimension read its parts instead, and their results are joined.
Result<bool> sink_concat(Graph& graph, PassContext& context);
/// Clips and slopes that are written out become Relu, Relu6, LeakyRelu or Prelu.
Result<bool> recognise_rectifiers(Graph& graph, PassContext& context);
/// Activations that are written out become one node: _Swish, _HardSwish, _HardSigmoid, _Gelu,
/// _GeluTanh; a factor may remain behind it.
Result<bool> recognise_activations(Graph& graph, PassContext& context);
/// Element-wise nodes behind a product become its post-ops, as far as a kernel takes them.
Result<bool> fuse_post_ops(Graph& graph, PassContext& context);
/// Layer normalization over last dimensions becomes _LayerNorm where it is written out: moments by
/// Mean and squared differences, then (x - mean) / sqrt(variance + epsilon) as a product, as a
/// quotient or multiplied out, or as a FusedBatchNorm of tiled moments (tfjs-layers); with a scale,
/// an offset, both or none.
Result<bool> recognise_layer_norm(Graph& graph, PassContext& context);
/// e / sum(e) with e = exp(x - max(x)) along the last dimension becomes Softmax.
Result<bool> recognise_softmax(Graph& graph, PassContext& context);
/// Neighbouring element-wise nodes on float32 become one _Elementwise, so that what lies between
/// them never goes to memory: trees that end in one result, in which all results have its shape and
/// only the tree reads them.
Result<bool> fuse_elementwise(Graph& graph, PassContext& context);

}  // namespace tfjs_native
