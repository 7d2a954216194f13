// Of nodes that compute the same one stays.
#include <bit>
#include <functional>
#include <string_view>
#include <unordered_map>

#include "graph/edit.h"
#include "graph/passes/passes.h"

namespace tfjs_native {
namespace {

class Hash {
 public:
  void add(uint64_t bits) {
    hash_ = (hash_ ^ bits) * 0xff51afd7ed558ccdull;
    hash_ ^= hash_ >> 32;
  }
  void add(std::string_view text) { add(std::hash<std::string_view>()(text)); }
  void add(const Doubles& values) {
    add(values.size());
    for (const double value : values) add(std::bit_cast<uint64_t>(value));
  }
  uint64_t result() const { return hash_; }

 private:
  uint64_t hash_ = 0x9e3779b97f4a7c15ull;
};

uint64_t hash_of(const GraphNode& node) {
  Hash hash;
  hash.add(std::string_view(node.op->name));
  for (const TensorId id : node.inputs) hash.add(static_cast<uint64_t>(id));
  for (const AttrValue& value : node.attrs.values()) {
    hash.add(value.numbers);
    hash.add(value.text);
    hash.add(static_cast<uint64_t>(value.padding.kind));
    hash.add(value.padding.values);
  }
  hash.add(node.post_ops.size());
  return hash.result();
}

/// Outputs that nobody wants have to be the same ones, too.
bool are_equal(const GraphNode& a, const GraphNode& b) {
  if (a.op != b.op || a.inputs != b.inputs || a.attrs != b.attrs) return false;
  if (a.post_ops != b.post_ops || a.outputs.size() != b.outputs.size()) return false;
  for (size_t i = 0; i < a.outputs.size(); ++i) {
    if ((a.outputs[i] == kNoTensor) != (b.outputs[i] == kNoTensor)) return false;
  }
  return true;
}

uint64_t hash_of(const GraphTensor& constant) {
  Hash hash;
  hash.add(std::bit_cast<uintptr_t>(constant.constant.buffer.get()));
  hash.add(constant.constant.offset_bytes);
  return hash.result();
}

bool are_equal(const GraphTensor& a, const GraphTensor& b) {
  return a.constant.buffer.get() == b.constant.buffer.get() &&
         a.constant.offset_bytes == b.constant.offset_bytes && a.desc == b.desc;
}

/// What was seen before, by its hash.
template <typename Id>
class Seen {
 public:
  /// The first that equals it, or `id` itself, which is kept then.
  template <typename IsEqual>
  Id first_equal(uint64_t hash, Id id, IsEqual is_equal) {
    const auto [begin, end] = ids_.equal_range(hash);
    for (auto seen = begin; seen != end; ++seen) {
      if (is_equal(seen->second)) return seen->second;
    }
    ids_.emplace(hash, id);
    return id;
  }

 private:
  std::unordered_multimap<uint64_t, Id> ids_;
};

void merge_constants(GraphEditor& editor) {
  Seen<TensorId> seen;
  const auto count = static_cast<TensorId>(editor.graph().tensors.size());
  for (TensorId id = 0; id < count; ++id) {
    const GraphTensor& tensor = editor.tensor(id);
    if (!tensor.constant.buffer || !editor.is_read(id)) continue;
    const TensorId first = seen.first_equal(hash_of(tensor), id, [&](TensorId other) {
      return are_equal(tensor, editor.tensor(other));
    });
    if (first != id) editor.replace_reads(id, first);
  }
}

void merge_nodes(GraphEditor& editor) {
  Seen<NodeId> seen;
  for (NodeId id = editor.first(); id != kNoNode; id = editor.next(id)) {
    const GraphNode& node = editor.node(id);
    if (node.kind != NodeKind::kOperator || (node.op->traits & kRandom) != 0) continue;
    const NodeId first = seen.first_equal(
        hash_of(node), id, [&](NodeId other) { return are_equal(node, editor.node(other)); });
    if (first == id) continue;
    const std::vector<TensorId>& kept = editor.node(first).outputs;
    for (size_t i = 0; i < kept.size(); ++i) {
      if (kept[i] != kNoTensor) editor.replace_reads(node.outputs[i], kept[i]);
    }
    editor.erase(id);
  }
}

}  // namespace

Result<bool> merge_common_subexpressions(Graph& graph, PassContext&) {
  GraphEditor editor(graph);
  merge_constants(editor);
  merge_nodes(editor);
  return editor.finish();
}

}  // namespace tfjs_native
