#pragma once

#include <optional>
#include <string>
#include <vector>

#include "graph/passes/pass.h"
#include "graph/passes/uses.h"

namespace tfjs_native {

// What passes have in common that put one node in the place of several.

/// The value of a constant of one float32 element, of whatever rank; none for all else, and where
/// the value is not there yet.
std::optional<float> scalar_constant(const Graph& graph, TensorId id, PassContext& context);

/// Whether the device computes the node, and its only output is described as its tensor is.
bool is_computed(const Graph& graph, const GraphNode& node, const PassContext& context);

/// Appends to `fused` the operators that a node stands for.
void add_fused_names(const GraphNode& node, std::vector<std::string>& fused);

/// Takes out the nodes that are marked.
void remove_nodes(Graph& graph, const std::vector<bool>& is_gone);

/// Puts single nodes in the place of trees of nodes, in one walk from the last node to the first.
/// uses() tells how the graph was before: nodes that are gone count as readers still.
class TreeReplacer {
 public:
  TreeReplacer(Graph& graph, PassContext& context)
      : graph_(graph), context_(context), uses_(graph), is_gone_(graph.nodes.size(), false) {}

  const TensorUses& uses() const { return uses_; }
  bool is_gone(int node) const { return is_gone_[node]; }

  /// `node`, which has no outputs yet, computes from its inputs, and from constants, what the node
  /// `root` does with all that lies between. Some of that may have begun at `source`, if it is a
  /// tensor, instead of at an input. False where something else reads what lies between (views
  /// apart, which stay for that), or the device does not compute the node: then nothing changes.
  bool replace(int root, GraphNode node, TensorId source = kNoTensor);

  /// Ends the replacing; true if something was replaced.
  bool finish();

 private:
  Graph& graph_;
  PassContext& context_;
  const TensorUses uses_;
  std::vector<bool> is_gone_;
  bool changed_ = false;
};

}  // namespace tfjs_native
