#include "graph/passes/reshapes.h"

#include "device/attr_values.h"

namespace tfjs_native {

bool is_reshape(const GraphNode& node) {
  return is_call_of(node, "Reshape") || is_call_of(node, "ExpandDims");
}

bool moves_nothing(const Ints& perm, const Shape& shape) {
  int64_t last = -1;
  for (const int64_t axis : perm) {
    if (shape[static_cast<size_t>(axis)] == 1) continue;
    if (axis < last) return false;
    last = axis;
  }
  return true;
}

GraphNode make_reshape(const GraphEditor& editor, TensorId input, TensorId output) {
  GraphNode node;
  node.op = &row_of("Reshape");
  node.attrs.add("shape", numbers(editor.desc(output).shape));
  node.inputs = {input};
  node.outputs = {output};
  return node;
}

}  // namespace tfjs_native
