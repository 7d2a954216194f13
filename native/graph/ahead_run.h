#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <vector>

#include "graph/compiled_graph.h"

namespace tfjs_native {

/// One run of a compiled graph, done by whoever comes first: the queue, where it has its place, or
/// a thread of the pool that has nothing else to do. So runs that do not depend on each other go on
/// side by side, and yet look as if one came after the other.
class AheadRun {
 public:
  /// The inputs are there and without error; `results` as for PlannedSteps::run(). For devices
  /// whose kernels return when they are done.
  AheadRun(std::shared_ptr<const CompiledGraph> graph, std::vector<Storage> inputs,
           std::vector<Storage> results, MemorySource& memory, ReplayOptions options);
  ~AheadRun();

  /// Whether there are several, so that the newest should be offered to the pool: they go on alone,
  /// each on one thread.
  static bool has_company();
  /// Offers it to the pool's threads.
  static void offer(const std::shared_ptr<AheadRun>& run);

  /// Runs it, or waits until another thread has done so; what came of it. For the thread that
  /// drains, which holds the pool's size.
  Status join(DeviceStream& stream);

 private:
  bool claim() { return !is_claimed_.exchange(true); }
  void run(DeviceStream& stream);
  void finish(Status status);

  const std::shared_ptr<const CompiledGraph> graph_;
  const std::vector<Storage> inputs_;
  const std::vector<Storage> results_;
  MemorySource& memory_;
  const ReplayOptions options_;
  std::atomic<bool> is_claimed_{false};
  std::atomic<bool> is_done_{false};
  Status status_;  // Written before is_done_.
  std::mutex mutex_;
  std::condition_variable done_;
};

}  // namespace tfjs_native
