#pragma once

#include <algorithm>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "graph/graph.h"

namespace tfjs_native {

/// A node of a graph that is edited. It stays the same whatever is inserted or erased around it.
using NodeId = int32_t;
constexpr NodeId kNoNode = -1;

/// Changes a graph, and knows who makes and who reads each of its tensors meanwhile. Each change
/// leaves a graph that verify() accepts if the caller puts nodes behind what they read, and gives
/// tensors the descriptions that inference finds; how nodes lie in Graph::nodes is settled by
/// finish(). Bodies of control flow are not looked into.
class GraphEditor {
 public:
  explicit GraphEditor(Graph& graph);
  GraphEditor(const GraphEditor&) = delete;
  GraphEditor& operator=(const GraphEditor&) = delete;
  ~GraphEditor() { finish(); }

  /// Nodes in the order in which they run; kNoNode behind the last. An erased node still leads on.
  NodeId first() const { return next(kNoNode); }
  NodeId last() const { return previous(kNoNode); }
  NodeId next(NodeId id) const;
  NodeId previous(NodeId id) const;

  const Graph& graph() const { return graph_; }
  /// Valid until the next insert_before().
  const GraphNode& node(NodeId id) const { return graph_.nodes[index_of(id)]; }
  const GraphTensor& tensor(TensorId id) const { return graph_.tensors[index_of(id)]; }
  const TensorDesc& desc(TensorId id) const { return tensor(id).desc; }

  /// The node that computes the tensor; kNoNode for inputs and constants.
  NodeId producer(TensorId id) const { return producers_[index_of(id)]; }
  /// The same as a node; null for inputs, constants and kNoTensor. Valid as long as node().
  const GraphNode* maker(TensorId id) const;
  /// Those that read the tensor, in no order, each as often as it does.
  std::span<const NodeId> readers(TensorId id) const { return readers_[index_of(id)]; }
  bool is_output(TensorId id) const { return output_counts_[index_of(id)] > 0; }
  bool is_read(TensorId id) const { return is_output(id) || !readers(id).empty(); }
  /// The node that alone reads the tensor, and once; kNoNode where there is none, or where it is an
  /// output of the graph.
  NodeId only_reader(TensorId id) const;
  /// True where nothing but nodes for which `among` holds reads it, and some node does.
  template <typename Among>
  bool is_read_only_by(TensorId id, Among among) const {
    const std::span<const NodeId> all = readers(id);
    return !is_output(id) && !all.empty() && std::all_of(all.begin(), all.end(), among);
  }

  TensorId add_tensor(TensorDesc desc, std::string name = {});
  /// `desc` describes the values in the storage.
  TensorId add_constant(TensorDesc desc, Storage values);
  /// Gives a tensor that no node makes any more its values.
  void make_constant(TensorId id, Storage values);

  /// Whoever read `from`, the graph's outputs included, reads `to`.
  void replace_reads(TensorId from, TensorId to);
  /// Puts another node into this one's place.
  void replace(NodeId id, GraphNode node);
  void erase(NodeId id);
  /// Erases the node that computes the tensor where nobody reads what it computes, and then those
  /// that only it read.
  void erase_unread(TensorId id);
  /// kNoNode: behind all others.
  NodeId insert_before(NodeId id, GraphNode node);

  /// Puts the nodes in their order. Nothing may be edited afterwards. True when something changed;
  /// tensors that were added and are not used are nothing.
  bool finish();

 private:
  struct Links {
    NodeId previous = kNoNode;
    NodeId next = kNoNode;
    bool is_erased = false;
  };

  template <typename Id>
  static size_t index_of(Id id) {
    return static_cast<size_t>(id);
  }
  void add_node_edges(NodeId id);
  void remove_node_edges(NodeId id);

  Graph& graph_;
  std::vector<NodeId> producers_;             // By tensor.
  std::vector<std::vector<NodeId>> readers_;  // By tensor.
  std::vector<int> output_counts_;            // By tensor.
  std::vector<Links> links_;                  // By node.
  NodeId first_ = kNoNode;
  NodeId last_ = kNoNode;
  bool is_changed_ = false;
  bool is_finished_ = false;
};

/// Leaves out tensors that are no input of the graph, and that no node and no output names, and
/// numbers the others anew in the same order. True when there were any.
bool erase_unused_tensors(Graph& graph);

/// The row of an operator that the table has.
const OpDef& row_of(std::string_view op);

/// True for a call of that operator.
inline bool is_call_of(const GraphNode& node, std::string_view op) {
  return node.kind == NodeKind::kOperator && op == node.op->name;
}

/// Gives the node that attribute, whatever it had before.
void set_attr(GraphNode& node, const char* name, AttrValue value);

/// A float32 value of known shape whose elements lie densely.
inline bool is_plain_float(const TensorDesc& desc) {
  return desc.present && desc.dtype == DType::kFloat32 && !desc.is_open() &&
         desc.layout.kind == Layout::Kind::kDense;
}

/// Appends to `fused` the operators that a node stands for.
void add_fused_names(const GraphNode& node, std::vector<std::string>& fused);
/// What GraphNode::fused is to say of a node that stands for `first`, then `second`.
std::vector<std::string> fused_names(const GraphNode& first, const GraphNode& second);

}  // namespace tfjs_native
