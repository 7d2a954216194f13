#include "graph/passes/pattern.h"

#include <algorithm>
#include <set>
#include <utility>

namespace tfjs_native {

std::optional<WithScalar> PatternEditor::with_scalar(const GraphNode& node, bool may_come_first) {
  for (const size_t i : {size_t{1}, size_t{0}}) {
    if (i == 0 && !may_come_first) break;
    const TensorId tensor = node.inputs[1 - i];
    if (editor_.desc(tensor).shape != editor_.desc(node.outputs[0]).shape) continue;
    if (const auto scalar = constants_.scalar(node.inputs[i])) return WithScalar{tensor, *scalar};
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
  add_fused_names(old, node.fused);
  if (editor_.desc(node.inputs[0]).shape != editor_.desc(old.outputs[0]).shape) return false;
  if (!is_accepted(editor_, node, context_)) return false;
  editor_.replace(id, std::move(node));
  // What it was made of would keep others from seeing that x has one reader.
  for (const TensorId input : old.inputs) editor_.erase_unread(input);
  return true;
}

bool PatternEditor::replace_tree(NodeId root, GraphNode node, TensorId source) {
  // From the root back to the inputs. Readers come before what they read, so that a node may go
  // when all its readers do.
  std::set<NodeId> tree;
  std::set<NodeId> pending = {root};
  const auto is_in_tree = [&](NodeId id) { return tree.contains(id); };
  while (!pending.empty()) {
    const NodeId id = *pending.rbegin();
    pending.erase(id);
    const GraphNode& part = editor_.node(id);
    if (id != root) {
      if (part.kind != NodeKind::kOperator || part.outputs.size() != 1) return false;
      if (!editor_.is_read_only_by(part.outputs[0], is_in_tree)) {
        if ((part.op->traits & kView) != 0) continue;
        return false;
      }
    }
    tree.insert(id);
    for (const TensorId input : part.inputs) {
      const bool is_given =
          input == kNoTensor || input == source ||
          std::find(node.inputs.begin(), node.inputs.end(), input) != node.inputs.end();
      if (!is_given && editor_.producer(input) != kNoNode) pending.insert(editor_.producer(input));
    }
  }
  node.name = editor_.node(root).name;
  node.outputs = editor_.node(root).outputs;
  if (!is_accepted(editor_, node, context_)) return false;
  for (const NodeId id : tree) add_fused_names(editor_.node(id), node.fused);
  tree.erase(root);
  editor_.replace(root, std::move(node));
  for (const NodeId id : tree) editor_.erase(id);
  return true;
}

Result<bool> PatternEditor::finish() {
  TFJS_RETURN_IF_ERROR(constants_.status());
  return editor_.finish();
}

}  // namespace tfjs_native
