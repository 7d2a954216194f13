#include <optional>
#include <utility>

#include "graph/passes/passes.h"
#include "graph/passes/rewriting.h"
#include "graph/passes/tree_reader.h"

namespace tfjs_native {
namespace {

/// x, where the tensor is exp(x - max(x)) along the last dimension.
std::optional<TensorId> exponentiated(const TreeReader& reader, TensorId id) {
  const GraphNode* exp = reader.maker(reader.origin(id), "Exp");
  if (exp == nullptr) return std::nullopt;
  const GraphNode* difference = reader.maker(reader.origin(exp->inputs[0]), "Sub");
  if (difference == nullptr) return std::nullopt;
  const TensorId x = difference->inputs[0];
  const auto max = reader.reduction(difference->inputs[1], "Max");
  if (!max || max->dims != 1 || !reader.is_same(max->x, x)) return std::nullopt;
  return reader.origin(x);
}

/// x, where the tensors are e and sum(e).
std::optional<TensorId> numerator_and_sum(const TreeReader& reader, TensorId e, TensorId sum) {
  const auto reduction = reader.reduction(sum, "Sum");
  if (!reduction || reduction->dims != 1 || !reader.is_same(reduction->x, e)) return std::nullopt;
  return exponentiated(reader, e);
}

std::optional<TensorId> softmax_of(const TreeReader& reader, TensorId id) {
  if (const GraphNode* quotient = reader.maker(id, "RealDiv")) {
    return numerator_and_sum(reader, quotient->inputs[0], quotient->inputs[1]);
  }
  if (reader.maker(id, "Multiply") == nullptr) return std::nullopt;
  return reader.in_either_order(
      id, "Multiply", [&](TensorId e, TensorId inverse) -> std::optional<TensorId> {
        const GraphNode* reciprocal = reader.maker(reader.origin(inverse), "Reciprocal");
        if (reciprocal == nullptr) return std::nullopt;
        return numerator_and_sum(reader, e, reciprocal->inputs[0]);
      });
}

}  // namespace

Result<bool> recognise_softmax(Graph& graph, PassContext& context) {
  TreeReplacer replacer(graph, context);
  const TreeReader reader(graph, replacer.uses());
  for (size_t i = graph.nodes.size(); i-- > 0;) {
    const int index = static_cast<int>(i);
    const GraphNode& node = graph.nodes[i];
    if (replacer.is_gone(index) || node.outputs.size() != 1) continue;
    const auto x = softmax_of(reader, node.outputs[0]);
    if (!x) continue;
    GraphNode softmax;
    softmax.op = &op_table()[find_op("Softmax")];
    softmax.inputs = {*x};
    replacer.replace(index, std::move(softmax));
  }
  return replacer.finish();
}

}  // namespace tfjs_native
