// Transposes around what takes dimensions in any order. Models of frameworks that keep channels
// first have them around each convolution: between two of these all is computed channels first.
#include <algorithm>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "device/attr_values.h"
#include "graph/passes/ask.h"
#include "graph/passes/passes.h"
#include "graph/passes/permuted_node.h"
#include "graph/passes/reshapes.h"

namespace tfjs_native {
namespace {

/// The order of dimensions after `first`, then `second`.
Ints in_turn(const Ints& first, const Ints& second) {
  Ints both;
  for (const int64_t axis : second) both.push_back(first[static_cast<size_t>(axis)]);
  return both;
}

Ints inverse_of(const Ints& perm) {
  Ints inverse(perm.size());
  for (size_t i = 0; i < perm.size(); ++i) {
    inverse[static_cast<size_t>(perm[i])] = static_cast<int64_t>(i);
  }
  return inverse;
}

bool is_identity(const Ints& perm) { return std::is_sorted(perm.begin(), perm.end()); }

/// Neighbouring nodes of one rank whose dimensions change places together, if they do.
struct Region {
  std::vector<NodeId> nodes;  // In the graph's order.
  std::unordered_set<NodeId> members;
  std::vector<TensorId> read;  // Made elsewhere.
  std::vector<TensorId> made;
};

class TransposeMover {
 public:
  TransposeMover(Graph& graph, PassContext& context) : context_(context), editor_(graph) {}

  bool run() {
    for (NodeId id = editor_.first(); id != kNoNode; id = editor_.next(id)) {
      order_.emplace(id, order_.size());
      if (auto kind = permutable_node(editor_, editor_.node(id))) kinds_.emplace(id, *kind);
    }
    for (NodeId id = editor_.first(); id != kNoNode; id = editor_.next(id)) {
      if (!kinds_.contains(id) || !seen_.insert(id).second) continue;
      const Region region = region_of(id);
      int64_t most = 0;
      Ints best;
      for (Ints& perm : candidates(region)) {
        const int64_t gain = gain_of(region, perm);
        if (gain <= most) continue;
        most = gain;
        best = std::move(perm);
      }
      if (most > 0) permute(region, best);
    }
    return editor_.finish();
  }

 private:
  /// Whether the node has the tensor among the inputs whose dimensions would change places.
  bool permutes(NodeId id, TensorId tensor) const {
    const auto kind = kinds_.find(id);
    if (kind == kinds_.end()) return false;
    const std::vector<TensorId>& inputs = editor_.node(id).inputs;
    for (size_t i = 0; i < inputs.size(); ++i) {
      if (inputs[i] == tensor && kind->second.is_permuted[i]) return true;
    }
    return false;
  }

  /// Calls f(tensor) for each tensor whose dimensions would change places with the node's.
  template <typename F>
  void for_permuted_inputs(NodeId id, F f) const {
    const PermutableNode& kind = kinds_.at(id);
    const std::vector<TensorId>& inputs = editor_.node(id).inputs;
    for (size_t i = 0; i < inputs.size(); ++i) {
      if (kind.is_permuted[i]) f(inputs[i]);
    }
  }

  Region region_of(NodeId first) {
    Region region;
    std::vector<NodeId> open = {first};
    const auto visit = [&](NodeId id) {
      if (id != kNoNode && kinds_.contains(id) && seen_.insert(id).second) open.push_back(id);
    };
    while (!open.empty()) {
      const NodeId id = open.back();
      open.pop_back();
      region.nodes.push_back(id);
      region.members.insert(id);
      for_permuted_inputs(id, [&](TensorId tensor) { visit(editor_.producer(tensor)); });
      for (const TensorId output : editor_.node(id).outputs) {
        if (output == kNoTensor) continue;
        for (const NodeId reader : editor_.readers(output)) {
          if (permutes(reader, output)) visit(reader);
        }
      }
    }
    std::sort(region.nodes.begin(), region.nodes.end(),
              [&](NodeId a, NodeId b) { return order_.at(a) < order_.at(b); });
    std::unordered_set<TensorId> made;
    for (const NodeId id : region.nodes) {
      for (const TensorId output : editor_.node(id).outputs) {
        if (output != kNoTensor && made.insert(output).second) region.made.push_back(output);
      }
    }
    std::unordered_set<TensorId> read;
    for (const NodeId id : region.nodes) {
      for_permuted_inputs(id, [&](TensorId tensor) {
        if (!made.contains(tensor) && read.insert(tensor).second) region.read.push_back(tensor);
      });
    }
    return region;
  }

  /// How the transpose that makes the tensor does it; empty where none does.
  Ints made_by(TensorId tensor) const {
    const GraphNode* const maker = editor_.maker(tensor);
    if (maker == nullptr || !is_call_of(*maker, "Transpose")) return {};
    return maker->attrs.integers("perm");
  }

  /// Orders of dimensions with which some transpose at the region's edge would go.
  std::vector<Ints> candidates(const Region& region) const {
    std::vector<Ints> all;
    const auto add = [&](Ints perm) {
      if (!perm.empty() && std::find(all.begin(), all.end(), perm) == all.end()) {
        all.push_back(std::move(perm));
      }
    };
    for (const TensorId tensor : region.read) add(made_by(tensor));
    for (const TensorId tensor : region.made) {
      for (const NodeId reader : editor_.readers(tensor)) {
        const GraphNode& node = editor_.node(reader);
        if (is_call_of(node, "Transpose")) add(inverse_of(node.attrs.integers("perm")));
      }
    }
    return all;
  }

