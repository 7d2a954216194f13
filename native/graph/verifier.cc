#include "graph/verifier.h"

#include <algorithm>

#include "graph/node_inference.h"

namespace tfjs_native {
namespace {

/// What makes a tensor's value, as far as the graph has been looked at.
class Definitions {
 public:
  explicit Definitions(const Graph& graph)
      : graph_(graph), is_defined_(graph.tensors.size(), false) {}

  Status define(TensorId id, const char* what) {
    TFJS_RETURN_IF_ERROR(check_id(id, what));
    if (is_defined_[id]) {
      return make_status(Code::kBadModel, "%s: tensor %d has a value already", what, id);
    }
    is_defined_[id] = true;
    return {};
  }

  Status use(TensorId id, const char* what) const {
    TFJS_RETURN_IF_ERROR(check_id(id, what));
    if (is_defined_[id]) return {};
    return make_status(Code::kBadModel, "%s: nothing before it gives tensor %d a value", what, id);
  }

 private:
  Status check_id(TensorId id, const char* what) const {
    if (id >= 0 && static_cast<size_t>(id) < graph_.tensors.size()) return {};
    return make_status(Code::kBadModel, "%s: expected one of %zu tensors, got number %d", what,
                       graph_.tensors.size(), id);
  }

  const Graph& graph_;
  std::vector<bool> is_defined_;
};

Status check_inputs(const Graph& graph, Definitions& definitions) {
  for (const TensorId id : graph.inputs) {
    TFJS_RETURN_IF_ERROR(definitions.define(id, "inputs"));
    const TensorDesc& desc = graph.tensors[id].desc;
    if (!desc.present || desc.is_constant) {
      return make_status(Code::kBadModel, "inputs: tensor %d is described as %s", id,
                         desc.present ? "constant" : "absent");
    }
    TFJS_RETURN_IF_ERROR(check_shape(desc.shape));
  }
  return {};
}

Status check_constants(const Graph& graph, Definitions& definitions) {
  for (size_t i = 0; i < graph.tensors.size(); ++i) {
    if (!graph.tensors[i].constant.buffer) continue;
    TFJS_RETURN_IF_ERROR(definitions.define(static_cast<TensorId>(i), "constants"));
    if (const Status status = check_constant(graph.tensors[i]); !status.ok()) {
      return make_status(Code::kBadModel, "constants: tensor %zu: %s", i,
                         status.error().message.c_str());
    }
  }
  return {};
}

std::string described(const TensorDesc& desc) {
  return (desc.is_constant ? "constant " : "") + type_text(desc);
}

Status check_node(const Graph& graph, const GraphNode& node, Definitions& definitions) {
  for (const TensorId id : node.inputs) {
    if (id != kNoTensor) TFJS_RETURN_IF_ERROR(definitions.use(id, "inputs"));
  }
  const auto descs = input_descs(node, [&](TensorId id) { return graph.tensors[id].desc; });
  TFJS_ASSIGN_OR_RETURN(const std::vector<TensorDesc> outputs, infer_node(graph, node, descs));
  TFJS_RETURN_IF_ERROR(check_interface(graph, node, descs));
  TFJS_RETURN_IF_ERROR(check_output_count(node, outputs.size()));
  for (size_t i = 0; i < outputs.size(); ++i) {
    const TensorId id = node.outputs[i];
    if (id == kNoTensor) continue;
    TFJS_RETURN_IF_ERROR(definitions.define(id, "outputs"));
    const TensorDesc& desc = graph.tensors[id].desc;
    if (desc == outputs[i]) continue;
    return make_status(Code::kBadModel, "output %zu: inference gives %s, the graph has %s", i,
                       described(outputs[i]).c_str(), described(desc).c_str());
  }
  return {};
}

Status check_subgraphs(const Graph& graph) {
  const std::span<const Graph> subgraphs(graph.subgraphs);
  for (size_t i = 0; i < subgraphs.size(); ++i) {
    TFJS_RETURN_IF_ERROR(check_subgraph_name(subgraphs.first(i), subgraphs[i].name));
    if (const Status status = verify(subgraphs[i]); !status.ok()) {
      Error error = status.error();
      error.message = "subgraph " + subgraphs[i].name + ": " + error.message;
      return Status(std::move(error));
    }
  }
  return {};
}

}  // namespace

Status verify(const Graph& graph) {
  // Bodies first: inference goes through them.
  TFJS_RETURN_IF_ERROR(check_subgraphs(graph));
  Definitions definitions(graph);
  TFJS_RETURN_IF_ERROR(check_inputs(graph, definitions));
  TFJS_RETURN_IF_ERROR(check_constants(graph, definitions));
  for (size_t index = 0; index < graph.nodes.size(); ++index) {
    const GraphNode& node = graph.nodes[index];
    const Status status = check_node(graph, node, definitions);
    if (!status.ok()) return at_node(status, node, index);
  }
  for (const TensorId id : graph.outputs) {
    TFJS_RETURN_IF_ERROR(definitions.use(id, "outputs of the graph"));
  }
  return {};
}

Status check_constant(const GraphTensor& tensor) {
  const TensorDesc& desc = tensor.desc;
  const Storage& storage = tensor.constant;
  if (!desc.present || !desc.is_constant || !storage.buffer) {
    return Status(Code::kBadModel, "expected a description of a constant, and its values");
  }
  TFJS_RETURN_IF_ERROR(check_shape(desc.shape));
  const size_t has_bytes = storage.buffer->size_bytes();
  const size_t wanted_bytes = desc.storage_bytes();
  if (storage.offset_bytes > has_bytes || wanted_bytes > has_bytes - storage.offset_bytes) {
    return make_status(Code::kBadModel, "%s: expected %zu bytes, got %zu", type_text(desc).c_str(),
                       wanted_bytes, has_bytes - std::min(has_bytes, storage.offset_bytes));
  }
  if (storage.offset_bytes % size_of(desc.dtype) != 0) {
    return make_status(Code::kBadModel, "%s: expected an offset of whole elements, got %zu bytes",
                       type_text(desc).c_str(), storage.offset_bytes);
  }
  return {};
}

Status check_subgraph_name(std::span<const Graph> subgraphs, const std::string& name) {
  if (name.empty()) return Status(Code::kBadModel, "subgraphs: expected a name, got none");
  for (const Graph& other : subgraphs) {
    if (other.name == name) {
      return make_status(Code::kBadModel, "subgraphs: there are two named %s", name.c_str());
    }
  }
  return {};
}

Status check_interface(const Graph& graph, const GraphNode& node,
                       std::span<const TensorDesc> inputs) {
  if (node.kind == NodeKind::kOperator) return {};
  const auto handed = inputs.subspan(node.kind == NodeKind::kIf ? 1 : 0);
  for (const int index : node.bodies) {
    const Graph& body = graph.subgraphs[index];
    for (size_t i = 0; i < handed.size(); ++i) {
      const TensorDesc& declared = body.tensors[body.inputs[i]].desc;
      if (declared.dtype == handed[i].dtype && declared.shape == handed[i].shape) continue;
      return make_status(Code::kBadModel, "subgraph %s: input %zu is declared as %s, but is %s",
                         body.name.c_str(), i, type_text(declared).c_str(),
                         type_text(handed[i]).c_str());
    }
  }
  return {};
}

}  // namespace tfjs_native
