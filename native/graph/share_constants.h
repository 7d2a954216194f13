#pragma once

#include <vector>

#include "graph/graph.h"
#include "runtime/constant_store.h"

namespace tfjs_native {

/// Gives the constants of a graph, which must be written, the buffers that stand for their
/// contents; appends those that others stand for now. Bodies of control flow stay as they are.
void share_constants(Graph& graph, ConstantStore& constants,
                     std::vector<BufferExchange>& exchanges);

}  // namespace tfjs_native
