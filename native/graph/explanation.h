#pragma once

#include <string>

#include "graph/compiled_graph.h"

namespace tfjs_native {

/// What became of a graph, as JSON for lib/ to show: `passes` that changed something, `nodes` in
/// the order in which they run ({op, name?, fused?, postOps?, outputs: [{dtype, shape}], kernel?,
/// workspaceBytes?}; views have no kernel), `arenaBytes`, `unsharedBytes`, `constantBytes`,
/// `resultBytes`, and `text`, the graph printed.
std::string explanation_of(const CompiledGraph& graph);

}  // namespace tfjs_native
