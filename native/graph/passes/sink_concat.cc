// Pooling and reductions behind a concatenation of channels come before it: that leaves less to
// concatenate.
#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "device/attr_values.h"
#include "graph/passes/ask.h"
#include "graph/passes/passes.h"

namespace tfjs_native {
namespace {

/// These take channels last.
constexpr std::array<const char*, 2> kPoolings = {"AvgPool", "MaxPool"};
constexpr std::array<const char*, 4> kReductions = {"Mean", "Sum", "Max", "Min"};

/// What inference makes of a call's axes; null where it makes none.
std::optional<Axes> axes_of(const GraphEditor& editor, const GraphNode& node) {
  const Result<NodeCall> call = describe_node(editor, node);
  if (!call.ok()) return {};
  const auto* const axes = call.value().descriptor.resolved_as<Axes>();
  return axes == nullptr ? std::nullopt : std::optional(*axes);
}

/// Whether the node computes each part along the last dimension of its only input from that part
/// alone, and the parts follow each other along the last dimension of its output.
bool is_per_part(const GraphEditor& editor, const GraphNode& node) {
  const auto is_row = [&](const char* op) { return is_call_of(node, op); };
  if (std::any_of(kPoolings.begin(), kPoolings.end(), is_row)) return true;
  if (std::none_of(kReductions.begin(), kReductions.end(), is_row)) return false;
  const std::optional<Axes> axes = axes_of(editor, node);
  if (!axes) return false;
  const auto last = static_cast<int64_t>(editor.desc(node.inputs[0]).rank()) - 1;
  return std::find(axes->axes.begin(), axes->axes.end(), last) == axes->axes.end();
}

bool joins_last_dimension(const GraphEditor& editor, const GraphNode& node) {
  if (!is_call_of(node, "Concat")) return false;
  const std::optional<Axes> axes = axes_of(editor, node);
  return axes && axes->axes[0] == static_cast<int64_t>(editor.desc(node.outputs[0]).rank()) - 1;
}

class ConcatSinker {
 public:
  ConcatSinker(Graph& graph, PassContext& context) : context_(context), editor_(graph) {}

  bool run() {
    for (NodeId id = editor_.first(); id != kNoNode; id = editor_.next(id)) {
      sink(id);
    }
    return editor_.finish();
  }

 private:
  void sink(NodeId id) {
    const GraphNode& reader = editor_.node(id);
    if (reader.kind != NodeKind::kOperator || reader.inputs.size() != 1) return;
    const TensorId joined = reader.inputs[0];
    const GraphNode* const concat = editor_.maker(joined);
    if (concat == nullptr || editor_.only_reader(joined) != id) return;
    if (!joins_last_dimension(editor_, *concat) || !is_per_part(editor_, reader)) return;
    const TensorDesc result = editor_.desc(reader.outputs[0]);
    // As many elements to join, and more pieces to read, would gain nothing.
    if (result.num_elements() >= editor_.desc(joined).num_elements()) return;
    const GraphNode given = reader;
    GraphNode last = *concat;
    std::vector<GraphNode> parts;
    for (TensorId& input : last.inputs) {
      TensorDesc desc = result;
      desc.shape.back() = editor_.desc(input).shape.back();
      if (editor_.desc(input).dtype != editor_.desc(joined).dtype) return;
      GraphNode part = given;
      part.inputs = {input};
      input = editor_.add_tensor(std::move(desc));
      part.outputs = {input};
      if (!is_accepted(editor_, part, context_)) return;
      parts.push_back(std::move(part));
    }
    set_attr(last, "axis", number(-1));  // The rank may be another one.
    last.outputs = given.outputs;
    editor_.erase(editor_.producer(joined));
    for (GraphNode& part : parts) editor_.insert_before(id, std::move(part));
    editor_.replace(id, std::move(last));
  }

  PassContext& context_;
  GraphEditor editor_;
};

}  // namespace

Result<bool> sink_concat(Graph& graph, PassContext& context) {
  return ConcatSinker(graph, context).run();
}

}  // namespace tfjs_native
