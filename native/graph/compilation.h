#pragma once

#include <atomic>
#include <memory>

#include "graph/compiled_graph.h"

namespace tfjs_native {

/// A graph that is being compiled, or has been. Any thread.
class Compilation {
 public:
  enum class State : uint8_t { kUnderWay, kReady, kFailed };

  State state() const { return state_.load(std::memory_order_acquire); }
  /// Once it is ready.
  const std::shared_ptr<const CompiledGraph>& compiled() const { return compiled_; }
  /// Once it has failed.
  const Status& error() const { return error_; }
  /// Ends it, once, with what came of it.
  void finish(Result<std::shared_ptr<const CompiledGraph>> result);

 private:
  std::atomic<State> state_{State::kUnderWay};
  std::shared_ptr<const CompiledGraph> compiled_;  // Written before state_.
  Status error_;                                   // Likewise.
};

/// Compiles on this thread, whichever it is, once the queue has come to `ticket`: what was enqueued
/// before may write constants. Helps it to get there. Lets go of the graph, and ends the
/// compilation; DISPOSED where the queue closes before that.
void compile(Compilation& compilation, CallQueue& queue, CallQueue::Ticket ticket,
             std::shared_ptr<const Graph> graph, const CompileOptions& options,
             DeviceRuntime& runtime);

}  // namespace tfjs_native
