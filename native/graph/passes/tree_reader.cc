#include "graph/passes/tree_reader.h"

#include "graph/passes/ask.h"
#include "graph/passes/reshapes.h"

namespace tfjs_native {

const GraphNode* TreeReader::call_of(TensorId id, std::string_view op) const {
  const GraphNode* const node = editor_.maker(id);
  if (node == nullptr || !is_plain_float(editor_.desc(id))) return nullptr;
  return is_call_of(*node, op) && node->post_ops.empty() ? node : nullptr;
}

TensorId TreeReader::origin(TensorId id) const {
  for (const GraphNode* node = editor_.maker(id); node != nullptr; node = editor_.maker(id)) {
    const bool is_name =
        is_reshape(*node) || is_call_of(*node, "Identity") || is_call_of(*node, "Cast");
    if (!is_name) return id;
    const TensorDesc& input = editor_.desc(node->inputs[0]);
    if (input.dtype != editor_.desc(id).dtype || input.shape != editor_.desc(id).shape) return id;
    id = node->inputs[0];
  }
  return id;
}

TensorId TreeReader::origin_in_any_shape(TensorId id) const {
  for (;;) {
    id = origin(id);
    const GraphNode* const node = editor_.maker(id);
    if (node == nullptr || !is_reshape(*node)) return id;
    id = node->inputs[0];
  }
}

std::optional<TreeReader::Reduction> TreeReader::reduction(TensorId id, std::string_view op) const {
  const GraphNode* const node = call_of(origin_in_any_shape(id), op);
  if (node == nullptr) return std::nullopt;
  const Result<NodeCall> call = describe_node(editor_, *node);
  if (!call.ok()) return std::nullopt;
  const auto* const axes = call.value().descriptor.resolved_as<Axes>();
  if (axes == nullptr || axes->axes.empty()) return std::nullopt;
  const Reduction reduction{node->inputs[0], static_cast<int64_t>(axes->axes.size())};
  Shape shape = editor_.desc(reduction.x).shape;
  // The axes are sorted, each is there once.
  if (axes->axes[0] != static_cast<int64_t>(shape.size()) - reduction.dims) return std::nullopt;
  for (const int64_t axis : axes->axes) shape[static_cast<size_t>(axis)] = 1;
  if (editor_.desc(id).shape != shape) return std::nullopt;
  return reduction;
}

}  // namespace tfjs_native
