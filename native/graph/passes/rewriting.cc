#include "graph/passes/rewriting.h"

#include <algorithm>
#include <set>
#include <utility>

#include "device/device.h"
#include "graph/node_inference.h"

namespace tfjs_native {

std::optional<float> scalar_constant(const Graph& graph, TensorId id, PassContext& context) {
  if (id == kNoTensor) return std::nullopt;
  const GraphTensor& tensor = graph.tensors[id];
  const void* data = tensor.constant.data();
  if (data == nullptr || !tensor.constant.buffer->error().ok()) return std::nullopt;
  if (tensor.desc.dtype != DType::kFloat32 || tensor.desc.num_elements() != 1) return std::nullopt;
  float value = 0;
  if (!context.stream.copy_to_host(&value, data, sizeof value).ok()) return std::nullopt;
  return value;
}

bool is_computed(const Graph& graph, const GraphNode& node, const PassContext& context) {
  const auto descs = input_descs(node, [&](TensorId id) { return graph.tensors[id].desc; });
  const auto outputs = infer_node(graph, node, descs);
  if (!outputs.ok() || outputs.value().size() != 1) return false;
  if (!(outputs.value()[0] == graph.tensors[node.outputs[0]].desc)) return false;
  Result<NodeCall> call = describe_node(node, descs);
  return call.ok() && context.planner.select(*node.op, std::move(call.value().descriptor)).ok();
}

void add_fused_names(const GraphNode& node, std::vector<std::string>& fused) {
  if (node.fused.empty()) {
    fused.emplace_back(op_name(node));
  } else {
    fused.insert(fused.end(), node.fused.begin(), node.fused.end());
  }
}

void remove_nodes(Graph& graph, const std::vector<bool>& is_gone) {
  std::vector<GraphNode> kept;
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    if (!is_gone[i]) kept.push_back(std::move(graph.nodes[i]));
  }
  graph.nodes = std::move(kept);
}

bool TreeReplacer::replace(int root, GraphNode node, TensorId source) {
  // From the root back to the inputs. Readers come before what they read, so that a node may go
  // when all its readers do.
  std::set<int> tree;
  std::set<int> pending{root};
  while (!pending.empty()) {
    const int index = *pending.rbegin();
    pending.erase(index);
    const GraphNode& part = graph_.nodes[index];
    const auto in_tree = [&](int reader) { return tree.count(reader) != 0; };
    if (index != root) {
      if (part.kind != NodeKind::kOperator || part.outputs.size() != 1) return false;
      if (!uses_.is_read_only_by(part.outputs[0], in_tree)) {
        if ((part.op->traits & kView) != 0) continue;
        return false;
      }
    }
    tree.insert(index);
    for (const TensorId id : part.inputs) {
      const bool is_input =
          std::find(node.inputs.begin(), node.inputs.end(), id) != node.inputs.end();
      if (is_input || id == source) continue;
      if (uses_.producer(id) >= 0) pending.insert(uses_.producer(id));
    }
  }
  node.name = graph_.nodes[root].name;
  node.outputs = graph_.nodes[root].outputs;
  if (!is_computed(graph_, node, context_)) return false;
  for (const int index : tree) {
    add_fused_names(graph_.nodes[index], node.fused);
    is_gone_[index] = index != root;
  }
  graph_.nodes[root] = std::move(node);
  changed_ = true;
  return true;
}

bool TreeReplacer::finish() {
  if (changed_) remove_nodes(graph_, is_gone_);
  return changed_;
}

}  // namespace tfjs_native
