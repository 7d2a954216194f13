// Nodes that nobody needs, and tensors that nobody names.
#include <algorithm>

#include "graph/edit.h"
#include "graph/passes/passes.h"

namespace tfjs_native {

Result<bool> remove_dead_code(Graph& graph, PassContext&) {
  GraphEditor editor(graph);
  // From the end, so that what only dead nodes read is dead when its turn comes.
  for (NodeId id = editor.last(); id != kNoNode; id = editor.previous(id)) {
    const std::vector<TensorId>& outputs = editor.node(id).outputs;
    const bool is_needed = std::any_of(outputs.begin(), outputs.end(), [&](TensorId output) {
      return output != kNoTensor && editor.is_read(output);
    });
    if (!is_needed) editor.erase(id);
  }
  const bool has_erased_nodes = editor.finish();
  return erase_unused_tensors(graph) || has_erased_nodes;
}

}  // namespace tfjs_native
