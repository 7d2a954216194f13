#include "graph/builder.h"

#include <utility>

#include "graph/node_inference.h"
#include "graph/verifier.h"

namespace tfjs_native {

TensorId GraphBuilder::add_tensor(GraphTensor tensor) {
  graph_.tensors.push_back(std::move(tensor));
  return static_cast<TensorId>(graph_.tensors.size() - 1);
}

Status GraphBuilder::check_id(TensorId id) const {
  if (id >= 0 && static_cast<size_t>(id) < graph_.tensors.size()) return {};
  return make_status(Code::kBadModel, "expected one of the graph's %zu tensors, got number %d",
                     graph_.tensors.size(), id);
}

Result<TensorId> GraphBuilder::input(TensorDesc desc, std::string name) {
  TFJS_RETURN_IF_ERROR(check_shape(desc.shape));
  desc.is_constant = false;
  const TensorId id = add_tensor({std::move(desc), std::move(name), {}});
  graph_.inputs.push_back(id);
  return id;
}

Result<TensorId> GraphBuilder::constant(TensorDesc desc, Storage values, std::string name) {
  desc.is_constant = true;
  GraphTensor tensor{std::move(desc), std::move(name), std::move(values)};
  TFJS_RETURN_IF_ERROR(check_constant(tensor));
  return add_tensor(std::move(tensor));
}

Result<std::vector<TensorId>> GraphBuilder::node(std::string_view op, Attrs attrs,
                                                 std::vector<TensorId> inputs, std::string name) {
  const int index = find_op(op);
  if (index < 0) {
    return Status(Error{
        Code::kUnsupported, "node '" + name + "': no such operator", std::string(op), {}, false});
  }
  return node(op_table()[index], std::move(attrs), std::move(inputs), std::move(name));
}

Result<std::vector<TensorId>> GraphBuilder::node(const OpDef& op, Attrs attrs,
                                                 std::vector<TensorId> inputs, std::string name) {
  GraphNode node;
  node.op = &op;
  node.name = std::move(name);
  node.attrs = std::move(attrs);
  node.inputs = std::move(inputs);
  return add(std::move(node));
}

Result<int> GraphBuilder::subgraph(Graph body) {
  TFJS_RETURN_IF_ERROR(check_subgraph_name(graph_.subgraphs, body.name));
  graph_.subgraphs.push_back(std::move(body));
  return static_cast<int>(graph_.subgraphs.size() - 1);
}

Result<std::vector<TensorId>> GraphBuilder::if_node(std::vector<int> bodies,
                                                    std::vector<TensorId> inputs,
                                                    std::string name) {
  GraphNode node;
  node.kind = NodeKind::kIf;
  node.name = std::move(name);
  node.inputs = std::move(inputs);
  node.bodies = std::move(bodies);
  return add(std::move(node));
}

Result<std::vector<TensorId>> GraphBuilder::while_node(std::vector<int> bodies,
                                                       std::vector<TensorId> inputs,
                                                       std::string name) {
  GraphNode node;
  node.kind = NodeKind::kWhile;
  node.name = std::move(name);
  node.inputs = std::move(inputs);
  node.bodies = std::move(bodies);
  return add(std::move(node));
}

Result<std::vector<TensorId>> GraphBuilder::add(GraphNode node) {
  const size_t index = graph_.nodes.size();
  for (const TensorId id : node.inputs) {
    if (id == kNoTensor) continue;
    if (const Status status = check_id(id); !status.ok()) return at_node(status, node, index);
  }
  const auto descs = input_descs(node, [this](TensorId id) { return tensor(id).desc; });
  Result<std::vector<TensorDesc>> outputs = infer_node(graph_, node, descs);
  if (!outputs.ok()) return at_node(outputs.status(), node, index);
  if (const Status status = check_interface(graph_, node, descs); !status.ok()) {
    return at_node(status, node, index);
  }
  for (TensorDesc& output : outputs.value()) {
    node.outputs.push_back(add_tensor({std::move(output), {}, {}}));
  }
  graph_.nodes.push_back(std::move(node));
  return graph_.nodes.back().outputs;
}

Result<Graph> GraphBuilder::finish(std::vector<TensorId> outputs) {
  for (const TensorId id : outputs) TFJS_RETURN_IF_ERROR(check_id(id));
  graph_.outputs = std::move(outputs);
  return std::move(graph_);
}

}  // namespace tfjs_native
