// runtime/: from a call to its execution: infer, select, prepare (cached), enqueue; the stream and
// its pump; memory pool; profiler.
// May include: ops/, device/, tensor/, base/.
// Threads: a Session belongs to the thread that owns its JavaScript environment; the drain role of
// its CallQueue passes between that thread and a libuv worker.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "base/byte_count.h"
#include "base/ref.h"
#include "device/device.h"
#include "ops/op_table.h"

namespace tfjs_native {

/// One operator with fixed shapes, dtypes and attributes on one device: what inference found, the
/// kernels that accepted it, and, once it ran, the prepared kernel. Eager calls with an equal
/// descriptor share it, and captured graphs store it.
class Plan : public RefCounted {
 public:
  /// `total` counts what it holds for as long as it lives.
  explicit Plan(ByteCount& total) : total_(total) {}
  ~Plan() override;

  const OpDef& op() const { return *op_; }
  const Descriptor& descriptor() const { return descriptor_; }
  /// Bytes of all inputs and outputs: the size of the call's work for scheduling.
  size_t traffic_bytes() const { return traffic_bytes_; }
  /// True where the work grows faster than the bytes (products, convolutions).
  bool is_compute_bound() const { return compute_bound_; }

  /// The kernel, prepared on first use, and anew when the thread pool has another size, for which
  /// kernels divide their work. Only for the thread that holds the drain role, and the pool's size
  /// from before this until the kernel has run.
  Result<const PreparedKernel*> prepared(Device& device);
  /// Counts what the prepared kernel has come to hold in the meantime. To be called after a run, by
  /// the thread that holds the drain role.
  void recount() {
    if (prepared_ && prepared_->held_bytes() != counted_kernel_bytes_) count();
  }

  /// Bytes that it holds, those of the prepared kernel included. Any thread.
  size_t held_bytes() const { return held_bytes_.load(std::memory_order_relaxed); }
  /// `count` counts what it holds from now on, until leave(). Any thread; one count at a time.
  void join(ByteCount& count);
  void leave();

 private:
  friend class Planner;

  void count();

  const OpDef* op_ = nullptr;
  Descriptor descriptor_;
  std::vector<const Kernel*> candidates_;
  size_t traffic_bytes_ = 0;
  bool compute_bound_ = false;
  PreparedKernelPtr prepared_;
  int prepared_for_threads_ = 0;
  size_t counted_kernel_bytes_ = 0;

  ByteCount& total_;
  std::mutex count_mutex_;  // Held while held_bytes_ or where it counts changes.
  std::atomic<size_t> held_bytes_{0};
  ByteCount* joined_ = nullptr;
};

/// Makes plans for one device, and outlives them. Any thread.
class Planner {
 public:
  explicit Planner(Device& device);
  /// Infers and selects. Errors name the operator: those of inference, and UNSUPPORTED with the
  /// reason of every kernel when none accepts.
  Result<Ref<Plan>> plan(const OpDef& op, std::vector<TensorDesc> inputs, Attrs attrs) const;
  /// True when some kernel of the device computes the operator (views need none).
  bool supports(const OpDef& op) const;
  /// Bytes that all its plans hold, whoever keeps them.
  size_t held_bytes() const { return held_.bytes(); }
  Device& device() const { return device_; }

 private:
  Device& device_;
  std::vector<std::vector<const Kernel*>> kernels_by_op_;  // Indexed like op_table().
  mutable ByteCount held_;
};

}  // namespace tfjs_native
