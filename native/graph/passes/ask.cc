#include "graph/passes/ask.h"

#include <variant>

namespace tfjs_native {

std::vector<TensorDesc> input_descs(const GraphEditor& editor, const GraphNode& node) {
  return input_descs(node, [&](TensorId id) {
    TensorDesc desc = editor.desc(id);
    desc.is_constant = false;
    return desc;
  });
}

Result<NodeCall> describe_node(const GraphEditor& editor, const GraphNode& node) {
  return describe_node(node, input_descs(editor, node));
}

bool is_accepted(const GraphEditor& editor, const GraphNode& node, const PassContext& context) {
  Result<NodeCall> call = describe_node(editor, node);
  if (!call.ok()) return false;
  const TensorDesc& wanted = editor.desc(node.outputs[0]);
  const TensorDesc& found = call.value().descriptor.outputs[0];
  if (found.dtype != wanted.dtype || found.shape != wanted.shape) return false;
  return context.planner.select(*node.op, std::move(call.value().descriptor)).ok();
}

size_t* operand_in(PostOp& post_op) {
  struct Visitor {
    size_t* operator()(BiasPostOp& bias) const { return &bias.input; }
    size_t* operator()(ActivationPostOp& activation) const {
      return activation.function == Activation::kPrelu ? &activation.input : nullptr;
    }
    size_t* operator()(BinaryPostOp& binary) const { return &binary.input; }
    size_t* operator()(SumPostOp& sum) const { return &sum.input; }
    size_t* operator()(QuantizePostOp&) const { return nullptr; }
  };
  return std::visit(Visitor(), post_op);
}

}  // namespace tfjs_native
