#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "graph/node_inference.h"
#include "graph/passes/passes.h"
#include "graph/passes/rewriting.h"
#include "ops/element_program.h"

namespace tfjs_native {
namespace {

/// What a node does to each element.
struct ElementNode {
  enum class Kind {
    kFunction,
    kSum,     // AddN: of all inputs, from the first on.
    kNumber,  // Cast: the input's number as float32.
    kName,    // Another name of its input.
  };
  Kind kind = Kind::kFunction;
  ElementFunction function = ElementFunction::kConstant;

  /// Instructions that it takes beside constants.
  size_t instructions(size_t inputs) const {
    if (kind == Kind::kFunction) return 1;
    return kind == Kind::kSum ? inputs - 1 : 0;
  }
};

bool gives_truth(ElementFunction function) {
  return function >= ElementFunction::kEqual && function <= ElementFunction::kLogicalXor;
}
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

std::optional<ElementNode> element_node(const Graph& graph, const GraphNode& node) {
  if (node.kind != NodeKind::kOperator || !node.post_ops.empty()) return std::nullopt;
  if (node.outputs.size() != 1 || node.outputs[0] == kNoTensor) return std::nullopt;
  std::vector<TensorDesc> inputs;
  for (const TensorId id : node.inputs) {
    if (id == kNoTensor) return std::nullopt;
    inputs.push_back(graph.tensors[id].desc);
  }
  const TensorDesc& output = graph.tensors[node.outputs[0]].desc;
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

/// Nodes that become one, by index; the last one's output is the result.
using Group = std::set<int>;

class Fusion {
 public:
  Fusion(Graph& graph, PassContext& context)
      : graph_(graph), context_(context), uses_(graph), is_gone_(graph.nodes.size(), false) {
    for (const GraphNode& node : graph.nodes) elements_.push_back(element_node(graph, node));
  }

  bool run() {
    bool changed = false;
    for (size_t i = graph_.nodes.size(); i-- > 0;) {
      if (is_gone_[i] || !elements_[i] || output_desc(i).dtype != DType::kFloat32) continue;
      const Group group = grow(static_cast<int>(i));
      const auto is_work = [&](int node) {
        return elements_[node]->kind != ElementNode::Kind::kName;
      };
      if (std::count_if(group.begin(), group.end(), is_work) >= 2) changed |= replace(group);
    }
    if (changed) remove_nodes(graph_, is_gone_);
    return changed;
  }

 private:
  const TensorDesc& output_desc(size_t node) const {
    return graph_.tensors[graph_.nodes[node].outputs[0]].desc;
  }

  /// Inputs that no node of the group makes.
  std::set<TensorId> inputs_of(const Group& group) const {
    std::set<TensorId> inputs;
    for (const int node : group) {
      for (const TensorId id : graph_.nodes[node].inputs) {
        if (group.count(uses_.producer(id)) == 0) inputs.insert(id);
      }
    }
    return inputs;
  }

  /// No more of anything than a program may have, were every input a constant.
  bool is_small(const Group& group) const {
    const size_t inputs = inputs_of(group).size();
    size_t instructions = inputs;
    for (const int node : group) {
      instructions += elements_[node]->instructions(graph_.nodes[node].inputs.size());
    }
    return inputs <= kMostElementInputs && instructions <= kMostElementInstructions;
  }

  /// The group that ends in the node. Producers join from the last one on, so that by then all that
  /// read them have joined, or never will.
  Group grow(int root) const {
    Group group{root};
    std::set<int, std::greater<>> candidates;
    const auto add_producers = [&](int node) {
      for (const TensorId id : graph_.nodes[node].inputs) {
        if (uses_.producer(id) >= 0) candidates.insert(uses_.producer(id));
      }
    };
    add_producers(root);
    while (!candidates.empty()) {
      const int node = *candidates.begin();
      candidates.erase(candidates.begin());
      if (is_gone_[node] || !elements_[node]) continue;
      if (!(output_desc(node).shape == output_desc(root).shape)) continue;
      const auto in_group = [&](int reader) { return group.count(reader) != 0; };
      if (!uses_.is_read_only_by(graph_.nodes[node].outputs[0], in_group)) continue;
      group.insert(node);
      if (is_small(group)) {
        add_producers(node);
      } else {
        group.erase(node);
      }
    }
    return group;
  }

  /// The node that computes what the group does. Constants become part of the program where
  /// `inline_constants` says so.
  GraphNode fused_node(const Group& group, bool inline_constants) {
    const GraphNode& root = graph_.nodes[*group.rbegin()];
    GraphNode fused;
    fused.op = &op_table()[find_op("_Elementwise")];
    fused.name = root.name;
    fused.outputs = root.outputs;
    std::map<TensorId, int> values;
    std::vector<std::pair<TensorId, float>> constants;
    for (const TensorId id : inputs_of(group)) {
      const auto constant = inline_constants ? scalar_constant(graph_, id, context_) : std::nullopt;
      if (constant) {
        constants.emplace_back(id, *constant);
      } else {
        values[id] = static_cast<int>(fused.inputs.size());
        fused.inputs.push_back(id);
      }
    }
    Doubles program;
    int next = static_cast<int>(fused.inputs.size());
    const auto append = [&](ElementFunction function, std::span<const int> operands,
                            std::span<const double> parameters) {
      append_instruction(program, function, operands, parameters);
      return next++;
    };
    for (const auto& [id, value] : constants) {
      const double parameter[] = {value};
      values[id] = append(ElementFunction::kConstant, {}, parameter);
    }
    for (const int index : group) {
      const GraphNode& node = graph_.nodes[index];
      std::vector<int> operands;
      for (const TensorId id : node.inputs) operands.push_back(values.at(id));
      int value = operands[0];
      switch (elements_[index]->kind) {
        case ElementNode::Kind::kNumber:
        case ElementNode::Kind::kName:
          break;
        case ElementNode::Kind::kSum:
          for (size_t i = 1; i < operands.size(); ++i) {
            value = append(ElementFunction::kAdd, std::vector<int>{value, operands[i]}, {});
          }
          break;
        case ElementNode::Kind::kFunction: {
          std::vector<double> parameters;
          for (const AttrSpec& attr : node.op->attrs) {
            parameters.push_back(node.attrs.number(attr.name));
          }
          parameters.resize(static_cast<size_t>(facts_of(elements_[index]->function).parameters));
          value = append(elements_[index]->function, operands, parameters);
          break;
        }
      }
      values[node.outputs[0]] = value;
      add_fused_names(node, fused.fused);
    }
    fused.attrs.add("program", {.present = true, .numbers = std::move(program)});
    return fused;
  }

  bool replace(const Group& group) {
    GraphNode node = fused_node(group, true);
    // Without a constant the shape may have a lower rank.
    if (!is_computed(graph_, node, context_)) node = fused_node(group, false);
    if (!is_computed(graph_, node, context_)) return false;
    for (const int index : group) is_gone_[index] = true;
    const int root = *group.rbegin();
    is_gone_[root] = false;
    elements_[root].reset();  // It has grown as far as it can.
    graph_.nodes[root] = std::move(node);
    return true;
  }

  Graph& graph_;
  PassContext& context_;
  const TensorUses uses_;
  std::vector<std::optional<ElementNode>> elements_;  // By node.
  std::vector<bool> is_gone_;
};

}  // namespace

Result<bool> fuse_elementwise(Graph& graph, PassContext& context) {
  return Fusion(graph, context).run();
}

}  // namespace tfjs_native
