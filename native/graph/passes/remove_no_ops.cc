// Nodes whose output is their input.
#include <algorithm>

#include "graph/edit.h"
#include "graph/passes/passes.h"
#include "graph/passes/reshapes.h"

namespace tfjs_native {
namespace {

bool are_all(const Doubles& numbers, double value) {
  return std::all_of(numbers.begin(), numbers.end(),
                     [=](double number) { return number == value; });
}

/// For a node whose output has the dtype and the shape of its first input.
bool gives_its_input(const GraphNode& node, const TensorDesc& desc) {
  if (is_call_of(node, "Tile")) return are_all(node.attrs.numbers("reps"), 1);
  if (is_call_of(node, "PadV2") || is_call_of(node, "MirrorPad")) {
    return are_all(node.attrs.numbers("paddings"), 0);
  }
  if (is_call_of(node, "Transpose")) {
    return moves_nothing(node.attrs.integers("perm"), desc.shape);
  }
  if (is_call_of(node, "Concat") || is_call_of(node, "AddN")) return node.inputs.size() == 1;
  // A part of that size is the whole.
  if (is_call_of(node, "Slice")) return true;
  return is_call_of(node, "Identity") || is_call_of(node, "Cast") || is_call_of(node, "Reshape") ||
         is_call_of(node, "BroadcastTo");
}

}  // namespace

Result<bool> remove_no_ops(Graph& graph, PassContext&) {
  GraphEditor editor(graph);
  for (NodeId id = editor.first(); id != kNoNode; id = editor.next(id)) {
    const GraphNode& node = editor.node(id);
    if (node.kind != NodeKind::kOperator || !node.post_ops.empty()) continue;
    if (node.inputs.empty() || node.inputs[0] == kNoTensor || node.outputs.size() != 1) continue;
    const TensorId from = node.outputs[0];
    const TensorId to = node.inputs[0];
    if (from == kNoTensor || editor.desc(from) != editor.desc(to)) continue;
    if (!gives_its_input(node, editor.desc(to))) continue;
    editor.replace_reads(from, to);
    editor.erase(id);
  }
  return editor.finish();
}

}  // namespace tfjs_native
