#pragma once

#include <span>
#include <string>
#include <vector>

#include "graph/executable.h"

namespace tfjs_native {

/// Where a tensor lies: the tensor that has its memory, and how far into it.
struct StorageRoot {
  TensorId tensor = kNoTensor;
  size_t offset_bytes = 0;
};

/// Which values of an executable share memory, so that nothing is copied from one to the other.
struct Placement {
  struct Step {
    /// Computes in place where its descriptor has an aliased input, and reads and writes at strides
    /// where that has layouts.
    PlannedCall call;
    bool is_done = false;  // Nothing is to be run: its outputs lie there already.
  };
  std::vector<Step> steps;         // One for each of the executable.
  std::vector<StorageRoot> roots;  // By tensor. A root is its own.
  std::vector<size_t> size_bytes;  // By tensor; 0 for those that no step computes.
  /// Those of the decisions below that changed something.
  std::vector<const char*> applied;
};

/// What is only moved (a slice, a transpose) is read where it was, or written at once where it
/// goes.
constexpr const char* kMoveInPlace = "move-in-place";
/// What is joined is written into its place by the steps that compute it, and not copied.
constexpr const char* kJoinInPlace = "join-in-place";
/// A step writes over an input that nobody reads afterwards, where its kernel takes that.
constexpr const char* kComputeInPlace = "compute-in-place";

/// Decides that, but for what is named in `disabled`. UNSUPPORTED for control flow. Any thread.
Result<Placement> place_values(const Executable& executable, PlanStore& plans,
                               std::span<const std::string> disabled);

}  // namespace tfjs_native
