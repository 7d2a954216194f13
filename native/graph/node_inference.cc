#include "graph/node_inference.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <variant>

#include "runtime/planner.h"
#include "tensor/broadcast.h"

namespace tfjs_native {
namespace {

Status check_inputs(const OpDef& op, std::span<const TensorDesc> inputs) {
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (!inputs[i].present || !inputs[i].is_open()) continue;
    return make_status(Code::kUnsupported,
                       "input %zu: expected a shape that is known before the run, got %s", i,
                       to_string(inputs[i].shape).c_str());
  }
  if (op.variadic && inputs.size() >= op.inputs.size()) {
    for (size_t i = 0; i < inputs.size(); ++i) {
      if (!inputs[i].present) {
        return make_status(Code::kBadModel, "input %zu: expected a tensor, got none", i);
      }
    }
    return {};
  }
  if (inputs.size() != op.inputs.size()) {
    return make_status(Code::kBadModel, "expected %zu inputs, got %zu", op.inputs.size(),
                       inputs.size());
  }
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (!inputs[i].present && !op.inputs[i].optional) {
      return make_status(Code::kBadModel, "%s: expected a tensor, got none",
                         op.inputs[i].name.c_str());
    }
  }
  return {};
}

/// Null, or what was expected instead of the value.
const char* expected_instead(const AttrSpec& spec, const AttrValue& value) {
  switch (spec.kind) {
    case AttrKind::kNumber:
      return value.numbers.size() == 1 ? nullptr : "a number";
    case AttrKind::kBool:
      return value.numbers.size() == 1 ? nullptr : "true or false";
    case AttrKind::kDType: {
      const bool is_dtype = value.numbers.size() == 1 && value.numbers[0] >= 0 &&
                            value.numbers[0] < kNativeDTypeCount &&
                            value.numbers[0] == static_cast<int>(value.numbers[0]);
      return is_dtype ? nullptr : "a dtype";
    }
    case AttrKind::kText:
      return value.numbers.empty() ? nullptr : "a text";
    case AttrKind::kNumbers:
      return value.text.empty() ? nullptr : "numbers";
    case AttrKind::kChoice: {
      const bool is_choice =
          std::find(spec.choices.begin(), spec.choices.end(), value.text) != spec.choices.end();
      return is_choice ? nullptr : "one of the texts that the operator knows";
    }
    case AttrKind::kChoices: {
      const auto is_choice = [&](double place) {
        return place >= 0 && place < static_cast<double>(spec.choices.size()) &&
               place == std::trunc(place);
      };
      const bool are_choices = std::all_of(value.numbers.begin(), value.numbers.end(), is_choice);
      return are_choices ? nullptr : "texts that the operator knows";
    }
    case AttrKind::kPadding:
      if (value.padding.kind != Padding::Kind::kNumber) return nullptr;
      return value.padding.values.size() == 1 ? nullptr : "one number of padding";
  }
  return nullptr;
}

/// Inference functions rely on what this checks.
Status check_attrs(const OpDef& op, const Attrs& attrs) {
  for (const std::string& name : attrs.names()) {
    const auto is_named = [&](const AttrSpec& spec) { return spec.name == name; };
    if (std::none_of(op.attrs.begin(), op.attrs.end(), is_named)) {
      return make_status(Code::kBadAttr, "%s: not an attribute of the operator", name.c_str());
    }
  }
  for (const AttrSpec& spec : op.attrs) {
    const AttrValue& value = attrs.find(spec.name);
    if (!value.present) {
      if (spec.optional) continue;
      return make_status(Code::kBadAttr, "%s: expected a value, got none", spec.name.c_str());
    }
    if (const char* expected = expected_instead(spec, value); expected != nullptr) {
      return make_status(Code::kBadAttr, "%s: expected %s", spec.name.c_str(), expected);
    }
  }
  return {};
}

/// The index of a post-op's operand, or -1.
int64_t operand_of(const PostOp& post_op) {
  struct Visitor {
    int64_t operator()(const BiasPostOp& bias) const { return static_cast<int64_t>(bias.input); }
    int64_t operator()(const ActivationPostOp& activation) const {
      return activation.function == Activation::kPrelu ? static_cast<int64_t>(activation.input)
                                                       : -1;
    }
    int64_t operator()(const BinaryPostOp& binary) const {
      return static_cast<int64_t>(binary.input);
    }
    int64_t operator()(const SumPostOp& sum) const { return static_cast<int64_t>(sum.input); }
    int64_t operator()(const QuantizePostOp&) const { return -1; }
  };
  return std::visit(Visitor(), post_op);
}

