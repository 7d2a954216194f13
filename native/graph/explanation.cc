#include "graph/explanation.h"

#include <cstdio>
#include <map>
#include <vector>

#include "graph/node_inference.h"
#include "graph/printer.h"

namespace tfjs_native {
namespace {

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      char escape[8];
      std::snprintf(escape, sizeof escape, "\\u%04x", static_cast<unsigned>(c));
      out += escape;
    } else {
      out += c;
    }
  }
  return out + "\"";
}

/// "[a,b,c]" of what `text_of` gives for each.
template <typename List, typename TextOf>
std::string list_of(const List& list, TextOf text_of) {
  std::string out = "[";
  for (const auto& item : list) {
    if (out.size() > 1) out += ',';
    out += text_of(item);
  }
  return out + "]";
}

/// Adds to an object that is not closed yet.
void add_member(std::string& object, const char* name, const std::string& value) {
  if (object.back() != '{') object += ',';
  object += quoted(name);
  object += ':';
  object += value;
}

void add_member(std::string& object, const char* name, size_t value) {
  add_member(object, name, std::to_string(value));
}

std::string id_of(TensorId id) { return id == kNoTensor ? "null" : std::to_string(id); }

std::string tensor_of(const Graph& graph, TensorId id) {
  if (id == kNoTensor) return "null";
  const TensorDesc& desc = graph.tensors[id].desc;
  std::string out = "{";
  add_member(out, "id", static_cast<size_t>(id));
  add_member(out, "dtype", quoted(dtype_name(desc.dtype)));
  add_member(out, "shape", list_of(desc.shape, [](int64_t n) { return std::to_string(n); }));
  return out + "}";
}

/// "name: reason" of each kernel that declined.
std::vector<std::string> declined_by(const Planner& planner, const Plan& plan) {
  std::vector<std::string> texts;
  for (const auto& [kernel, reason] : planner.declined(plan.op(), plan.descriptor())) {
    texts.push_back(std::string(kernel->name) + ": " + reason);
  }
  return texts;
}

std::string node_of(const Graph& graph, const GraphNode& node, const PlannedSteps::StepInfo* step,
                    const std::vector<std::string>& declined, int64_t ns) {
  std::string out = "{";
  add_member(out, "op", quoted(op_name(node)));
  if (!node.name.empty()) add_member(out, "name", quoted(node.name));
  if (!node.fused.empty()) add_member(out, "fused", list_of(node.fused, quoted));
  if (!node.post_ops.empty()) {
    const auto text_of = [&](const PostOp& post_op) { return quoted(post_op_text(node, post_op)); };
    add_member(out, "postOps", list_of(node.post_ops, text_of));
  }
  const auto tensor = [&](TensorId id) { return tensor_of(graph, id); };
  add_member(out, "inputs", list_of(node.inputs, id_of));
  add_member(out, "outputs", list_of(node.outputs, tensor));
  if (step != nullptr) {
    add_member(out, "kernel", quoted(step->kernel));
    if (!declined.empty()) add_member(out, "declined", list_of(declined, quoted));
    add_member(out, "workspaceBytes", step->workspace_bytes);
    if (step->aliased_input >= 0) {
      add_member(out, "inPlaceOf", static_cast<size_t>(step->aliased_input));
    }
    if (ns > 0) add_member(out, "ns", static_cast<size_t>(ns));
  }
  return out + "}";
}

}  // namespace

std::string explanation_of(const CompiledGraph& compiled, const Planner& planner) {
  const Graph& graph = compiled.graph();
  const std::shared_ptr<const PlannedSteps> steps = compiled.steps();
  const CompiledGraph::StepTimes times = compiled.step_times();
  std::map<size_t, size_t> by_node;  // To the number of its step.
  for (size_t i = 0; i < steps->step_infos().size(); ++i) by_node[steps->step_infos()[i].node] = i;
  size_t index = 0;
  const auto text_of = [&](const GraphNode& node) {
    const auto found = by_node.find(index);
    const Plan& plan = *compiled.placement().steps[index++].call.plan;
    if (found == by_node.end()) return node_of(graph, node, nullptr, {}, 0);
    const int64_t ns = times.runs == 0 ? 0 : times.ns[found->second] / times.runs;
    return node_of(graph, node, &steps->step_infos()[found->second], declined_by(planner, plan),
                   ns);
  };
  const auto tensor = [&](TensorId id) { return tensor_of(graph, id); };
  std::vector<TensorId> constants;
  for (size_t i = 0; i < graph.tensors.size(); ++i) {
    if (graph.tensors[i].constant.buffer) constants.push_back(static_cast<TensorId>(i));
  }
  size_t result_bytes = 0;
  for (const size_t bytes : steps->result_bytes()) result_bytes += bytes;
  std::string out = "{";
  add_member(out, "passes", list_of(compiled.applied_passes(), quoted));
  add_member(out, "inputs", list_of(graph.inputs, tensor));
  add_member(out, "constants", list_of(constants, tensor));
  add_member(out, "nodes", list_of(graph.nodes, text_of));
  add_member(out, "outputs", list_of(graph.outputs, id_of));
  add_member(out, "arenaBytes", steps->arena_bytes());
  add_member(out, "unsharedBytes", steps->unshared_bytes());
  add_member(out, "constantBytes", compiled.constant_bytes());
  add_member(out, "resultBytes", result_bytes);
  if (times.runs > 0) add_member(out, "timedRuns", static_cast<size_t>(times.runs));
  add_member(out, "text", quoted(to_text(graph)));
  return out + "}";
}

}  // namespace tfjs_native
