#include "graph/passes/permuted_node.h"

#include <algorithm>
#include <array>

#include "device/attr_values.h"
#include "graph/passes/constants.h"
#include "graph/passes/element_node.h"
#include "graph/passes/products.h"
#include "graph/passes/reshapes.h"

namespace tfjs_native {
namespace {

/// An operator that is not element-wise: which attribute names dimensions, and which have as many
/// entries for each of them.
struct Row {
  const char* op;
  const char* axes = nullptr;
  std::array<const char*, 2> lists = {};
  size_t entries = 1;
  bool may_drop_dimensions = false;
};
constexpr std::array<Row, 9> kRows = {{
    {"PadV2", nullptr, {"paddings"}, 2},
    {"MirrorPad", nullptr, {"paddings"}, 2},
    {"Slice", nullptr, {"begin", "size"}},
    {"Concat", "axis"},
    {"SplitV", "axis"},
    {"Mean", "axis", {}, 1, true},
    {"Sum", "axis", {}, 1, true},
    {"Max", "reductionIndices", {}, 1, true},
    {"Min", "axis", {}, 1, true},
}};

const Row* find_row(const GraphNode& node) {
  const auto is_of = [&](const Row& row) { return is_call_of(node, row.op); };
  const auto row = std::find_if(kRows.begin(), kRows.end(), is_of);
  return row == kRows.end() ? nullptr : &*row;
}

bool takes_any_order(const GraphEditor& editor, const GraphNode& node) {
  if (node.kind != NodeKind::kOperator || !node.post_ops.empty()) return false;
  const Row* const row = find_row(node);
  if (row == nullptr) return !is_reshape(node) && element_node(editor, node).has_value();
  return !row->may_drop_dimensions || node.attrs.flag("keepDims");
}

bool is_dense(const TensorDesc& desc) {
  return desc.present && !desc.is_open() && desc.layout.kind == Layout::Kind::kDense;
}

/// The dimension of a tensor of that rank along which alone the constant differs; none where it
/// differs along several.
std::optional<size_t> only_axis(const TensorDesc& constant, size_t rank) {
  std::optional<size_t> axis;
  for (size_t i = 0; i < constant.rank(); ++i) {
    if (constant.shape[i] == 1) continue;
    if (axis) return std::nullopt;
    axis = rank - constant.rank() + i;
  }
  return axis ? axis : 0;
}

/// What entries of the list say of dimension i they say of dimension perm[i].
void permute_entries(AttrValue& list, size_t entries, const Ints& perm) {
  const Doubles before = list.numbers;
  for (size_t i = 0; i < perm.size(); ++i) {
    const auto from = before.begin() + static_cast<ptrdiff_t>(i * entries);
    const size_t to = static_cast<size_t>(perm[i]) * entries;
    std::copy_n(from, entries, list.numbers.begin() + static_cast<ptrdiff_t>(to));
  }
}

/// The lists have an entry for each dimension.
bool has_all_entries(const Row& row, const GraphNode& node, size_t rank) {
  return std::all_of(row.lists.begin(), row.lists.end(), [&](const char* name) {
    return name == nullptr || !node.attrs.has(name) ||
           node.attrs.numbers(name).size() == rank * row.entries;
  });
}

}  // namespace

Shape permuted(const Shape& shape, const Ints& perm) {
  Shape result = shape;
  for (size_t i = 0; i < perm.size(); ++i) result[static_cast<size_t>(perm[i])] = shape[i];
  return result;
}

std::optional<PermutableNode> permutable_node(const GraphEditor& editor, const GraphNode& node) {
  if (!takes_any_order(editor, node)) return std::nullopt;
  const auto is_wanted = [&](TensorId id) { return id != kNoTensor; };
  const auto first = std::find_if(node.outputs.begin(), node.outputs.end(), is_wanted);
  if (first == node.outputs.end()) return std::nullopt;
  PermutableNode kind;
  kind.rank = editor.desc(*first).rank();
  const auto has_rank = [&](TensorId id) {
    return id == kNoTensor || (is_dense(editor.desc(id)) && editor.desc(id).rank() == kind.rank);
  };
  if (kind.rank < 2 || !std::all_of(node.outputs.begin(), node.outputs.end(), has_rank)) {
    return std::nullopt;
  }
  const Row* const row = find_row(node);
  if (row != nullptr && !has_all_entries(*row, node, kind.rank)) return std::nullopt;
  for (const TensorId id : node.inputs) {
    if (id == kNoTensor) return std::nullopt;
    const TensorDesc& desc = editor.desc(id);
    kind.is_permuted.push_back(!desc.is_constant);
    if (!desc.is_constant && has_rank(id)) continue;
    // Of one along a dimension, which element-wise nodes broadcast, there is another form.
    const bool is_broadcast = row == nullptr && has_values(editor.tensor(id)) && is_dense(desc) &&
                              desc.rank() <= kind.rank && only_axis(desc, kind.rank);
    if (!is_broadcast) return std::nullopt;
  }
  return kind;
}

GraphNode permuted(GraphEditor& editor, const GraphNode& node, const PermutableNode& kind,
                   const Ints& perm) {
  GraphNode result = node;
  for (size_t i = 0; i < node.inputs.size(); ++i) {
    if (kind.is_permuted[i]) continue;
    const TensorDesc desc = editor.desc(node.inputs[i]);
    if (desc.num_elements() == 1) continue;
    const auto axis = static_cast<size_t>(perm[*only_axis(desc, kind.rank)]);
    result.inputs[i] =
        add_reshaped(editor, node.inputs[i], shape_along(axis, kind.rank, desc.num_elements()));
  }
  const Row* const row = find_row(node);
  if (row == nullptr) return result;
  for (const char* const name : row->lists) {
    if (name == nullptr || !node.attrs.has(name)) continue;
    AttrValue list = node.attrs.find(name);
    permute_entries(list, row->entries, perm);
    set_attr(result, name, std::move(list));
  }
  if (row->axes != nullptr && node.attrs.has(row->axes)) {
    AttrValue axes = node.attrs.find(row->axes);
    for (double& axis : axes.numbers) {
      const double from_begin = axis < 0 ? axis + static_cast<double>(kind.rank) : axis;
      axis = static_cast<double>(perm[static_cast<size_t>(from_begin)]);
    }
    set_attr(result, row->axes, std::move(axes));
  }
  return result;
}

}  // namespace tfjs_native
