// Steps that write over what they read.
#include <algorithm>
#include <utility>

#include "graph/placement_steps.h"

namespace tfjs_native {
namespace {

bool is_read_twice(const PlacementDraft& draft, const Executable::Step& step, TensorId root) {
  return std::count_if(step.inputs.begin(), step.inputs.end(), [&](TensorId id) {
           return id != kNoTensor && draft.root_of(id).tensor == root;
         }) > 1;
}

/// Whether the kernel takes the same call in place of that input.
bool replan(PlacementDraft& draft, PlannedCall& call, int aliased_input) {
  Descriptor descriptor = call.plan->descriptor();
  descriptor.aliased_input = aliased_input;
  auto planned = draft.plans().plan(call.plan->op(), std::move(descriptor), call.scalars);
  if (!planned.ok() || planned.value().plan->first_choice() != call.plan->first_choice()) {
    return false;
  }
  call.plan = std::move(planned.value().plan);
  return true;
}

}  // namespace

void compute_in_place(PlacementDraft& draft, size_t index) {
  Placement::Step& placed = draft.placed(index);
  const Executable::Step& step = draft.step(index);
  if (placed.is_done || step.outputs.empty() || step.outputs[0] == kNoTensor) return;
  const TensorId output = step.outputs[0];
  if (!draft.is_dense(output)) return;
  for (size_t i = 0; i < step.inputs.size(); ++i) {
    const TensorId root = draft.movable_root(step.inputs[i], draft.size_bytes(output));
    if (root == kNoTensor || draft.last_read(root) != index) continue;
    if (!draft.is_dense(step.inputs[i]) || is_read_twice(draft, step, root)) continue;
    if (!replan(draft, placed.call, static_cast<int>(i))) continue;
    draft.move_into(root, {output, 0});
    draft.note(kComputeInPlace);
    return;
  }
}

}  // namespace tfjs_native
