// What is one straight line below a bound and another above it, written out.
#include <algorithm>
#include <cmath>
#include <utility>

#include "device/attr_values.h"
#include "graph/passes/passes.h"
#include "graph/passes/pattern.h"

namespace tfjs_native {
namespace {

class RectifierRecogniser : PatternEditor {
 public:
  using PatternEditor::PatternEditor;

  Result<bool> run() {
    for (NodeId id = editor_.first(); id != kNoNode; id = editor_.next(id)) {
      TFJS_RETURN_IF_ERROR(recognise(id));
    }
    return finish();
  }

 private:
  Status recognise(NodeId id) {
    const GraphNode node = editor_.node(id);
    if (node.kind != NodeKind::kOperator || node.outputs.size() != 1 || !node.post_ops.empty() ||
        node.outputs[0] == kNoTensor || !is_plain_float(editor_.desc(node.outputs[0]))) {
      return {};
    }
    if (recognise_clip(id, node) || recognise_leaky_relu(id, node)) return {};
    if (is_call_of(node, "Add")) {
      TFJS_ASSIGN_OR_RETURN(const bool is_found,
                            recognise_prelu(id, node.inputs[0], node.inputs[1], -1));
      if (is_found) return {};
      return recognise_prelu(id, node.inputs[1], node.inputs[0], -1).status();
    }
    if (is_call_of(node, "Sub")) {
      return recognise_prelu(id, node.inputs[0], node.inputs[1], 1).status();
    }
    return {};
  }

  bool recognise_clip(NodeId id, const GraphNode& node) {
    if (is_call_of(node, "ClipByValue")) {
      const bool is_relu6 =
          node.attrs.number("clipValueMin") == 0 && node.attrs.number("clipValueMax") == 6;
      return is_relu6 && replace(id, "Relu6", {node.inputs[0]});
    }
    const bool is_maximum = is_call_of(node, "Maximum");
    if (!is_maximum && !is_call_of(node, "Minimum")) return false;
    const auto bound = with_scalar(node);
    if (!bound || bound->scalar != (is_maximum ? 0 : 6)) return false;
    // min(max(x, 0), 6), or the other way round.
    if (!is_maximum) {
      const GraphNode* const relu = tree_.call_of(bound->tensor, "Relu");
      return relu != nullptr && replace(id, "Relu6", {relu->inputs[0]});
    }
    if (const GraphNode* const minimum = tree_.call_of(bound->tensor, "Minimum")) {
      const auto inner = with_scalar(*minimum);
      if (inner && inner->scalar == 6) return replace(id, "Relu6", {inner->tensor});
    }
    return replace(id, "Relu", {bound->tensor});
  }

  /// max(x, slope * x). Where x is infinite a slope of 0 would make NaN of it.
  bool recognise_leaky_relu(NodeId id, const GraphNode& node) {
    if (!is_call_of(node, "Maximum")) return false;
    for (const size_t i : {size_t{0}, size_t{1}}) {
      const GraphNode* const product = tree_.call_of(node.inputs[i], "Multiply");
      const TensorId x = node.inputs[1 - i];
      if (product == nullptr) continue;
      const auto parts = with_scalar(*product);
      if (!parts || parts->tensor != x || !(parts->scalar > 0 && parts->scalar < 1)) continue;
      Attrs attrs;
      attrs.add("alpha", number(parts->scalar));
      return replace(id, "LeakyRelu", {x}, std::move(attrs));
    }
    return false;
  }

  /// relu(x) + slopes * sign * relu(-x), with constant slopes. One that is no number, or infinite,
  /// would make NaN of what is above 0.
  Result<bool> recognise_prelu(NodeId id, TensorId above, TensorId below, float sign) {
    const GraphNode* const relu = tree_.call_of(above, "Relu");
    const GraphNode* const product = tree_.call_of(below, "Multiply");
    if (relu == nullptr || product == nullptr) return false;
    const TensorId x = relu->inputs[0];
    for (const size_t i : {size_t{0}, size_t{1}}) {
      const GraphNode* const other = tree_.call_of(product->inputs[i], "Relu");
      if (other == nullptr || !is_negative_of(other->inputs[0], x)) continue;
      const TensorId slopes = product->inputs[1 - i];
      if (!is_plain_float(editor_.desc(slopes))) continue;
      auto values = constants_.floats(slopes);
      const auto is_finite = [](float value) { return std::isfinite(value); };
      if (!values || !std::all_of(values->begin(), values->end(), is_finite)) continue;
      for (float& value : *values) value *= sign;
      TFJS_ASSIGN_OR_RETURN(const TensorId constant,
                            add_floats(editor_, context_, editor_.desc(slopes).shape, *values));
      return replace(id, "Prelu", {x, constant});
    }
    return false;
  }

  bool is_negative_of(TensorId id, TensorId x) {
    if (const GraphNode* const negative = tree_.call_of(id, "Neg")) return negative->inputs[0] == x;
    const GraphNode* const product = tree_.call_of(id, "Multiply");
    if (product == nullptr) return false;
    const auto parts = with_scalar(*product);
    return parts && parts->scalar == -1 && parts->tensor == x;
  }
};

}  // namespace

Result<bool> recognise_rectifiers(Graph& graph, PassContext& context) {
  return RectifierRecogniser(graph, context).run();
}

}  // namespace tfjs_native
