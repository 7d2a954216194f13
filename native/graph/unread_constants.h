#pragma once

#include <span>
#include <vector>

#include "graph/planned_steps.h"
#include "runtime/constant_store.h"

namespace tfjs_native {

/// Lets go of the graph's constants that no step reads: deferred buffers take their place, which
/// write the plain values again from what the kernels made of them once somebody wants these: steps
/// that are planned anew, a graph for other shapes, JavaScript. For buffers of `given`, which
/// others may hold as well, `exchanges` gets what may stand for them there.
void let_go_of_unread(Graph& graph, std::span<const UnreadConstant> unread,
                      const std::vector<const Buffer*>& given, ConstantStore& constants,
                      std::vector<BufferExchange>& exchanges);

/// The buffers of the graph's constants, each once, in the order of their addresses.
std::vector<const Buffer*> constant_buffers(const Graph& graph);

}  // namespace tfjs_native