Status check_post_ops(const GraphNode& node, std::span<const TensorDesc> inputs,
                      const TensorDesc& output) {
  const size_t declared = node.op->inputs.size();
  for (const PostOp& post_op : node.post_ops) {
    const int64_t operand = operand_of(post_op);
    if (operand < 0) continue;
    const size_t index = static_cast<size_t>(operand);
    if (index < declared || index >= inputs.size() || !inputs[index].present) {
      return make_status(Code::kBadModel, "post-op: input %zu is no operand of it", index);
    }
    const auto broadcast = broadcast_shapes(output.shape, inputs[index].shape);
    const bool is_whole =
        !std::holds_alternative<SumPostOp>(post_op) || inputs[index].shape == output.shape;
    if (is_whole && broadcast.ok() && broadcast.value() == output.shape) continue;
    return make_status(Code::kBadShape, "post-op: shape %s does not broadcast to the output %s",
                       to_string(inputs[index].shape).c_str(), to_string(output.shape).c_str());
  }
  return {};
}

Result<std::vector<TensorDesc>> infer_operator(const GraphNode& node,
                                               std::span<const TensorDesc> inputs) {
  TFJS_ASSIGN_OR_RETURN(NodeCall call, describe_node(node, inputs));
  const bool is_constant = (node.op->traits & kRandom) == 0 &&
                           std::all_of(inputs.begin(), inputs.end(), [](const TensorDesc& input) {
                             return !input.present || input.is_constant;
                           });
  for (TensorDesc& output : call.descriptor.outputs) output.is_constant = is_constant;
  return std::move(call.descriptor.outputs);
}

Result<std::vector<TensorDesc>> infer_body(const Graph& body, std::span<const TensorDesc> inputs) {
  Result<std::vector<TensorDesc>> outputs = infer_graph(body, inputs);
  if (outputs.ok()) return outputs;
  Error error = outputs.status().error();
  error.message = "subgraph " + body.name + ": " + error.message;
  return Status(std::move(error));
}

Status check_scalar_bool(const char* name, const TensorDesc& desc) {
  if (desc.present && desc.dtype == DType::kBool && desc.rank() == 0) return {};
  return make_status(Code::kBadModel, "%s: expected bool[], got %s", name,
                     desc.present ? type_text(desc).c_str() : "none");
}

Status check_same_types(const Graph& a, std::span<const TensorDesc> a_descs, const Graph& b,
                        std::span<const TensorDesc> b_descs) {
  if (a_descs.size() != b_descs.size()) {
    return make_status(Code::kBadModel, "%s has %zu results, %s %zu", a.name.c_str(),
                       a_descs.size(), b.name.c_str(), b_descs.size());
  }
  for (size_t i = 0; i < a_descs.size(); ++i) {
    if (a_descs[i].dtype == b_descs[i].dtype && a_descs[i].shape == b_descs[i].shape) continue;
    return make_status(Code::kBadModel, "result %zu: %s gives %s, %s gives %s", i, a.name.c_str(),
                       type_text(a_descs[i]).c_str(), b.name.c_str(),
                       type_text(b_descs[i]).c_str());
  }
  return {};
}

Result<std::vector<TensorDesc>> infer_if(const Graph& graph, const GraphNode& node,
                                         std::span<const TensorDesc> inputs) {
  if (inputs.empty()) return Status(Code::kBadModel, "condition: expected bool[], got none");
  TFJS_RETURN_IF_ERROR(check_scalar_bool("condition", inputs[0]));
  const Graph& then_body = graph.subgraphs[node.bodies[0]];
  const Graph& else_body = graph.subgraphs[node.bodies[1]];
  TFJS_ASSIGN_OR_RETURN(std::vector<TensorDesc> outputs, infer_body(then_body, inputs.subspan(1)));
  TFJS_ASSIGN_OR_RETURN(const std::vector<TensorDesc> others,
                        infer_body(else_body, inputs.subspan(1)));
  TFJS_RETURN_IF_ERROR(check_same_types(then_body, outputs, else_body, others));
  return outputs;
}

Result<std::vector<TensorDesc>> infer_while(const Graph& graph, const GraphNode& node,
                                            std::span<const TensorDesc> inputs) {
  const Graph& condition = graph.subgraphs[node.bodies[0]];
  const Graph& body = graph.subgraphs[node.bodies[1]];
  TFJS_ASSIGN_OR_RETURN(const std::vector<TensorDesc> results, infer_body(condition, inputs));
  if (results.size() != 1) {
    return make_status(Code::kBadModel, "%s: expected one result, got %zu", condition.name.c_str(),
                       results.size());
  }
  TFJS_RETURN_IF_ERROR(check_scalar_bool(condition.name.c_str(), results[0]));
  TFJS_ASSIGN_OR_RETURN(std::vector<TensorDesc> outputs, infer_body(body, inputs));
  if (outputs.size() != inputs.size()) {
    return make_status(Code::kBadModel, "%s: expected a result for each of %zu variables, got %zu",
                       body.name.c_str(), inputs.size(), outputs.size());
  }
  for (size_t i = 0; i < outputs.size(); ++i) {
    if (outputs[i].dtype == inputs[i].dtype && outputs[i].shape == inputs[i].shape) continue;
    return make_status(Code::kBadModel, "variable %zu: is %s, but %s gives %s", i,
                       type_text(inputs[i]).c_str(), body.name.c_str(),
                       type_text(outputs[i]).c_str());
  }
  return outputs;
}

