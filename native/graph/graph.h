// graph/: graphs of operators, whoever makes them (recordings of JavaScript's calls, readers of
// model files), and running them: graph -> executable for certain shapes -> replay.
// May include: runtime/ and below.
// Threads: a graph is built and changed by one thread, and immutable once it is shared; an
// Executable is immutable; a Recorder belongs to its session's thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "device/attrs.h"
#include "device/post_op.h"
#include "ops/op_table.h"
#include "tensor/buffer.h"
#include "tensor/tensor_desc.h"

namespace tfjs_native {

/// A tensor of a graph: its index in Graph::tensors.
using TensorId = int32_t;
/// In place of an optional input that is absent, or of an output that nobody wants.
constexpr TensorId kNoTensor = -1;

/// What is known of a tensor before any run.
struct GraphTensor {
  /// `is_constant` holds for constants, and for what is computed from nothing else.
  TensorDesc desc;
  std::string name;  // For people; may be empty.
  /// The values of a constant; without a buffer for inputs and for what nodes compute. Graphs share
  /// buffers, and with them what kernels derived from the values.
  Storage constant;
};

enum class NodeKind : uint8_t {
  kOperator,
  /// Inputs: a scalar bool, then the arguments of both bodies. Bodies: what is computed where it is
  /// true, and where it is false; the results of the one that runs are the node's outputs.
  kIf,
  /// Inputs: the variables' first values. Bodies: the condition (variables -> scalar bool), and
  /// what is computed for as long as that is true (variables -> variables). Outputs: the variables'
  /// last values.
  kWhile,
};

struct GraphNode {
  NodeKind kind = NodeKind::kOperator;
  const OpDef* op = nullptr;  // kOperator: its row of the operator table.
  std::string name;           // For people; may be empty.
  /// kOperator: as given, those of run time with the values that they had.
  Attrs attrs;
  /// kOperator: done to the first output before it is stored, in this order. Their operands are
  /// inputs behind those that the row declares, and broadcast to the output from its last dimension
  /// on.
  std::vector<PostOp> post_ops;
  /// One for each that the row declares, any number for a list; then the operands of post_ops.
  std::vector<TensorId> inputs;
  std::vector<TensorId> outputs;  // One for each that inference finds.
  std::vector<int> bodies;        // kIf, kWhile: indices in Graph::subgraphs.
  /// For people: the operators that passes made one of, in order; empty for a node as it was given.
  std::vector<std::string> fused;
};

/// Nodes over numbered tensors, in an order in which they can run. verify() tells what else holds
/// for every graph; a GraphBuilder makes no other.
struct Graph {
  std::string name;
  std::vector<GraphTensor> tensors;
  std::vector<GraphNode> nodes;
  std::vector<TensorId> inputs;
  std::vector<TensorId> outputs;  // May be inputs or constants, and the same one several times.
  /// Bodies of control flow, by names of their own. They see none of this graph's tensors.
  std::vector<Graph> subgraphs;
};

/// The operator's name; "If" and "While" for control flow.
inline const char* op_name(const GraphNode& node) {
  switch (node.kind) {
    case NodeKind::kOperator:
      return node.op == nullptr ? "?" : node.op->name;
    case NodeKind::kIf:
      return "If";
    case NodeKind::kWhile:
      return "While";
  }
  return "?";
}

}  // namespace tfjs_native
