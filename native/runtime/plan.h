// runtime/: from a call to its execution: infer, select, prepare (cached), enqueue; the stream and
// its pump; memory pool; profiler.
// May include: ops/, device/, math/, tensor/, base/.
// Threads: a Session belongs to the thread that owns its JavaScript environment; the drain role of
// its CallQueue passes between that thread and a libuv worker.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/byte_count.h"
#include "base/ref.h"
#include "device/device.h"
#include "ops/op_table.h"

namespace tfjs_native {

/// A descriptor on one device: the kernels that accept it, and, once it ran, the prepared kernel.
/// Whoever asks for an equal descriptor shares it: eager calls of all sessions, captured graphs.
/// Any thread.
class Plan : public RefCounted {
 public:
  /// `total` counts what it holds for as long as it lives.
  Plan(const OpDef& op, Descriptor descriptor, std::vector<const Kernel*> candidates,
       ByteCount& total);
  ~Plan() override;

  const OpDef& op() const { return op_; }
  const Descriptor& descriptor() const { return descriptor_; }
  /// Of the kernels that accept it the one that is tried first; null where none is needed.
  const Kernel* first_choice() const { return candidates_.empty() ? nullptr : candidates_[0]; }
  /// Nothing is to be computed: the outputs are parts of the first input's memory.
  bool is_view() const { return descriptor_.resolved_as<PartsOfInput>() != nullptr; }
  /// A view whose one output is the whole first input.
  bool is_whole_view() const { return is_whole_view_; }
  /// Bytes of all inputs and outputs: the size of the call's work for scheduling.
  size_t traffic_bytes() const { return traffic_bytes_; }
  /// True where the work grows faster than the bytes, and there is some.
  bool is_compute_bound() const { return is_compute_bound_; }

  /// The kernel, prepared on first use, and anew when the thread pool has another size, for which
  /// kernels divide their work. The caller keeps the pool's size from before this until the kernel
  /// has run.
  Result<const PreparedKernel*> prepared(Device& device);
  /// The same, for who runs it more often than once: it stays as it is, whatever happens to the
  /// pool's size or to the plan.
  Result<PreparedKernelPtr> prepared_to_keep(Device& device);
  /// Of the kernel that was prepared last; empty before.
  std::string kernel_name();
  /// Counts what the prepared kernel has come to hold in the meantime; to be called after a run.
  void recount();

  /// Bytes that it holds, those of the prepared kernel included.
  size_t held_bytes() const { return held_bytes_.load(std::memory_order_relaxed); }
  /// `count` counts what it holds from now on, until leave(). One count at a time.
  void join(ByteCount& count);
  void leave();

 private:
  Result<PreparedKernelPtr> prepare(Device& device);
  void count();

  const OpDef& op_;
  const Descriptor descriptor_;
  const std::vector<const Kernel*> candidates_;
  size_t traffic_bytes_ = 0;
  bool is_compute_bound_ = false;
  bool is_whole_view_ = false;

  std::mutex prepare_mutex_;  // Held while prepared_ changes.
  PreparedKernelPtr prepared_;
  const char* kernel_name_ = "";  // Of prepared_.
  std::atomic<int> prepared_for_threads_{0};

  ByteCount& total_;
  std::mutex count_mutex_;  // Held while held_bytes_ or where it counts changes.
  std::atomic<size_t> held_bytes_{0};
  std::atomic<size_t> counted_kernel_bytes_{0};
  ByteCount* joined_ = nullptr;
};

}  // namespace tfjs_native
