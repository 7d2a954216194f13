#include "graph/passes/tree_reader.h"

#include "graph/node_inference.h"

namespace tfjs_native {

const GraphNode* TreeReader::maker(TensorId id) const {
  const int producer = uses_.producer(id);
  if (producer < 0) return nullptr;
  const GraphNode& node = graph_.nodes[producer];
  const bool is_plain =
      node.kind == NodeKind::kOperator && node.post_ops.empty() && node.outputs.size() == 1;
  // A node that was replaced meanwhile makes its output in another way, but makes it.
  return is_plain && node.outputs[0] == id ? &node : nullptr;
}

const GraphNode* TreeReader::maker(TensorId id, std::string_view op) const {
  const GraphNode* node = maker(id);
  return node != nullptr && node->op->name == op ? node : nullptr;
}

TensorId TreeReader::origin(TensorId id) const {
  for (const GraphNode* node = maker(id); node != nullptr; node = maker(id)) {
    const std::string_view op = node->op->name;
    if (op != "Identity" && op != "Reshape" && op != "Cast" && op != "ExpandDims") return id;
    const TensorId input = node->inputs[0];
    if (desc(input).dtype != desc(id).dtype || desc(input).shape != desc(id).shape) return id;
    id = input;
  }
  return id;
}

TensorId TreeReader::origin_in_any_shape(TensorId id) const {
  for (;;) {
    id = origin(id);
    const GraphNode* node = maker(id, "Reshape");
    if (node == nullptr) node = maker(id, "ExpandDims");
    if (node == nullptr) return id;
    id = node->inputs[0];
  }
}

std::optional<TreeReader::Reduction> TreeReader::reduction(TensorId id, std::string_view op) const {
  const GraphNode* node = maker(origin_in_any_shape(id), op);
  if (node == nullptr) return std::nullopt;
  const auto call =
      describe_node(*node, input_descs(*node, [&](TensorId input) { return desc(input); }));
  if (!call.ok()) return std::nullopt;
  const auto* axes = call.value().descriptor.resolved_as<Axes>();
  if (axes == nullptr || axes->axes.empty()) return std::nullopt;
  Reduction reduction{node->inputs[0], static_cast<int64_t>(axes->axes.size())};
  Shape shape = desc(reduction.x).shape;
  // The axes are sorted, each is there once.
  if (axes->axes[0] != static_cast<int64_t>(shape.size()) - reduction.dims) return std::nullopt;
  for (const int64_t axis : axes->axes) shape[static_cast<size_t>(axis)] = 1;
  if (desc(id).shape != shape) return std::nullopt;
  return reduction;
}

}  // namespace tfjs_native
