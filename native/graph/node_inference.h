#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "device/descriptor.h"
#include "graph/graph.h"

namespace tfjs_native {

/// What a device is asked to compute for a node.
struct NodeCall {
  Descriptor descriptor;
  Doubles scalars;  // Run-time attributes, as inference leaves them.
};

/// For a node of an operator: its call when its inputs have these descriptions. Errors: those of
/// infer_node().
Result<NodeCall> describe_node(const GraphNode& node, std::span<const TensorDesc> inputs);

/// The descriptions of a node's outputs when its inputs have these (one for each of node.inputs;
/// absent ones have !present). `graph` holds the bodies. The shapes need not be the recorded ones.
/// Errors: BAD_MODEL (the number of inputs, one that is missing, bodies that do not fit), BAD_ATTR
/// (an attribute that the row does not declare, or not so), those of the operator's inference.
Result<std::vector<TensorDesc>> infer_node(const Graph& graph, const GraphNode& node,
                                           std::span<const TensorDesc> inputs);

/// The descriptions of a graph's outputs when its inputs have these, which must have the recorded
/// dtypes; else BAD_MODEL, or what infer_node() finds, with the node named.
Result<std::vector<TensorDesc>> infer_graph(const Graph& graph, std::span<const TensorDesc> inputs);

/// The descriptions of a node's inputs, out of those of its graph's tensors; `desc_of(id)` gives
/// each.
template <typename DescOf>
std::vector<TensorDesc> input_descs(const GraphNode& node, DescOf desc_of) {
  std::vector<TensorDesc> descs;
  descs.reserve(node.inputs.size());
  for (const TensorId id : node.inputs) {
    descs.push_back(id == kNoTensor ? TensorDesc{.present = false} : desc_of(id));
  }
  return descs;
}

/// BAD_MODEL unless the node has as many outputs as inference found. Other shapes may give others:
/// a list that an operator splits a tensor into.
Status check_output_count(const GraphNode& node, size_t count);

/// "float32[2,3]", for messages and prints.
std::string type_text(const TensorDesc& desc);

/// The status with its node named: by name, or by number where it has none.
Status at_node(const Status& status, const GraphNode& node, size_t index);

}  // namespace tfjs_native
