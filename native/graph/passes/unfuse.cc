// Fused operators of tfjs -> plain products with post-ops, so that later passes see one form.
#include <algorithm>
#include <array>

#include "graph/passes/ask.h"
#include "graph/passes/constants.h"
#include "graph/passes/passes.h"

namespace tfjs_native {
namespace {

struct FusedRow {
  const char* fused;
  const char* plain;
};

constexpr std::array<FusedRow, 3> kFusedRows = {{{"FusedConv2D", "Conv2D"},
                                                 {"FusedDepthwiseConv2D", "DepthwiseConv2dNative"},
                                                 {"_FusedMatMul", "BatchMatMul"}}};

const OpDef* plain_row(const GraphNode& node) {
  for (const FusedRow& row : kFusedRows) {
    if (is_call_of(node, row.fused)) return &row_of(row.plain);
  }
  return nullptr;
}

bool are_plain_floats(const Descriptor& descriptor) {
  const auto fits = [](const TensorDesc& desc) { return !desc.present || is_plain_float(desc); };
  return std::all_of(descriptor.inputs.begin(), descriptor.inputs.end(), fits) &&
         std::all_of(descriptor.outputs.begin(), descriptor.outputs.end(), fits);
}

/// In a fused operator a list goes along the channels; a post-op's operand is broadcast from its
/// last dimension on. kNoTensor where that cannot be expressed.
TensorId operand_for(GraphEditor& editor, TensorId id, const Descriptor& descriptor) {
  const Window* const window = descriptor.resolved_as<Window>();
  const TensorDesc& desc = editor.desc(id);
  const bool is_list = desc.rank() == 1 && desc.shape[0] != 1;
  if (window == nullptr || !window->channels_first || !is_list) return id;
  if (!editor.tensor(id).constant.buffer) return kNoTensor;
  Shape shape = desc.shape;
  for (size_t i = 0; i < window->dims.size(); ++i) shape.push_back(1);
  return add_reshaped(editor, id, std::move(shape));
}

Attrs attrs_for(const OpDef& row, const Attrs& given) {
  Attrs attrs;
  for (const AttrSpec& spec : row.attrs) {
    if (given.has(spec.name)) attrs.add(spec.name, given.find(spec.name));
  }
  return attrs;
}

void unfuse_node(GraphEditor& editor, NodeId id, const OpDef& row, const PassContext& context) {
  const GraphNode fused = editor.node(id);
  const Result<NodeCall> call = describe_node(editor, fused);
  if (!call.ok() || !are_plain_floats(call.value().descriptor)) return;
  const Descriptor& descriptor = call.value().descriptor;
  GraphNode plain;
  plain.op = &row;
  plain.name = fused.name;
  plain.attrs = attrs_for(row, fused.attrs);
  plain.inputs = {fused.inputs[0], fused.inputs[1]};
  plain.outputs = fused.outputs;
  plain.fused = fused.fused;
  if (plain.fused.empty()) plain.fused = {op_name(fused)};
  for (PostOp post_op : descriptor.post_ops) {
    if (size_t* const input = operand_in(post_op)) {
      const TensorId operand = operand_for(editor, fused.inputs[*input], descriptor);
      if (operand == kNoTensor) return;
      *input = plain.inputs.size();
      plain.inputs.push_back(operand);
    }
    plain.post_ops.push_back(post_op);
  }
  if (is_accepted(editor, plain, context)) editor.replace(id, std::move(plain));
}

}  // namespace

Result<bool> unfuse(Graph& graph, PassContext& context) {
  GraphEditor editor(graph);
  for (NodeId id = editor.first(); id != kNoNode; id = editor.next(id)) {
    if (const OpDef* row = plain_row(editor.node(id))) unfuse_node(editor, id, *row, context);
  }
  return editor.finish();
}

}  // namespace tfjs_native
