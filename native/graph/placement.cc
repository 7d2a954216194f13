#include "graph/placement.h"

#include <algorithm>

#include "graph/node_inference.h"
#include "graph/placement_steps.h"

namespace tfjs_native {

Result<Placement> place_values(const Executable& executable, PlanStore& plans,
                               std::span<const std::string> disabled) {
  for (size_t i = 0; i < executable.steps.size(); ++i) {
    if (executable.steps[i].call.plan) continue;
    return at_node(Status(Code::kUnsupported, "control flow has no memory plan"),
                   executable.graph->nodes[i], i);
  }
  const auto is_on = [&](const char* name) {
    return std::find(disabled.begin(), disabled.end(), name) == disabled.end();
  };
  PlacementDraft draft(executable, plans);
  const size_t count = draft.step_count();
  if (is_on(kMoveInPlace)) {
    for (size_t i = 0; i < count; ++i) read_in_place(draft, i);
  }
  // The last first: what is joined may be joined again.
  for (size_t i = count; i-- > 0;) {
    if (is_on(kJoinInPlace)) join_in_place(draft, i);
    if (is_on(kMoveInPlace)) write_in_place(draft, i);
  }
  if (is_on(kComputeInPlace)) {
    for (size_t i = 0; i < count; ++i) compute_in_place(draft, i);
  }
  return draft.finish();
}

}  // namespace tfjs_native
