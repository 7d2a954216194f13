#include "graph/executable.h"

#include <utility>

#include "graph/node_inference.h"

namespace tfjs_native {
namespace {

Status check_inputs(const Graph& graph, std::span<const TensorDesc> inputs) {
  if (inputs.size() != graph.inputs.size()) {
    return make_status(Code::kBadShape, "expected %zu inputs, got %zu", graph.inputs.size(),
                       inputs.size());
  }
  for (size_t i = 0; i < inputs.size(); ++i) {
    const DType expected = graph.tensors[graph.inputs[i]].desc.dtype;
    if (inputs[i].dtype != expected) {
      return make_status(Code::kBadDtype, "input %zu: expected %s, got %s", i, dtype_name(expected),
                         dtype_name(inputs[i].dtype));
    }
    TFJS_RETURN_IF_ERROR(check_shape(inputs[i].shape));
  }
  return {};
}

class Specialiser {
 public:
  Specialiser(std::shared_ptr<const Graph> graph, PlanStore& plans)
      : graph_(*graph), plans_(plans), executable_(std::make_shared<Executable>()) {
    executable_->graph = std::move(graph);
    for (size_t i = 0; i < graph_.tensors.size(); ++i) {
      descs_.push_back(graph_.tensors[i].desc);
      // Kernels do not decide by it yet, and plans for descriptors that differ in nothing else
      // would be prepared twice: those of eager calls have no constants.
      descs_.back().is_constant = false;
      if (graph_.tensors[i].constant.buffer) {
        executable_->constants.push_back(static_cast<TensorId>(i));
      }
    }
  }

  Result<std::shared_ptr<const Executable>> run(std::span<const TensorDesc> inputs) {
    executable_->inputs.assign(inputs.begin(), inputs.end());
    for (size_t i = 0; i < inputs.size(); ++i) descs_[graph_.inputs[i]] = inputs[i];
    for (size_t index = 0; index < graph_.nodes.size(); ++index) {
      const GraphNode& node = graph_.nodes[index];
      if (const Status status = add_step(node); !status.ok()) return at_node(status, node, index);
    }
    for (const TensorId id : graph_.outputs) executable_->outputs.push_back(descs_[id]);
    find_last_uses();
    find_direct_writes();
    return std::shared_ptr<const Executable>(std::move(executable_));
  }

 private:
  Status add_step(const GraphNode& node) {
    Executable::Step step;
    step.inputs = node.inputs;
    step.outputs = node.outputs;
    std::vector<TensorDesc> inputs = input_descs(node, [&](TensorId id) { return descs_[id]; });
    std::vector<TensorDesc> outputs;
    if (node.kind == NodeKind::kOperator) {
      TFJS_ASSIGN_OR_RETURN(NodeCall call, describe_node(node, inputs));
      TFJS_ASSIGN_OR_RETURN(
          step.call, plans_.plan(*node.op, std::move(call.descriptor), std::move(call.scalars)));
      step.call.place = {};  // The plan stays, whatever the store forgets.
      outputs = step.call.plan->descriptor().outputs;
    } else {
      TFJS_ASSIGN_OR_RETURN(outputs, infer_node(graph_, node, inputs));
      TFJS_RETURN_IF_ERROR(add_bodies(node, inputs, step));
    }
    TFJS_RETURN_IF_ERROR(check_output_count(node, outputs.size()));
    for (const TensorDesc& output : outputs) {
      if (!output.is_open()) continue;
      return Status(Code::kUnsupported, "its outputs have shapes that depend on values");
    }
    for (size_t i = 0; i < outputs.size(); ++i) {
      if (node.outputs[i] != kNoTensor) descs_[node.outputs[i]] = std::move(outputs[i]);
    }
    executable_->steps.push_back(std::move(step));
    return {};
  }

  Status add_bodies(const GraphNode& node, std::span<const TensorDesc> inputs,
                    Executable::Step& step) {
    const auto handed = inputs.subspan(node.kind == NodeKind::kIf ? 1 : 0);
    for (const int index : node.bodies) {
      // Shares the ownership of the whole graph.
      std::shared_ptr<const Graph> body(executable_->graph, &graph_.subgraphs[index]);
      TFJS_ASSIGN_OR_RETURN(auto executable, specialise(std::move(body), handed, plans_));
      step.bodies.push_back(std::move(executable));
    }
    return {};
  }

  /// A step lets go of what it reads or writes unless a later one, or the caller, wants it.
  void find_last_uses() {
    std::vector<bool> is_wanted(graph_.tensors.size(), false);
    for (const TensorId id : graph_.outputs) is_wanted[id] = true;
    for (size_t i = executable_->steps.size(); i-- > 0;) {
      Executable::Step& step = executable_->steps[i];
      for (const auto* side : {&step.outputs, &step.inputs}) {
        for (const TensorId id : *side) {
          if (id == kNoTensor || is_wanted[id]) continue;
          is_wanted[id] = true;
          step.last_uses.push_back(id);
        }
      }
    }
  }

  void find_direct_writes() {
    std::vector<bool> is_written(graph_.tensors.size(), false);
    for (const Executable::Step& step : executable_->steps) {
      if (!step.call.plan || step.call.plan->is_view()) continue;
      for (const TensorId id : step.outputs) {
        if (id != kNoTensor) is_written[id] = true;
      }
    }
    for (const TensorId id : graph_.outputs) {
      executable_->is_written_direct.push_back(is_written[id]);
      is_written[id] = false;  // The next output that wants it gets a copy.
    }
  }

  const Graph& graph_;
  PlanStore& plans_;
  std::shared_ptr<Executable> executable_;
  std::vector<TensorDesc> descs_;  // By tensor, for these inputs.
};

}  // namespace

Result<std::shared_ptr<const Executable>> specialise(std::shared_ptr<const Graph> graph,
                                                     std::span<const TensorDesc> inputs,
                                                     PlanStore& plans) {
  TFJS_RETURN_IF_ERROR(check_inputs(*graph, inputs));
  return Specialiser(std::move(graph), plans).run(inputs);
}

Result<std::shared_ptr<const Executable>> specialise(std::shared_ptr<const Graph> graph,
                                                     PlanStore& plans) {
  std::vector<TensorDesc> inputs;
  for (const TensorId id : graph->inputs) inputs.push_back(graph->tensors[id].desc);
  return specialise(std::move(graph), inputs, plans);
}

}  // namespace tfjs_native
