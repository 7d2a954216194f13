// Slices, splits and transposes that nobody carries out.
#include <algorithm>
#include <optional>
#include <vector>

#include "graph/placement_steps.h"

namespace tfjs_native {
namespace {

/// Where an output lies in the input, or the other way round.
struct Part {
  Ints strides;
  int64_t offset = 0;  // In elements.
};

/// For each output its part of an input at these strides; empty where the step does more than that.
std::vector<Part> parts_of_input(const PlannedCall& call, const Ints& strides) {
  const Descriptor& descriptor = call.plan->descriptor();
  const uint32_t traits = call.plan->op().traits;
  const Axes* const axes = descriptor.resolved_as<Axes>();
  if ((traits & kPermutes) != 0 && axes != nullptr) {
    Part part;
    for (const int64_t axis : axes->axes) part.strides.push_back(strides[axis]);
    return {part};
  }
  if (const auto* box = descriptor.resolved_as<SliceBox>()) {
    if (!(box->size == descriptor.outputs[0].shape)) return {};
    Part part;
    for (size_t i = 0; i < strides.size(); ++i) {
      if (box->strides[i] < 0) return {};
      part.strides.push_back(strides[i] * box->strides[i]);
      part.offset += strides[i] * static_cast<int64_t>(call.scalars[i]);
    }
    return {part};
  }
  if ((traits & kSplits) == 0 || axes == nullptr) return {};
  const auto axis = static_cast<size_t>(axes->axes[0]);
  std::vector<Part> parts;
  int64_t begin = 0;
  for (const TensorDesc& output : descriptor.outputs) {
    Part part{strides, begin * strides[axis]};
    const bool has_axis = output.rank() == strides.size();
    if (!has_axis) part.strides.erase(axis);
    begin += has_axis ? output.shape[axis] : 1;
    parts.push_back(std::move(part));
  }
  return parts;
}

}  // namespace

void read_in_place(PlacementDraft& draft, size_t index) {
  const Executable::Step& step = draft.step(index);
  if (draft.placed(index).is_done || step.inputs.empty() || step.inputs[0] == kNoTensor) return;
  const Descriptor& descriptor = draft.descriptor(index);
  const TensorId input = step.inputs[0];
  const std::vector<Part> parts =
      parts_of_input(draft.placed(index).call, draft.strides(input, descriptor.inputs[0].shape));
  if (parts.empty() || parts.size() != step.outputs.size()) return;
  LayoutChanges changes(draft);
  for (size_t i = 0; i < parts.size(); ++i) {
    const TensorId id = step.outputs[i];
    if (id == kNoTensor) continue;
    const TensorDesc& output = descriptor.outputs[i];
    if (draft.is_output(id) || output.num_elements() == 0) return;
    if (!changes.read_at(id, layout_at(output.shape, parts[i].strides))) return;
  }
  const size_t element_bytes = size_of(descriptor.inputs[0].dtype);
  if (!changes.commit()) return;
  for (size_t i = 0; i < parts.size(); ++i) {
    if (step.outputs[i] == kNoTensor) continue;
    draft.move_into(step.outputs[i], {input, static_cast<size_t>(parts[i].offset) * element_bytes});
  }
  draft.placed(index).is_done = true;
  draft.note(kMoveInPlace);
}

void write_in_place(PlacementDraft& draft, size_t index) {
  const Executable::Step& step = draft.step(index);
  const Descriptor& descriptor = draft.descriptor(index);
  const Axes* const axes = descriptor.resolved_as<Axes>();
  const bool permutes = (draft.placed(index).call.plan->op().traits & kPermutes) != 0;
  if (draft.placed(index).is_done || !permutes || axes == nullptr) return;
  const TensorId input = step.inputs[0];
  const TensorId output = step.outputs[0];
  if (output == kNoTensor || !draft.is_dense(input)) return;
  if (draft.movable_root(input, draft.size_bytes(output)) != input) return;
  const Ints out_strides = draft.strides(output, descriptor.outputs[0].shape);
  Ints strides = out_strides;
  for (size_t i = 0; i < strides.size(); ++i) strides[axes->axes[i]] = out_strides[i];
  const Layout layout = layout_at(descriptor.inputs[0].shape, strides);
  LayoutChanges changes(draft);
  if (!changes.read_at(input, layout, index) || !changes.write_at(input, layout)) return;
  if (!changes.commit()) return;
  draft.move_into(input, {output, 0});
  draft.placed(index).is_done = true;
  draft.note(kMoveInPlace);
}

}  // namespace tfjs_native
