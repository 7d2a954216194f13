#include "graph/passes/ask.h"

#include <variant>

#include "graph/node_inference.h"

namespace tfjs_native {

bool is_accepted(const GraphEditor& editor, const GraphNode& node, const PassContext& context) {
  // As executables plan it: without a word of what is constant.
  const std::vector<TensorDesc> inputs = input_descs(node, [&](TensorId id) {
    TensorDesc desc = editor.desc(id);
    desc.is_constant = false;
    return desc;
  });
  Result<NodeCall> call = describe_node(node, inputs);
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
