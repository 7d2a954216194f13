#pragma once

#include "graph/edit.h"
#include "graph/node_inference.h"
#include "graph/passes/pass.h"

namespace tfjs_native {

/// The descriptions of the node's inputs as executables plan them: without a word of what is
/// constant.
std::vector<TensorDesc> input_descs(const GraphEditor& editor, const GraphNode& node);

/// What a device would be asked to compute for the node. Errors: those of inference.
Result<NodeCall> describe_node(const GraphEditor& editor, const GraphNode& node);

/// Whether the node's first output can be what the graph says of that tensor, and a kernel of the
/// device computes it.
bool is_accepted(const GraphEditor& editor, const GraphNode& node, const PassContext& context);

/// Where a post-op names its operand among the inputs; null where it has none.
size_t* operand_in(PostOp& post_op);

}  // namespace tfjs_native
