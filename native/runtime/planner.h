#pragma once

#include <vector>

#include "runtime/plan.h"

namespace tfjs_native {

/// Chooses kernels for descriptors on one device. Outlives its plans. Any thread.
class Planner {
 public:
  explicit Planner(Device& device);

  /// What inference finds of a call. Its errors name operator and device.
  Result<Inference> infer(const OpDef& op, std::span<const TensorDesc> inputs, const Attrs& attrs,
                          std::span<const void* const> values = {}) const;
  /// The descriptor of a call of which inference found this; `attrs` as given.
  static Descriptor describe(const OpDef& op, std::vector<TensorDesc> inputs, const Attrs& attrs,
                             Inference inference);
  /// UNSUPPORTED, with the reason of every kernel, when none accepts.
  Result<Ref<Plan>> select(const OpDef& op, Descriptor descriptor) const;

  struct Declined {
    const Kernel* kernel;
    std::string reason;
  };
  /// The kernels that would have been asked before the one that takes it, and why they do not.
  std::vector<Declined> declined(const OpDef& op, const Descriptor& descriptor) const;

  /// True when some kernel of the device computes the operator (views need none).
  bool supports(const OpDef& op) const;
  /// What some kernel of it takes; none for views, which take every dtype.
  DTypeSet dtypes_of(const OpDef& op) const;
  /// Bytes that all its plans hold, whoever keeps them.
  size_t held_bytes() const { return held_.bytes(); }
  Device& device() const { return device_; }

 private:
  Device& device_;
  std::vector<std::vector<const Kernel*>> kernels_by_op_;  // Indexed like op_table().
  mutable ByteCount held_;
};

}  // namespace tfjs_native
