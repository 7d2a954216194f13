#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "graph/placement.h"

namespace tfjs_native {

/// Where an output of an executable comes from.
struct OutputSource {
  enum class Kind : uint8_t {
    kInput,     // It lies in input `index`.
    kConstant,  // It lies in `constant`.
    kComputed,  // It lies in result `index`, memory that a run fills for its caller.
  };
  Kind kind = Kind::kComputed;
  size_t index = 0;
  size_t offset_bytes = 0;
  Storage constant;
};

/// A constant's buffer that no step reads, as what kernels made of it stands for it.
struct UnreadConstant {
  Ref<Buffer> buffer;
  /// Null where the buffer is or was deferred.
  Buffer::Contents contents;
};

/// What a run may be given besides its operands.
struct RunOptions {
  /// Gets the time of each step, in ns; may be null.
  int64_t* step_ns = nullptr;
  /// Set by anyone: the run ends before its next step, with an error. May be null.
  const std::atomic<bool>* is_cancelled = nullptr;
};

/// The steps of an executable without control flow, made ready for a number of threads: kernels
/// prepared and bound to the constants, all intermediate values and workspaces placed in one arena,
/// which is a run's for as long as it lasts. A run looks nothing up, and allocates but its results
/// and the arena. Any thread.
class PlannedSteps {
 public:
  /// For the number of threads that the pool has; the caller holds its size. Constants must be
  /// written. Errors: those of preparing kernels; they name the node. `unread` gets the constants
  /// whose plain values are neither read nor handed out; may be null.
  static Result<std::shared_ptr<const PlannedSteps>> plan(
      std::shared_ptr<const Executable> executable, const Placement& placement, Device& device,
      MemorySource& memory, std::vector<UnreadConstant>* unread = nullptr);

  PlannedSteps() { idle_.reserve(kMostIdle); }
  PlannedSteps(const PlannedSteps&) = delete;
  PlannedSteps& operator=(const PlannedSteps&) = delete;

  int threads() const { return threads_; }
  const std::vector<OutputSource>& outputs() const { return outputs_; }
  /// Sizes of the results that run() fills.
  std::span<const size_t> result_bytes() const { return result_bytes_; }
  size_t arena_bytes() const { return arena_bytes_; }
  /// What intermediate values and workspaces would take if each had memory of its own.
  size_t unshared_bytes() const { return unshared_bytes_; }

  /// What one step was found to be, for explanations.
  struct StepInfo {
    size_t node = 0;  // Its index in the graph.
    std::string kernel;
    size_t workspace_bytes = 0;
    int aliased_input = -1;  // The input that it writes over.
  };
  const std::vector<StepInfo>& step_infos() const { return step_infos_; }

  /// Runs all steps. `results` have no memory yet; they get it. The caller holds the pool's size,
  /// which must be threads(), and has looked at the inputs' errors. For the thread that may use the
  /// stream. DISPOSED for a run that was cancelled.
  Status run(std::span<const Storage> inputs, std::span<const Storage> results, Device& device,
             DeviceStream& stream, MemorySource& memory, const RunOptions& options = {}) const;

 private:
  friend class StepPlanner;

  struct Step {
    PreparedKernelPtr kernel;
    std::shared_ptr<const void> bound;
    Doubles scalars;
    const char* op = "";
    size_t first_operand = 0;
    size_t input_count = 0;
    size_t output_count = 0;
    size_t workspace_at = 0;  // In the arena.
  };
  /// An operand whose memory every run gives anew.
  struct Patch {
    size_t operand = 0;
    size_t index = 0;  // Of the input or result; 0 in the arena.
    size_t offset_bytes = 0;
  };

  std::vector<Operand> take_operands() const;
  void give_back(std::vector<Operand> operands) const;
  Status run_steps(std::span<const Operand> all, void* arena, Device& device, DeviceStream& stream,
                   MemorySource& memory, const RunOptions& options) const;

  std::shared_ptr<const Executable> executable_;
  int threads_ = 0;
  std::vector<Step> steps_;
  std::vector<StepInfo> step_infos_;
  std::vector<Operand> operands_;  // With the constants' memory; a copy for each run.
  std::vector<Patch> input_patches_;
  std::vector<Patch> result_patches_;
  std::vector<Patch> arena_patches_;
  std::vector<OutputSource> outputs_;
  std::vector<size_t> result_bytes_;
  std::vector<const char*> result_ops_;  // The operators that compute them.
  size_t arena_bytes_ = 0;
  size_t unshared_bytes_ = 0;

  // Of runs that are over, for the next ones; as many as usually go on at once.
  static constexpr size_t kMostIdle = 8;
  mutable std::mutex mutex_;  // Guards idle_.
  mutable std::vector<std::vector<Operand>> idle_;
};

}  // namespace tfjs_native
