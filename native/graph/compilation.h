#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <vector>

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
  /// Calls `notify` once it is ready or has failed: at once on this thread, or later on the one
  /// that compiles.
  void when_done(std::function<void()> notify);

  /// Ends it, once, with what came of it.
  void finish(Result<std::shared_ptr<const CompiledGraph>> result);

 private:
  std::atomic<State> state_{State::kUnderWay};
  std::shared_ptr<const CompiledGraph> compiled_;  // Written before state_.
  Status error_;                                   // Likewise.
  std::mutex mutex_;                               // Guards waiters_.
  std::vector<std::function<void()>> waiters_;
};

/// Compiles on a thread of the process's own, one graph after another, which begins once all that
/// the session has enqueued so far is done: some of it may write constants. Where the session ends
/// before that, the compilation stays under way. For the session's thread.
std::shared_ptr<Compilation> compile_later(Session& session, std::shared_ptr<const Graph> graph,
                                           CompileOptions options);

}  // namespace tfjs_native