Status check_bodies(const Graph& graph, const GraphNode& node) {
  if (node.bodies.size() != 2) {
    return make_status(Code::kBadModel, "expected 2 bodies, got %zu", node.bodies.size());
  }
  for (const int body : node.bodies) {
    if (body >= 0 && static_cast<size_t>(body) < graph.subgraphs.size()) continue;
    return make_status(Code::kBadModel, "expected a body of %zu subgraphs, got number %d",
                       graph.subgraphs.size(), body);
  }
  return {};
}

}  // namespace

Result<NodeCall> describe_node(const GraphNode& node, std::span<const TensorDesc> inputs) {
  const auto& table = op_table();
  const bool is_row =
      std::any_of(table.begin(), table.end(), [&](const OpDef& row) { return &row == node.op; });
  if (!is_row) return Status(Code::kBadModel, "expected a row of the operator table");
  const OpDef& op = *node.op;
  if (op.variadic && !node.post_ops.empty()) {
    return Status(Code::kBadModel, "an operator of a list of tensors has no post-ops");
  }
  const size_t declared = node.post_ops.empty() ? inputs.size() : op.inputs.size();
  const auto given = inputs.first(std::min(declared, inputs.size()));
  TFJS_RETURN_IF_ERROR(check_inputs(op, given));
  TFJS_RETURN_IF_ERROR(check_attrs(op, node.attrs));
  TFJS_ASSIGN_OR_RETURN(Inference inference, infer(op, given, node.attrs));
  if (!node.post_ops.empty()) {
    TFJS_RETURN_IF_ERROR(check_post_ops(node, inputs, inference.outputs[0]));
  }
  NodeCall call;
  call.scalars = std::move(inference.scalars);
  call.descriptor =
      Planner::describe(op, {inputs.begin(), inputs.end()}, node.attrs, std::move(inference));
  std::vector<PostOp>& post_ops = call.descriptor.post_ops;
  post_ops.insert(post_ops.end(), node.post_ops.begin(), node.post_ops.end());
  return call;
}

Result<std::vector<TensorDesc>> infer_node(const Graph& graph, const GraphNode& node,
                                           std::span<const TensorDesc> inputs) {
  if (node.kind == NodeKind::kOperator) return infer_operator(node, inputs);
  TFJS_RETURN_IF_ERROR(check_bodies(graph, node));
  TFJS_ASSIGN_OR_RETURN(std::vector<TensorDesc> outputs, node.kind == NodeKind::kIf
                                                             ? infer_if(graph, node, inputs)
                                                             : infer_while(graph, node, inputs));
  for (TensorDesc& output : outputs) output.is_constant = false;
  return outputs;
}

Result<std::vector<TensorDesc>> infer_graph(const Graph& graph,
                                            std::span<const TensorDesc> inputs) {
  if (inputs.size() != graph.inputs.size()) {
    return make_status(Code::kBadModel, "expected %zu inputs, got %zu", graph.inputs.size(),
                       inputs.size());
  }
  std::vector<TensorDesc> descs;
  descs.reserve(graph.tensors.size());
  for (const GraphTensor& tensor : graph.tensors) descs.push_back(tensor.desc);
  for (size_t i = 0; i < inputs.size(); ++i) {
    TensorDesc& desc = descs[graph.inputs[i]];
    if (!inputs[i].present || inputs[i].dtype != desc.dtype) {
      return make_status(Code::kBadModel, "input %zu: expected %s, got %s", i,
                         dtype_name(desc.dtype),
                         inputs[i].present ? dtype_name(inputs[i].dtype) : "none");
    }
    desc = inputs[i];
    desc.is_constant = false;
  }
  for (size_t index = 0; index < graph.nodes.size(); ++index) {
    const GraphNode& node = graph.nodes[index];
    const auto outputs =
        infer_node(graph, node, input_descs(node, [&](TensorId id) { return descs[id]; }));
    if (!outputs.ok()) return at_node(outputs.status(), node, index);
    if (const Status status = check_output_count(node, outputs.value().size()); !status.ok()) {
      return at_node(status, node, index);
    }
    for (size_t i = 0; i < node.outputs.size(); ++i) {
      if (node.outputs[i] != kNoTensor) descs[node.outputs[i]] = outputs.value()[i];
    }
  }
  std::vector<TensorDesc> outputs;
  for (const TensorId id : graph.outputs) outputs.push_back(descs[id]);
  return outputs;
}

Status check_output_count(const GraphNode& node, size_t count) {
  if (node.outputs.size() == count) return {};
  return make_status(Code::kBadModel, "expected %zu outputs, got %zu", count, node.outputs.size());
}

std::string type_text(const TensorDesc& desc) {
  return dtype_name(desc.dtype) + to_string(desc.shape);
}

Status at_node(const Status& status, const GraphNode& node, size_t index) {
  if (status.ok()) return status;
  Error error = status.error();
  const std::string label = node.name.empty() ? std::to_string(index) : "'" + node.name + "'";
  error.message = "node " + label + ": " + error.message;
  if (error.op.empty()) error.op = op_name(node);
  return Status(std::move(error));
}

}  // namespace tfjs_native
