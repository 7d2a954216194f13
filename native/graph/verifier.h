#pragma once

#include <span>
#include <string>
#include <vector>

#include "graph/graph.h"

namespace tfjs_native {

/// What holds for every graph that is run; for those who change one:
///   - inputs, constants and outputs of nodes are tensors of the graph, each of only one of these,
///   - a node reads what is an input, a constant, or an output of a node before it, and so do the
///     outputs of the graph,
///   - a tensor's description is what inference gives; a shape is a shape,
///   - a constant's storage is large enough,
///   - bodies of control flow are graphs of which the same holds, with different names, and declare
///     inputs of the types that their nodes hand them.
/// Tensors that nobody uses may be left. BAD_MODEL otherwise, or what inference finds; the message
/// names the node.
Status verify(const Graph& graph);

// Parts of it, which a builder checks while it builds.

/// A constant's description and storage.
Status check_constant(const GraphTensor& tensor);
/// Whether a further subgraph may have the name.
Status check_subgraph_name(std::span<const Graph> subgraphs, const std::string& name);
/// Whether the bodies of a node, if it has any, declare what `inputs` describes.
Status check_interface(const Graph& graph, const GraphNode& node,
                       std::span<const TensorDesc> inputs);

}  // namespace tfjs_native
