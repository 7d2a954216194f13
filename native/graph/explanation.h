#pragma once

#include <string>

#include "graph/compiled_graph.h"

namespace tfjs_native {

/// What became of a graph, as JSON for lib/ to show. Tensors are {id, dtype, shape}.
///   - `passes`: names of those that changed something
///   - `inputs`, `constants`: tensors; `outputs`: their ids
///   - `nodes`, in the order in which they run: {op, name?, fused?, postOps?, inputs: [id or null],
///     outputs: [tensor or null], kernel?, declined?, workspaceBytes?, inPlaceOf?, ns?}; what lies
///     where it is wanted already has no kernel; `declined` are those that come before the kernel,
///     with the reason, `inPlaceOf` the index of the input that it writes over, `ns` the mean of
///     the timed runs
///   - `arenaBytes`, `unsharedBytes`, `constantBytes`, `resultBytes`, `timedRuns?`
///   - `text`: the graph printed
/// `planner`: the one that it was compiled with.
std::string explanation_of(const CompiledGraph& graph, const Planner& planner);

}  // namespace tfjs_native
