#pragma once

#include <string>

#include "graph/graph.h"

namespace tfjs_native {

/// The graph as text, for people and for tests: the same graph gives the same text, without
/// addresses and values of tensors.
///
///     graph main(%0 "x": float32[1,4]) {
///       %1 "w": float32[4,2] = constant
///       %2: float32[1,2] = BatchMatMul(a: %0, b: %1) {transposeA: false, transposeB: false}
///       %3: float32[1,2] = Relu(x: %2) "relu"
///       return %3
///     }
std::string to_text(const Graph& graph);

/// "relu", "add(%7)": one of a node's post-ops.
std::string post_op_text(const GraphNode& node, const PostOp& post_op);

/// Writes that to the log, line by line.
void log_graph(const Graph& graph);

}  // namespace tfjs_native
