#pragma once

#include <algorithm>
#include <vector>

#include "graph/graph.h"

namespace tfjs_native {

/// Who makes and who reads the tensors of a graph, as it was when this was made; nodes by index.
class TensorUses {
 public:
  explicit TensorUses(const Graph& graph)
      : producers_(graph.tensors.size(), -1),
        readers_(graph.tensors.size()),
        is_output_(graph.tensors.size(), false) {
    for (size_t i = 0; i < graph.nodes.size(); ++i) {
      const int node = static_cast<int>(i);
      for (const TensorId id : graph.nodes[i].outputs) {
        if (id != kNoTensor) producers_[id] = node;
      }
      for (const TensorId id : graph.nodes[i].inputs) {
        if (id == kNoTensor) continue;
        std::vector<int>& readers = readers_[id];
        if (readers.empty() || readers.back() != node) readers.push_back(node);
      }
    }
    for (const TensorId id : graph.outputs) is_output_[id] = true;
  }

  /// -1 for inputs and constants of the graph, and for kNoTensor.
  int producer(TensorId id) const { return id == kNoTensor ? -1 : producers_[id]; }
  /// Each once, in order.
  const std::vector<int>& readers(TensorId id) const { return readers_[id]; }
  bool is_output(TensorId id) const { return is_output_[id]; }
  /// True where nothing but nodes for which `among` holds reads it, and some node does.
  template <typename Among>
  bool is_read_only_by(TensorId id, Among among) const {
    const std::vector<int>& all = readers_[id];
    return !is_output_[id] && !all.empty() && std::all_of(all.begin(), all.end(), among);
  }

 private:
  std::vector<int> producers_;
  std::vector<std::vector<int>> readers_;
  std::vector<bool> is_output_;
};

}  // namespace tfjs_native
