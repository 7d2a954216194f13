#pragma once

#include "graph/placement_draft.h"

namespace tfjs_native {

// The decisions of place_values() for one step, which does not happen any more, or happens
// elsewhere, where they can be made.

/// Of a step that only moves elements, and whose output could be read where its input lies.
void read_in_place(PlacementDraft& draft, size_t index);
/// Of a step that only moves elements, and whose input could be written where its output lies.
void write_in_place(PlacementDraft& draft, size_t index);
/// Of a step that joins, and whose inputs could be written into their places. Those that cannot it
/// copies.
void join_in_place(PlacementDraft& draft, size_t index);
/// Of a step that could write over one of its inputs.
void compute_in_place(PlacementDraft& draft, size_t index);

}  // namespace tfjs_native
