#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "graph/graph.h"
#include "runtime/plan_store.h"

namespace tfjs_native {

/// What a pass may ask of the device that the graph is compiled for.
struct PassContext {
  /// Which kernels accept what: a pass that fuses asks before it does.
  const Planner& planner;
  /// To compute constants.
  PlanStore& plans;
  DeviceStream& stream;
  MemorySource& memory;
};

/// One change that makes a graph cheaper to run and keeps what it computes.
///
/// The descriptions in the graph are those of the shapes that it is compiled for.
struct Pass {
  const char* name;     // In switches and explanations: "fold-constants".
  const char* summary;  // One line for people.
  /// True when it changed something. verify() accepts the graph afterwards as before.
  Result<bool> (*run)(Graph& graph, PassContext& context);
};

/// All passes, in the order in which they run; one that runs twice is there twice.
std::span<const Pass> passes();

/// Runs all passes but those named in `disabled`, on the graph and on the bodies in it, and appends
/// to `applied` the names of those that changed something, each once. Errors name the pass.
Status optimise(Graph& graph, PassContext& context, std::span<const std::string> disabled,
                std::vector<std::string>& applied);

}  // namespace tfjs_native
