#include "graph/passes/element_node.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "ops/element_program.h"

namespace tfjs_native {
namespace {

bool takes_truth(ElementFunction function) {
  return function >= ElementFunction::kLogicalNot && function <= ElementFunction::kLogicalXor;
}

/// Whether a function of floats and truth values computes what the operator does to such tensors.
bool is_of_floats(ElementFunction function, const std::vector<TensorDesc>& inputs,
                  const TensorDesc& output) {
  if (inputs.size() != static_cast<size_t>(facts_of(function).operands)) return false;
  if (output.dtype != (gives_truth(function) ? DType::kBool : DType::kFloat32)) return false;
  for (size_t i = 0; i < inputs.size(); ++i) {
    const bool is_truth = takes_truth(function) || (function == ElementFunction::kSelect && i == 0);
    if (inputs[i].dtype != (is_truth ? DType::kBool : DType::kFloat32)) return false;
  }
  // A list as condition chooses among slices along the first dimension, not the last.
  return function != ElementFunction::kSelect || inputs[0].rank() == 0 ||
         inputs[0].shape == output.shape;
}

/// For operators that are no function of their own.
std::optional<ElementNode::Kind> special_kind(std::string_view op,
                                              const std::vector<TensorDesc>& inputs,
                                              const TensorDesc& output) {
  const auto is_float = [](const TensorDesc& desc) { return desc.dtype == DType::kFloat32; };
  if (!is_float(output)) return std::nullopt;
  const bool are_floats = std::all_of(inputs.begin(), inputs.end(), is_float);
  if (op == "AddN" && are_floats) return ElementNode::Kind::kSum;
  if (op != "Cast" && op != "Identity" && op != "Reshape") return std::nullopt;
  if (inputs[0].shape != output.shape) return std::nullopt;
  if (are_floats) return ElementNode::Kind::kName;
  if (op == "Cast" && kTfjsReals.has(inputs[0].dtype)) return ElementNode::Kind::kNumber;
  return std::nullopt;
}

}  // namespace

std::optional<ElementNode> element_node(const GraphEditor& editor, const GraphNode& node) {
  if (node.kind != NodeKind::kOperator || !node.post_ops.empty()) return std::nullopt;
  if (node.outputs.size() != 1 || node.outputs[0] == kNoTensor) return std::nullopt;
  std::vector<TensorDesc> inputs;
  for (const TensorId id : node.inputs) {
    if (id == kNoTensor) return std::nullopt;
    inputs.push_back(editor.desc(id));
  }
  const TensorDesc& output = editor.desc(node.outputs[0]);
  const std::string_view op = node.op->name;
  ElementNode element;
  if (const auto kind = special_kind(op, inputs, output)) {
    element.kind = *kind;
    return element;
  }
  const auto function = find_element_function(op);
  if (!function || !is_of_floats(*function, inputs, output)) return std::nullopt;
  element.function = *function;
  return element;
}

}  // namespace tfjs_native
