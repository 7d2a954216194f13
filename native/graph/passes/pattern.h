#pragma once

#include <optional>
#include <vector>

#include "graph/passes/ask.h"
#include "graph/passes/constants.h"

namespace tfjs_native {

/// A tensor and a number: the operands of a node with two.
struct WithScalar {
  TensorId tensor = kNoTensor;
  double scalar = 0;
};

/// What passes that recognise patterns ask of a graph that they edit.
class PatternEditor {
 public:
  PatternEditor(Graph& graph, PassContext& context)
      : context_(context), editor_(graph), reader_(editor_, context.stream) {}

 protected:
  /// The call that computes a float32 tensor; null where it is none of that operator.
  const GraphNode* call_of(TensorId id, const char* op) const;
  /// The operands of a node with two, of which one is a number that does not widen the other. With
  /// !may_come_first the second has to be the number.
  std::optional<WithScalar> with_scalar(const GraphNode& node, bool may_come_first = true);
  /// Puts a call of that operator into the node's place, and erases what nobody reads then. False
  /// where the output has not the shape of the first input, or no kernel takes the call.
  bool replace(NodeId id, const char* op, std::vector<TensorId> inputs, Attrs attrs = {});
  /// Ends the pass.
  Result<bool> finish();

  PassContext& context_;
  GraphEditor editor_;
  ConstantReader reader_;
};

}  // namespace tfjs_native
