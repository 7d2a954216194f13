#pragma once

#include <optional>
#include <vector>

#include "graph/passes/ask.h"
#include "graph/passes/constants.h"
#include "graph/passes/tree_reader.h"

namespace tfjs_native {

/// A tensor and a number: the operands of a node with two.
struct WithScalar {
  TensorId tensor = kNoTensor;
  double scalar = 0;
};

/// What passes have in common that put one node into the place of several.
class PatternEditor {
 public:
  PatternEditor(Graph& graph, PassContext& context)
      : context_(context), editor_(graph), tree_(editor_), constants_(editor_, context.stream) {}

 protected:
  /// The operands of a node with two, of which one is a number that does not widen the other. With
  /// !may_come_first the second has to be the number.
  std::optional<WithScalar> with_scalar(const GraphNode& node, bool may_come_first = true);

  /// Puts a call of that operator into the node's place, and erases what nobody reads then. False
  /// where the output has not the shape of the first input, or no kernel takes the call.
  bool replace(NodeId id, const char* op, std::vector<TensorId> inputs, Attrs attrs = {});

  /// Puts `node`, which has no outputs yet, into the place of `root`: it computes from its inputs,
  /// and from constants, what that does with all that lies between, which vanishes. Some of that
  /// may have begun at `source`, if it is a tensor, instead of at an input. False where something
  /// else reads what lies between (views apart, which stay for that), or no kernel takes the call:
  /// then nothing changes. For passes that insert no nodes.
  bool replace_tree(NodeId root, GraphNode node, TensorId source = kNoTensor);

  /// Ends the pass.
  Result<bool> finish();

  PassContext& context_;
  GraphEditor editor_;
  TreeReader tree_;
  ConstantReader constants_;
};

}  // namespace tfjs_native
