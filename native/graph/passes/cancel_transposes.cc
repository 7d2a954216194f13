// Transposes and reshapes in a row, and transposes in front of a matrix product.
#include <algorithm>
#include <numeric>
#include <utility>

#include "device/attr_values.h"
#include "graph/passes/ask.h"
#include "graph/passes/passes.h"
#include "graph/passes/reshapes.h"

namespace tfjs_native {
namespace {

/// Only the last two dimensions change places.
bool swaps_matrices(const Ints& perm) {
  const size_t rank = perm.size();
  if (rank < 2) return false;
  Ints swapped(rank);
  std::iota(swapped.begin(), swapped.end(), int64_t{0});
  std::swap(swapped[rank - 1], swapped[rank - 2]);
  return perm == swapped;
}

class TransposeCanceller {
 public:
  TransposeCanceller(Graph& graph, PassContext& context) : context_(context), editor_(graph) {}

  bool run() {
    for (NodeId id = editor_.first(); id != kNoNode; id = editor_.next(id)) {
      if (is_call_of(editor_.node(id), "Transpose")) merge_transpose(id);
      if (is_reshape(editor_.node(id))) merge_reshape(id);
      if (is_call_of(editor_.node(id), "BatchMatMul")) {
        absorb_transpose(id, 0, "transposeA");
        absorb_transpose(id, 1, "transposeB");
      }
    }
    return editor_.finish();
  }

 private:
  /// Puts a node into the place of one that read an intermediate value, whose maker goes where
  /// nobody else reads it.
  void replace(NodeId id, GraphNode node) {
    const TensorId between = editor_.node(id).inputs[0];
    node.fused = fused_names(*editor_.maker(between), editor_.node(id));
    editor_.replace(id, std::move(node));
    editor_.erase_unread(between);
  }

  void merge_transpose(NodeId id) {
    GraphNode node = editor_.node(id);
    Ints perm = node.attrs.integers("perm");
    const GraphNode* const inner = editor_.maker(node.inputs[0]);
    if (inner != nullptr && is_call_of(*inner, "Transpose")) {
      const Ints first = inner->attrs.integers("perm");
      for (int64_t& axis : perm) axis = first[static_cast<size_t>(axis)];
      node.inputs[0] = inner->inputs[0];
      set_attr(node, "perm", numbers(perm));
      replace(id, node);
    }
    const TensorId x = node.inputs[0];
    if (!moves_nothing(perm, editor_.desc(x).shape)) return;
    const TensorId output = node.outputs[0];
    if (editor_.desc(x) == editor_.desc(output)) {
      editor_.erase(id);
      editor_.replace_reads(output, x);
      return;
    }
    GraphNode reshape = make_reshape(editor_, x, output);
    reshape.name = node.name;
    reshape.fused = {op_name(node)};
    editor_.replace(id, std::move(reshape));
  }

  void merge_reshape(NodeId id) {
    const GraphNode node = editor_.node(id);
    const TensorId output = node.outputs[0];
    const GraphNode* const inner = editor_.maker(node.inputs[0]);
    if (inner == nullptr || !is_reshape(*inner)) return;
    const TensorId x = inner->inputs[0];
    if (editor_.desc(x) == editor_.desc(output)) {
      editor_.erase(id);
      editor_.replace_reads(output, x);
      editor_.erase_unread(node.inputs[0]);
      return;
    }
    GraphNode reshape = make_reshape(editor_, x, output);
    reshape.name = node.name;
    replace(id, std::move(reshape));
  }

  void absorb_transpose(NodeId id, size_t input, const char* attr) {
    GraphNode node = editor_.node(id);
    const TensorId between = node.inputs[input];
    const GraphNode* const transpose = editor_.maker(between);
    if (transpose == nullptr || !is_call_of(*transpose, "Transpose")) return;
    if (!swaps_matrices(transpose->attrs.integers("perm"))) return;
    set_attr(node, attr, flag(!node.attrs.flag(attr)));
    node.inputs[input] = transpose->inputs[0];
    if (!is_accepted(editor_, node, context_)) return;
    node.fused = fused_names(*transpose, node);
    editor_.replace(id, std::move(node));
    editor_.erase_unread(between);
  }

  PassContext& context_;
  GraphEditor editor_;
};

}  // namespace

Result<bool> cancel_transposes(Graph& graph, PassContext& context) {
  return TransposeCanceller(graph, context).run();
}

}  // namespace tfjs_native
