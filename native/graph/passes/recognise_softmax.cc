// Softmax that is written out.
#include <optional>
#include <utility>

#include "graph/passes/passes.h"
#include "graph/passes/pattern.h"

namespace tfjs_native {
namespace {

/// x, where the tensor is exp(x - max(x)) along the last dimension.
std::optional<TensorId> exponentiated(const TreeReader& reader, TensorId id) {
  const GraphNode* exp = reader.call_of(reader.origin(id), "Exp");
  if (exp == nullptr) return std::nullopt;
  const GraphNode* difference = reader.call_of(reader.origin(exp->inputs[0]), "Sub");
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
  if (const GraphNode* quotient = reader.call_of(id, "RealDiv")) {
    return numerator_and_sum(reader, quotient->inputs[0], quotient->inputs[1]);
  }
  if (reader.call_of(id, "Multiply") == nullptr) return std::nullopt;
  return reader.in_either_order(
      id, "Multiply", [&](TensorId e, TensorId inverse) -> std::optional<TensorId> {
        const GraphNode* reciprocal = reader.call_of(reader.origin(inverse), "Reciprocal");
        if (reciprocal == nullptr) return std::nullopt;
        return numerator_and_sum(reader, e, reciprocal->inputs[0]);
      });
}

class SoftmaxRecogniser : PatternEditor {
 public:
  using PatternEditor::PatternEditor;

  Result<bool> run() {
    for (NodeId id = editor_.last(); id != kNoNode; id = editor_.previous(id)) {
      if (editor_.node(id).outputs.size() != 1) continue;
      const auto x = softmax_of(tree_, editor_.node(id).outputs[0]);
      if (!x) continue;
      GraphNode softmax;
      softmax.op = &row_of("Softmax");
      softmax.inputs = {*x};
      replace_tree(id, std::move(softmax));
    }
    return finish();
  }
};

}  // namespace

Result<bool> recognise_softmax(Graph& graph, PassContext& context) {
  return SoftmaxRecogniser(graph, context).run();
}

}  // namespace tfjs_native
