#include "graph/edit.h"

#include <algorithm>

namespace tfjs_native {

GraphEditor::GraphEditor(Graph& graph)
    : graph_(graph),
      producers_(graph.tensors.size(), kNoNode),
      readers_(graph.tensors.size()),
      output_counts_(graph.tensors.size(), 0),
      links_(graph.nodes.size()) {
  const auto count = static_cast<NodeId>(graph.nodes.size());
  for (NodeId id = 0; id < count; ++id) {
    links_[index_of(id)] = {id - 1, id + 1 < count ? id + 1 : kNoNode};
    add_node_edges(id);
  }
  if (count > 0) {
    first_ = 0;
    last_ = count - 1;
  }
  for (const TensorId id : graph.outputs) ++output_counts_[index_of(id)];
}

NodeId GraphEditor::next(NodeId id) const {
  do {
    id = id == kNoNode ? first_ : links_[index_of(id)].next;
  } while (id != kNoNode && links_[index_of(id)].is_erased);
  return id;
}

NodeId GraphEditor::previous(NodeId id) const {
  do {
    id = id == kNoNode ? last_ : links_[index_of(id)].previous;
  } while (id != kNoNode && links_[index_of(id)].is_erased);
  return id;
}

NodeId GraphEditor::only_reader(TensorId id) const {
  const std::span<const NodeId> all = readers(id);
  return all.size() == 1 && !is_output(id) ? all[0] : kNoNode;
}

const GraphNode* GraphEditor::maker(TensorId id) const {
  const NodeId made_by = id == kNoTensor ? kNoNode : producer(id);
  return made_by == kNoNode ? nullptr : &node(made_by);
}

TensorId GraphEditor::add_tensor(TensorDesc desc, std::string name) {
  graph_.tensors.push_back({std::move(desc), std::move(name), {}});
  producers_.push_back(kNoNode);
  readers_.emplace_back();
  output_counts_.push_back(0);
  return static_cast<TensorId>(graph_.tensors.size() - 1);
}

TensorId GraphEditor::add_constant(TensorDesc desc, Storage values) {
  desc.is_constant = true;
  const TensorId id = add_tensor(std::move(desc));
  graph_.tensors.back().constant = std::move(values);
  return id;
}

void GraphEditor::make_constant(TensorId id, Storage values) {
  is_changed_ = true;
  GraphTensor& tensor = graph_.tensors[index_of(id)];
  tensor.desc.is_constant = true;
  tensor.constant = std::move(values);
}

void GraphEditor::replace_reads(TensorId from, TensorId to) {
  if (from == to) return;
  is_changed_ = true;
  std::vector<NodeId>& readers = readers_[index_of(from)];
  for (const NodeId reader : readers) {
    std::vector<TensorId>& inputs = graph_.nodes[index_of(reader)].inputs;
    std::replace(inputs.begin(), inputs.end(), from, to);
  }
  std::vector<NodeId>& others = readers_[index_of(to)];
  others.insert(others.end(), readers.begin(), readers.end());
  readers.clear();
  if (output_counts_[index_of(from)] == 0) return;
  std::replace(graph_.outputs.begin(), graph_.outputs.end(), from, to);
  output_counts_[index_of(to)] += std::exchange(output_counts_[index_of(from)], 0);
}

void GraphEditor::add_node_edges(NodeId id) {
  const GraphNode& node = graph_.nodes[index_of(id)];
  for (const TensorId input : node.inputs) {
    if (input != kNoTensor) readers_[index_of(input)].push_back(id);
  }
  for (const TensorId output : node.outputs) {
    if (output != kNoTensor) producers_[index_of(output)] = id;
  }
}

void GraphEditor::remove_node_edges(NodeId id) {
  const GraphNode& node = graph_.nodes[index_of(id)];
  for (const TensorId input : node.inputs) {
    if (input == kNoTensor) continue;
    std::vector<NodeId>& readers = readers_[index_of(input)];
    const auto read = std::find(readers.begin(), readers.end(), id);
    *read = readers.back();
    readers.pop_back();
  }
  for (const TensorId output : node.outputs) {
    // A replacement may make the tensor already.
    if (output != kNoTensor && producers_[index_of(output)] == id) {
      producers_[index_of(output)] = kNoNode;
    }
  }
}

void GraphEditor::replace(NodeId id, GraphNode node) {
  is_changed_ = true;
  remove_node_edges(id);
  graph_.nodes[index_of(id)] = std::move(node);
  add_node_edges(id);
}

void GraphEditor::erase(NodeId id) {
  is_changed_ = true;
  remove_node_edges(id);
  links_[index_of(id)].is_erased = true;
}

void GraphEditor::erase_unread(TensorId id) {
  std::vector<TensorId> unread = {id};
  while (!unread.empty()) {
    const TensorId tensor = unread.back();
    unread.pop_back();
    const NodeId maker = tensor == kNoTensor ? kNoNode : producer(tensor);
    if (maker == kNoNode) continue;
    const GraphNode& made_by = node(maker);
    const auto is_wanted = [&](TensorId output) { return output != kNoTensor && is_read(output); };
    if (std::any_of(made_by.outputs.begin(), made_by.outputs.end(), is_wanted)) continue;
    unread.insert(unread.end(), made_by.inputs.begin(), made_by.inputs.end());
    erase(maker);
  }
}

NodeId GraphEditor::insert_before(NodeId id, GraphNode node) {
  is_changed_ = true;
  const auto inserted = static_cast<NodeId>(graph_.nodes.size());
  graph_.nodes.push_back(std::move(node));
  const NodeId before = id == kNoNode ? last_ : links_[index_of(id)].previous;
  links_.push_back({before, id});
  (before == kNoNode ? first_ : links_[index_of(before)].next) = inserted;
  (id == kNoNode ? last_ : links_[index_of(id)].previous) = inserted;
  add_node_edges(inserted);
  return inserted;
}

bool GraphEditor::finish() {
  if (std::exchange(is_finished_, true) || !is_changed_) return is_changed_;
  std::vector<GraphNode> nodes;
  for (NodeId id = first(); id != kNoNode; id = next(id)) {
    nodes.push_back(std::move(graph_.nodes[index_of(id)]));
  }
  graph_.nodes = std::move(nodes);
  return true;
}

bool erase_unused_tensors(Graph& graph) {
  std::vector<bool> is_used(graph.tensors.size(), false);
  const auto for_each_id = [&graph](auto visit) {
    for (TensorId& id : graph.inputs) visit(id);
    for (TensorId& id : graph.outputs) visit(id);
    for (GraphNode& node : graph.nodes) {
      for (TensorId& id : node.inputs) visit(id);
      for (TensorId& id : node.outputs) visit(id);
    }
  };
  for_each_id([&](TensorId id) {
    if (id != kNoTensor) is_used[static_cast<size_t>(id)] = true;
  });
  std::vector<TensorId> numbers(graph.tensors.size(), kNoTensor);
  std::vector<GraphTensor> tensors;
  for (size_t i = 0; i < graph.tensors.size(); ++i) {
    if (!is_used[i]) continue;
    numbers[i] = static_cast<TensorId>(tensors.size());
    tensors.push_back(std::move(graph.tensors[i]));
  }
  const bool is_changed = tensors.size() < graph.tensors.size();
  graph.tensors = std::move(tensors);
  for_each_id([&](TensorId& id) {
    if (id != kNoTensor) id = numbers[static_cast<size_t>(id)];
  });
  return is_changed;
}

const OpDef& row_of(std::string_view op) { return op_table()[static_cast<size_t>(find_op(op))]; }

void set_attr(GraphNode& node, const char* name, AttrValue value) {
  node.attrs.remove(name);
  node.attrs.add(name, std::move(value));
}

void add_fused_names(const GraphNode& node, std::vector<std::string>& fused) {
  if (node.fused.empty()) {
    fused.emplace_back(op_name(node));
  } else {
    fused.insert(fused.end(), node.fused.begin(), node.fused.end());
  }
}

std::vector<std::string> fused_names(const GraphNode& first, const GraphNode& second) {
  std::vector<std::string> names;
  add_fused_names(first, names);
  add_fused_names(second, names);
  return names;
}

}  // namespace tfjs_native
