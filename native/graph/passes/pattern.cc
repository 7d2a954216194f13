#include "graph/passes/pattern.h"

#include <utility>

namespace tfjs_native {

const GraphNode* PatternEditor::call_of(TensorId id, const char* op) const {
  const NodeId producer = editor_.producer(id);
  if (producer == kNoNode || !is_plain_float(editor_.desc(id))) return nullptr;
  const GraphNode& node = editor_.node(producer);
  return is_call_of(node, op) && node.post_ops.empty() ? &node : nullptr;
}

std::optional<WithScalar> PatternEditor::with_scalar(const GraphNode& node, bool may_come_first) {
  for (const size_t i : {size_t{1}, size_t{0}}) {
    if (i == 0 && !may_come_first) break;
    const TensorId tensor = node.inputs[1 - i];
    if (editor_.desc(tensor).shape != editor_.desc(node.outputs[0]).shape) continue;
    if (const auto scalar = reader_.scalar(node.inputs[i])) return WithScalar{tensor, *scalar};
  }
  return {};
}

bool PatternEditor::replace(NodeId id, const char* op, std::vector<TensorId> inputs, Attrs attrs) {
  const GraphNode old = editor_.node(id);
  GraphNode node;
  node.op = &row_of(op);
  node.name = old.name;
  node.attrs = std::move(attrs);
  node.inputs = std::move(inputs);
  node.outputs = old.outputs;
  node.fused = old.fused.empty() ? std::vector<std::string>{op_name(old)} : old.fused;
  if (editor_.desc(node.inputs[0]).shape != editor_.desc(old.outputs[0]).shape) return false;
  if (!is_accepted(editor_, node, context_)) return false;
  editor_.replace(id, std::move(node));
  // What it was made of would keep others from seeing that x has one reader.
  for (const TensorId input : old.inputs) editor_.erase_unread(input);
  return true;
}

Result<bool> PatternEditor::finish() {
  TFJS_RETURN_IF_ERROR(reader_.status());
  return editor_.finish();
}

}  // namespace tfjs_native