  /// Elements that a transpose of the tensor moves.
  int64_t cost_of(TensorId tensor, const Ints& perm) const {
    const TensorDesc& desc = editor_.desc(tensor);
    return moves_nothing(perm, desc.shape) ? 0 : desc.num_elements();
  }

  /// By how many elements less are moved where tensors of the region are, transposed by `perm`,
  /// what they are now.
  int64_t gain_of(const Region& region, const Ints& perm) const {
    const Ints inverse = inverse_of(perm);
    int64_t gain = 0;
    for (const TensorId tensor : region.read) {
      const Ints before = made_by(tensor);
      const bool goes =
          editor_.is_read_only_by(tensor, [&](NodeId id) { return region.members.contains(id); });
      // Transposes in a row become one.
      if (!before.empty() && goes) gain += cost_of(tensor, before);
      if (before.empty() || !is_identity(in_turn(before, inverse))) {
        gain -= cost_of(tensor, inverse);
      }
    }
    for (const TensorId tensor : region.made) {
      bool is_wanted = editor_.is_output(tensor);
      for (const NodeId reader : editor_.readers(tensor)) {
        const GraphNode& node = editor_.node(reader);
        if (region.members.contains(reader)) continue;
        if (!is_call_of(node, "Transpose")) {
          is_wanted = true;
        } else if (is_identity(in_turn(perm, node.attrs.integers("perm")))) {
          gain += cost_of(tensor, perm);
        }
      }
      if (is_wanted) gain -= cost_of(tensor, perm);
    }
    return gain;
  }

  GraphNode transpose(TensorId x, TensorId y, const Ints& perm) const {
    GraphNode node;
    node.op = &row_of("Transpose");
    node.attrs.add("perm", numbers(perm));
    node.inputs = {x};
    node.outputs = {y};
    return node;
  }

  /// A tensor that gives this one when it is transposed by `perm`.
  TensorId add_permuted(TensorId tensor, const Ints& perm) {
    TensorDesc desc = editor_.desc(tensor);
    desc.shape = permuted(desc.shape, perm);
    return editor_.add_tensor(std::move(desc));
  }

  /// Lets all of the region's tensors be those that give them when they are transposed by `perm`.
  void permute(const Region& region, const Ints& perm) {
    std::unordered_map<TensorId, TensorId> changed;
    std::vector<GraphNode> transposes;
    for (const TensorId tensor : region.read) {
      const GraphNode* const maker = editor_.maker(tensor);
      if (made_by(tensor) == perm) {
        changed[tensor] = maker->inputs[0];
        continue;
      }
      changed[tensor] = add_permuted(tensor, perm);
      transposes.push_back(transpose(tensor, changed[tensor], inverse_of(perm)));
    }
    for (const TensorId tensor : region.made) changed[tensor] = add_permuted(tensor, perm);
    std::vector<GraphNode> nodes;
    for (const NodeId id : region.nodes) {
      const PermutableNode& kind = kinds_.at(id);
      nodes.push_back(permuted(editor_, editor_.node(id), kind, perm));
      GraphNode& node = nodes.back();
      for (size_t i = 0; i < node.inputs.size(); ++i) {
        if (kind.is_permuted[i]) node.inputs[i] = changed.at(node.inputs[i]);
      }
      for (TensorId& output : node.outputs) {
        if (output != kNoTensor) output = changed.at(output);
      }
      if (!is_accepted(editor_, node, context_)) return;
    }
    for (GraphNode& node : transposes) {
      const auto reader = std::find_if(region.nodes.begin(), region.nodes.end(),
                                       [&](NodeId id) { return permutes(id, node.inputs[0]); });
      editor_.insert_before(*reader, std::move(node));
    }
    for (size_t i = 0; i < nodes.size(); ++i) editor_.replace(region.nodes[i], std::move(nodes[i]));
    for (const TensorId tensor : region.made) give_back(tensor, changed.at(tensor), perm);
    for (const TensorId tensor : region.read) {
      if (!editor_.is_read(tensor)) editor_.erase_unread(tensor);
    }
  }

  /// Readers of the tensor, which nobody makes any more, get it from the one that takes its place.
  void give_back(TensorId tensor, TensorId instead, const Ints& perm) {
    const std::span<const NodeId> all = editor_.readers(tensor);
    for (const NodeId id : std::vector<NodeId>(all.begin(), all.end())) {
      const GraphNode& reader = editor_.node(id);
      if (!is_call_of(reader, "Transpose")) continue;
      if (!is_identity(in_turn(perm, reader.attrs.integers("perm")))) continue;
      const TensorId output = reader.outputs[0];
      editor_.erase(id);
      editor_.replace_reads(output, instead);
    }
    if (!editor_.is_read(tensor)) return;
    const NodeId behind = editor_.next(editor_.producer(instead));
    editor_.insert_before(behind, transpose(instead, tensor, perm));
  }

  PassContext& context_;
  GraphEditor editor_;
  std::unordered_map<NodeId, size_t> order_;  // Of the nodes that there were at first.
  std::unordered_map<NodeId, PermutableNode> kinds_;
  std::unordered_set<NodeId> seen_;
};

}  // namespace

Result<bool> move_transposes(Graph& graph, PassContext& context) {
  return TransposeMover(graph, context).run();
}

}  // namespace tfjs_native
