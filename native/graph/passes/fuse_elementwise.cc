// Neighbouring element-wise nodes become one.
#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "graph/passes/element_node.h"
#include "graph/passes/passes.h"
#include "graph/passes/pattern.h"
#include "ops/element_program.h"

namespace tfjs_native {
namespace {

/// Nodes that become one; the output of the last one is the result. Nothing is inserted, so that
/// the order of their ids is the one in which they run.
using Group = std::set<NodeId>;

class ElementwiseFuser : PatternEditor {
 public:
  ElementwiseFuser(Graph& graph, PassContext& context) : PatternEditor(graph, context) {
    for (const GraphNode& node : graph.nodes) elements_.push_back(element_node(editor_, node));
  }

  Result<bool> run() {
    for (NodeId id = editor_.last(); id != kNoNode; id = editor_.previous(id)) {
      if (!element(id) || output_desc(id).dtype != DType::kFloat32) continue;
      const Group group = grow(id);
      const auto is_work = [&](NodeId part) {
        return element(part)->kind != ElementNode::Kind::kName;
      };
      if (std::count_if(group.begin(), group.end(), is_work) >= 2) replace_group(group);
    }
    return finish();
  }

 private:
  std::optional<ElementNode>& element(NodeId id) { return elements_[static_cast<size_t>(id)]; }
  const TensorDesc& output_desc(NodeId id) const {
    return editor_.desc(editor_.node(id).outputs[0]);
  }

  /// Inputs that no node of the group makes.
  std::set<TensorId> inputs_of(const Group& group) const {
    std::set<TensorId> inputs;
    for (const NodeId part : group) {
      for (const TensorId id : editor_.node(part).inputs) {
        if (!group.contains(editor_.producer(id))) inputs.insert(id);
      }
    }
    return inputs;
  }

  /// No more of anything than a program may have, were every input a constant.
  bool is_small(const Group& group) {
    const size_t inputs = inputs_of(group).size();
    size_t instructions = inputs;
    for (const NodeId part : group) {
      instructions += element(part)->instructions(editor_.node(part).inputs.size());
    }
    return inputs <= kMostElementInputs && instructions <= kMostElementInstructions;
  }

  /// The group that ends in the node. Producers join from the last one on, so that by then all that
  /// read them have joined, or never will.
  Group grow(NodeId root) {
    Group group = {root};
    std::set<NodeId, std::greater<>> candidates;
    const auto is_in_group = [&](NodeId id) { return group.contains(id); };
    const auto add_producers = [&](NodeId id) {
      for (const TensorId input : editor_.node(id).inputs) {
        if (editor_.producer(input) != kNoNode) candidates.insert(editor_.producer(input));
      }
    };
    add_producers(root);
    while (!candidates.empty()) {
      const NodeId id = *candidates.begin();
      candidates.erase(candidates.begin());
      if (!element(id) || output_desc(id).shape != output_desc(root).shape) continue;
      if (!editor_.is_read_only_by(editor_.node(id).outputs[0], is_in_group)) continue;
      group.insert(id);
      if (is_small(group)) {
        add_producers(id);
      } else {
        group.erase(id);
      }
    }
    return group;
  }

  /// The node that computes what the group does. Constants become part of the program where
  /// `inline_constants` says so.
  GraphNode fused_node(const Group& group, bool inline_constants) {
    const GraphNode& root = editor_.node(*group.rbegin());
    GraphNode fused;
    fused.op = &row_of("_Elementwise");
    fused.name = root.name;
    fused.outputs = root.outputs;
    std::map<TensorId, int> values;
    std::vector<std::pair<TensorId, double>> constants;
    for (const TensorId id : inputs_of(group)) {
      const auto constant = inline_constants ? constants_.scalar(id) : std::nullopt;
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
    for (const NodeId part : group) {
      const GraphNode& node = editor_.node(part);
      std::vector<int> operands;
      for (const TensorId id : node.inputs) operands.push_back(values.at(id));
      int value = operands[0];
      switch (element(part)->kind) {
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
          parameters.resize(static_cast<size_t>(facts_of(element(part)->function).parameters));
          value = append(element(part)->function, operands, parameters);
          break;
        }
      }
      values[node.outputs[0]] = value;
      add_fused_names(node, fused.fused);
    }
    fused.attrs.add("program", {.present = true, .numbers = std::move(program)});
    return fused;
  }

  void replace_group(const Group& group) {
    GraphNode node = fused_node(group, true);
    // Without a constant the shape may have a lower rank.
    if (!is_accepted(editor_, node, context_)) node = fused_node(group, false);
    if (!is_accepted(editor_, node, context_)) return;
    const NodeId root = *group.rbegin();
    element(root).reset();  // It has grown as far as it can.
    editor_.replace(root, std::move(node));
    for (const NodeId id : group) {
      if (id != root) editor_.erase(id);
    }
  }

  std::vector<std::optional<ElementNode>> elements_;  // By node, as the graph was.
};

}  // namespace

Result<bool> fuse_elementwise(Graph& graph, PassContext& context) {
  return ElementwiseFuser(graph, context).run();
}

}  // namespace tfjs_native
