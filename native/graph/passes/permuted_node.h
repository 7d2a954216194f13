#pragma once

#include <optional>

#include "graph/edit.h"

namespace tfjs_native {

/// Nodes that compute the same whatever the order of their dimensions: element-wise ones, paddings,
/// slices, joins, splits, and reductions that keep dimensions.
struct PermutableNode {
  size_t rank = 0;  // Of its outputs, and of the inputs whose dimensions change places with them.
  /// Which inputs these are; the others are constants that differ along one dimension at most.
  std::vector<bool> is_permuted;
};

/// Nothing for a node that is none.
std::optional<PermutableNode> permutable_node(const GraphEditor& editor, const GraphNode& node);

/// The node for inputs and outputs whose dimension perm[i] is what dimension i is for `node`. Its
/// constants are replaced; the other inputs and the outputs are to be.
GraphNode permuted(GraphEditor& editor, const GraphNode& node, const PermutableNode& kind,
                   const Ints& perm);

/// The shape of a tensor whose dimension perm[i] is dimension i of `shape`.
Shape permuted(const Shape& shape, const Ints& perm);

}  // namespace tfjs_native
