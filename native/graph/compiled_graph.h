#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "graph/planned_steps.h"
#include "runtime/session.h"

namespace tfjs_native {

struct CompileOptions {
  /// Names of passes, and of decisions of place_values().
  std::vector<std::string> disabled_passes;
};

struct ReplayOptions {
  /// The run counts in CompiledGraph::step_times(), and waits for its turn.
  bool is_timed = false;
  /// Set by anyone: a run that has not begun never does, one under way ends before its next step.
  /// The results' error is then DISPOSED. May be null.
  std::shared_ptr<const std::atomic<bool>> is_cancelled;
};

/// A graph after all passes, made ready to run on one device for the shapes that it was recorded
/// with. Its constants are shared with all graphs of the device that have equal ones. Immutable but
/// for its steps, which are planned anew when the thread pool's size has changed; any thread.
class CompiledGraph {
 public:
  /// `stream` and `memory` are for what is computed now: constants, packed weights. The graph's
  /// constants must be written. Errors: those of passes, specialising and preparing; UNSUPPORTED
  /// for control flow.
  static Result<std::shared_ptr<const CompiledGraph>> compile(const Graph& graph,
                                                              const CompileOptions& options,
                                                              DeviceRuntime& runtime,
                                                              DeviceStream& stream,
                                                              MemorySource& memory);

  const std::vector<TensorDesc>& inputs() const { return executable_->inputs; }
  const std::vector<TensorDesc>& outputs() const { return executable_->outputs; }
  const Graph& graph() const { return *executable_->graph; }
  const Placement& placement() const { return placement_; }
  /// Buffers of the graph's constants that others of the same content stand for now, in it and in
  /// whatever else the device has compiled: once, and then nothing. Who holds one of these should
  /// take what stands for it, so that the memory is freed.
  std::vector<BufferExchange> take_exchanges() const;
  /// Names of the passes that changed something, in order.
  const std::vector<std::string>& applied_passes() const { return applied_passes_; }
  /// Of its constants, each buffer once.
  size_t constant_bytes() const;
  /// The steps, planned for whatever number of threads was asked for last.
  std::shared_ptr<const PlannedSteps> steps() const;

  /// A stream of its device.
  Result<std::unique_ptr<DeviceStream>> create_stream() const { return device_.create_stream(); }
  /// What a run usually takes, in ns; 0 before the first.
  int64_t usual_ns() const { return usual_ns_.load(std::memory_order_relaxed); }

  /// What the steps of timed runs took, in ns, one after another; and how many runs that were.
  struct StepTimes {
    std::vector<int64_t> ns;
    int runs = 0;
  };
  StepTimes step_times() const;

  /// One run; see PlannedSteps::run(). A timed one counts in step_times(). The caller holds the
  /// pool's size, whatever it is.
  Status run(std::span<const Storage> inputs, std::span<const Storage> results,
             DeviceStream& stream, MemorySource& memory, const ReplayOptions& options = {}) const;

 private:
  explicit CompiledGraph(Device& device) : device_(device) {}
  Result<std::shared_ptr<const PlannedSteps>> steps_for_pool(MemorySource& memory) const;

  Device& device_;
  std::shared_ptr<const Executable> executable_;
  Placement placement_;
  std::vector<std::string> applied_passes_;
  mutable std::atomic<int64_t> usual_ns_{0};
  void add_times(std::span<const int64_t> ns) const;

  mutable std::mutex mutex_;  // Guards what follows.
  mutable StepTimes times_;
  mutable std::shared_ptr<const PlannedSteps> steps_;
  mutable std::vector<BufferExchange> exchanges_;
};

/// Enqueues one run; its outputs, in the graph's order, some of which may lie in inputs or
/// constants. The inputs must have the descriptions that it was compiled for, else BAD_SHAPE or
/// BAD_DTYPE.
Result<std::vector<Value>> replay(Session& session, std::shared_ptr<const CompiledGraph> graph,
                                  std::span<const Value> inputs, std::span<const TensorDesc> descs,
                                  ReplayOptions options = {});

}  // namespace tfjs_native
