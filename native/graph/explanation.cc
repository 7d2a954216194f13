#include "graph/explanation.h"

#include <cstdio>
#include <map>

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

std::string type_of(const TensorDesc& desc) {
  std::string out = "{";
  add_member(out, "dtype", quoted(dtype_name(desc.dtype)));
  add_member(out, "shape", list_of(desc.shape, [](int64_t n) { return std::to_string(n); }));
  return out + "}";
}

std::string node_of(const Graph& graph, const GraphNode& node, const PlannedSteps::StepInfo* step) {
  std::string out = "{";
  add_member(out, "op", quoted(op_name(node)));
  if (!node.name.empty()) add_member(out, "name", quoted(node.name));
  if (!node.fused.empty()) add_member(out, "fused", list_of(node.fused, quoted));
  if (!node.post_ops.empty()) {
    const auto text_of = [&](const PostOp& post_op) { return quoted(post_op_text(node, post_op)); };
    add_member(out, "postOps", list_of(node.post_ops, text_of));
  }
  const auto output_of = [&](TensorId id) {
    return id == kNoTensor ? std::string("null") : type_of(graph.tensors[id].desc);
  };
  add_member(out, "outputs", list_of(node.outputs, output_of));
  if (step != nullptr) {
    add_member(out, "kernel", quoted(step->kernel));
    add_member(out, "workspaceBytes", step->workspace_bytes);
  }
  return out + "}";
}

}  // namespace

std::string explanation_of(const CompiledGraph& compiled) {
  const Graph& graph = compiled.graph();
  const std::shared_ptr<const PlannedSteps> steps = compiled.steps();
  std::map<size_t, const PlannedSteps::StepInfo*> by_node;
  for (const PlannedSteps::StepInfo& step : steps->step_infos()) by_node[step.node] = &step;
  size_t index = 0;
  const auto text_of = [&](const GraphNode& node) {
    const auto found = by_node.find(index++);
    return node_of(graph, node, found == by_node.end() ? nullptr : found->second);
  };
  size_t result_bytes = 0;
  for (const size_t bytes : steps->result_bytes()) result_bytes += bytes;
  std::string out = "{";
  add_member(out, "passes", list_of(compiled.applied_passes(), quoted));
  add_member(out, "nodes", list_of(graph.nodes, text_of));
  add_member(out, "arenaBytes", steps->arena_bytes());
  add_member(out, "unsharedBytes", steps->unshared_bytes());
  add_member(out, "constantBytes", compiled.constant_bytes());
  add_member(out, "resultBytes", result_bytes);
  add_member(out, "text", quoted(to_text(graph)));
  return out + "}";
}

}  // namespace tfjs_native
