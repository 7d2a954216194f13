// Joined tensors that are written in their places.
#include <algorithm>
#include <vector>

#include "graph/placement_steps.h"

namespace tfjs_native {
namespace {

/// An input's place in the joined tensor.
struct Part {
  size_t input = 0;
  TensorId root = kNoTensor;
  size_t offset_bytes = 0;
  Layout layout;
};

/// Inputs that lie in the memory of the root.
int64_t count_reads(const PlacementDraft& draft, const Executable::Step& step, TensorId root) {
  return std::count_if(step.inputs.begin(), step.inputs.end(), [&](TensorId id) {
    return id != kNoTensor && draft.root_of(id).tensor == root;
  });
}

/// The places of the inputs that could be written there, as far as can be told without asking
/// kernels.
std::vector<Part> parts_of_output(const PlacementDraft& draft, size_t index) {
  const Executable::Step& step = draft.step(index);
  const Descriptor& descriptor = draft.descriptor(index);
  const TensorDesc& output = descriptor.outputs[0];
  const Ints strides = draft.strides(step.outputs[0], output.shape);
  const auto axis = static_cast<size_t>(descriptor.resolved_as<Axes>()->axes[0]);
  std::vector<Part> parts;
  int64_t begin = 0;
  for (size_t i = 0; i < step.inputs.size(); ++i) {
    const TensorDesc& input = descriptor.inputs[i];
    const bool has_axis = input.rank() == output.rank();
    Part part{i};
    part.offset_bytes = static_cast<size_t>(begin * strides[axis]) * size_of(output.dtype);
    begin += has_axis ? input.shape[axis] : 1;
    if (input.dtype != output.dtype || input.num_elements() == 0) continue;
    Ints own = strides;
    if (!has_axis) own.erase(axis);
    part.layout = layout_at(input.shape, own);
    part.root = draft.movable_root(step.inputs[i], input.size_bytes());
    // What lies at strides has one shape, that of the tensor itself.
    const bool is_dense = part.layout.kind == Layout::Kind::kDense;
    const bool is_fit = part.root != kNoTensor && draft.is_dense(step.inputs[i]) &&
                        draft.is_dense(part.root) && (is_dense || part.root == step.inputs[i]);
    // Where it is wanted twice it would be copied over itself.
    if (is_fit && count_reads(draft, step, part.root) == 1) parts.push_back(part);
  }
  return parts;
}

bool add_changes(LayoutChanges& changes, const Part& part, size_t index) {
  if (part.layout.kind == Layout::Kind::kDense) return true;
  return changes.read_at(part.root, part.layout, index) && changes.write_at(part.root, part.layout);
}

/// Whether all parts can be written in their places.
bool place_all(PlacementDraft& draft, size_t index, const std::vector<Part>& parts) {
  LayoutChanges changes(draft);
  for (const Part& part : parts) {
    if (!add_changes(changes, part, index)) return false;
  }
  return changes.commit();
}

/// Whether the part can be, while the step copies others.
bool place_one(PlacementDraft& draft, size_t index, const Part& part) {
  LayoutChanges changes(draft);
  if (!add_changes(changes, part, index)) return false;
  changes.leave_input(index, part.input);
  return changes.commit();
}

}  // namespace

void join_in_place(PlacementDraft& draft, size_t index) {
  const Executable::Step& step = draft.step(index);
  Placement::Step& placed = draft.placed(index);
  const bool joins = (placed.call.plan->op().traits & kJoins) != 0;
  if (placed.is_done || !joins || draft.descriptor(index).resolved_as<Axes>() == nullptr) return;
  if (step.outputs.size() != 1 || step.outputs[0] == kNoTensor) return;
  const std::vector<TensorDesc>& inputs = draft.descriptor(index).inputs;
  const auto wanted =
      static_cast<size_t>(std::count_if(inputs.begin(), inputs.end(), [](const TensorDesc& input) {
        return input.num_elements() > 0;
      }));
  std::vector<Part> parts = parts_of_output(draft, index);
  if (parts.empty()) return;
  if (parts.size() == wanted && place_all(draft, index, parts)) {
    placed.is_done = true;
  } else {
    std::erase_if(parts, [&](const Part& part) { return !place_one(draft, index, part); });
    placed.is_done = parts.size() == wanted;
  }
  for (const Part& part : parts) {
    draft.move_into(part.root, {step.outputs[0], part.offset_bytes});
    draft.note(kJoinInPlace);
  }
}

}  // namespace tfjs_native
