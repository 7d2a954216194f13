#pragma once

#include <memory>
#include <span>
#include <vector>

#include "graph/graph.h"
#include "runtime/plan_store.h"

namespace tfjs_native {

/// A graph made ready to run on one device for inputs of certain descriptions: a plan for each
/// node, and when a value is no longer needed. It shares its constants, and so what kernels derive
/// from them, with every other executable of the graph, and its plans with whoever has equal
/// descriptors.
struct Executable {
  struct Step {
    /// Without a plan where the node is control flow.
    PlannedCall call;
    std::vector<std::shared_ptr<const Executable>> bodies;  // Of control flow.
    std::vector<TensorId> inputs;
    std::vector<TensorId> outputs;
    std::vector<TensorId>
        last_uses;  // Values that no later step reads, and no output of the graph.
  };

  std::shared_ptr<const Graph> graph;
  std::vector<TensorDesc> inputs;
  std::vector<TensorDesc> outputs;
  std::vector<Step> steps;              // One for each node.
  std::vector<TensorId> constants;      // Of the graph.
  std::vector<bool> is_written_direct;  // For each output whether a kernel may write where it goes.
};

/// Makes a graph (one that verify() accepts) ready for inputs of these descriptions, whose shapes
/// need not be those that it was made with. Errors: BAD_SHAPE (the number of inputs), BAD_DTYPE,
/// UNSUPPORTED when no kernel takes a call, and what inference finds; they name the node. Any
/// thread.
Result<std::shared_ptr<const Executable>> specialise(std::shared_ptr<const Graph> graph,
                                                     std::span<const TensorDesc> inputs,
                                                     PlanStore& plans);

/// The same for the shapes that the graph was made with.
Result<std::shared_ptr<const Executable>> specialise(std::shared_ptr<const Graph> graph,
                                                     PlanStore& plans);

}  // namespace tfjs_native
