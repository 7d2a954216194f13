#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "graph/graph.h"

namespace tfjs_native {

/// Builds a graph node by node. Inference runs for each, so that descriptions are right and errors
/// name the node and the operator at fault; what a failed call was to add is not there.
class GraphBuilder {
 public:
  explicit GraphBuilder(std::string name) { graph_.name = std::move(name); }

  /// The next input of the graph. Its values are not constant, whatever the description says.
  /// BAD_SHAPE for what is no shape.
  Result<TensorId> input(TensorDesc desc, std::string name = {});
  /// A tensor whose values lie in the storage, which need not be written yet. BAD_SHAPE, or
  /// BAD_MODEL when the storage is too small for it.
  Result<TensorId> constant(TensorDesc desc, Storage values, std::string name = {});

  /// Adds a call of an operator: for each of its outputs a tensor. `inputs` has kNoTensor for
  /// optional inputs that are absent. Errors: see infer_node().
  Result<std::vector<TensorId>> node(std::string_view op, Attrs attrs, std::vector<TensorId> inputs,
                                     std::string name = {});
  Result<std::vector<TensorId>> node(const OpDef& op, Attrs attrs, std::vector<TensorId> inputs,
                                     std::string name = {});

  /// A body for control flow, under its own name. BAD_MODEL when that is empty or taken.
  Result<int> subgraph(Graph body);
  /// `bodies`: see NodeKind. The inputs must have the types that the bodies declare.
  Result<std::vector<TensorId>> if_node(std::vector<int> bodies, std::vector<TensorId> inputs,
                                        std::string name = {});
  Result<std::vector<TensorId>> while_node(std::vector<int> bodies, std::vector<TensorId> inputs,
                                           std::string name = {});

  void name_tensor(TensorId id, std::string name) { graph_.tensors[id].name = std::move(name); }
  const GraphTensor& tensor(TensorId id) const { return graph_.tensors[id]; }

  /// Ends the building. BAD_MODEL when an output is no tensor of the graph.
  Result<Graph> finish(std::vector<TensorId> outputs);

 private:
  TensorId add_tensor(GraphTensor tensor);
  Status check_id(TensorId id) const;
  Result<std::vector<TensorId>> add(GraphNode node);

  Graph graph_;
};

}  // namespace tfjs_native
