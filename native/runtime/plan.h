// runtime/: from a call to its execution: infer, select, prepare (cached), enqueue; the stream and
// its pump; memory pool; profiler.
// May include: ops/, device/, tensor/, base/.
// Threads: a Session belongs to the thread that owns its JavaScript environment; the drain role of
// its CallQueue passes between that thread and a libuv worker.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "base/ref.h"
#include "device/device.h"
#include "ops/op_table.h"

namespace tfjs_native {

/// One operator with fixed shapes, dtypes and attributes on one device: what inference found, the
/// kernels that accepted it, and, once it ran, the prepared kernel. Eager calls with an equal
/// descriptor share it, and captured graphs store it.
class Plan : public RefCounted {
 public:
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

 private:
  friend class Planner;

  const OpDef* op_ = nullptr;
  Descriptor descriptor_;
  std::vector<const Kernel*> candidates_;
  size_t traffic_bytes_ = 0;
  bool compute_bound_ = false;
  PreparedKernelPtr prepared_;
  int prepared_for_threads_ = 0;
};

/// Makes plans for one device. Immutable, any thread.
class Planner {
 public:
  explicit Planner(Device& device);
  /// Infers and selects. Errors name the operator: those of inference, and UNSUPPORTED with the
  /// reason of every kernel when none accepts.
  Result<Ref<Plan>> plan(const OpDef& op, std::vector<TensorDesc> inputs, Attrs attrs) const;
  /// True when some kernel of the device computes the operator (views need none).
  bool supports(const OpDef& op) const;
  Device& device() const { return device_; }

 private:
  Device& device_;
  std::vector<std::vector<const Kernel*>> kernels_by_op_;  // Indexed like op_table().
};

}  // namespace tfjs_native
