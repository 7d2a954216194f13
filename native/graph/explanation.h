#pragma once

#include <string>

#include "graph/compiled_graph.h"

namespace tfjs_native {

/// What became of a graph, as JSON for lib/ to show. Tensors are {id, dtype, shape}.
///   - `passes`: names of those that changed something
///   - `inputs`, `constants`: tensors; `outputs`: their ids
///   - `nodes`, in the order in which they run: {op, name?, fused?, postOps?, inputs: [id or null],
///     outputs: [tensor or null], kernel?, workspaceBytes?, ns?}; views have no kernel, and `ns` is
///     the mean of the timed runs
///   - `arenaBytes`, `unsharedBytes`, `constantBytes`, `resultBytes`, `timedRuns?`
///   - `text`: the graph printed
std::string explanation_of(const CompiledGraph& graph);

}  // namespace tfjs_native
