#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "device/kernel.h"

namespace tfjs_native {

/// A kernel that runs other kernels of its device one after another. What lies between them is part
/// of its workspace.
class Composite : public PreparedKernel {
 public:
  /// An operand of a step.
  struct Place {
    enum class Kind : uint8_t { kInput, kBetween, kOutput };
    Kind kind = Kind::kInput;
    size_t index = 0;  // Of the input or output; of what lies between, its distance in bytes from
                       // the workspace's beginning.
  };
  struct Step {
    PreparedKernelPtr kernel;
    std::vector<Place> inputs;
    Place output;
  };

  /// The steps' own workspaces share what lies behind `between_bytes`.
  Composite(std::vector<Step> steps, size_t between_bytes);

  Status run(const Operands& operands, DeviceStream& stream) const override;
  Result<std::shared_ptr<const void>> bind(const Operands& constants) const override;
  std::vector<ReplacedInput> replaced_inputs(
      const std::shared_ptr<const void>& bound) const override;

 private:
  using Bound = std::vector<std::shared_ptr<const void>>;  // One for each step.

  Operand at(const Place& place, const Operands& operands) const;
  void recount() const;

  const std::vector<Step> steps_;
  const size_t between_bytes_;
  mutable std::atomic<size_t> counted_bytes_{0};
};

/// Puts a Composite together, of the kernels that the device prefers.
class CompositeBuilder {
 public:
  /// A tensor that the kernel gets, or that one of its steps makes.
  struct Value {
    Composite::Place place;
    TensorDesc desc;
  };

  CompositeBuilder(const Descriptor& descriptor, Device& device)
      : descriptor_(descriptor), device_(device) {}

  Value input(size_t i) const {
    return {{Composite::Place::Kind::kInput, i}, descriptor_.inputs[i]};
  }
  /// The same elements under another shape.
  static Value reshaped(Value value, Shape shape) {
    value.desc.shape = std::move(shape);
    return value;
  }
  /// Adds a step: `step` names the operator and has all but the inputs, which are `inputs`' own.
  /// Answers its output. UNSUPPORTED where the device has no kernel for it.
  Result<Value> add(Descriptor step, std::vector<Value> inputs);
  /// The last step's output becomes that of the kernel; there must be one.
  PreparedKernelPtr finish();

 private:
  Result<PreparedKernelPtr> prepare(const Descriptor& step) const;

  const Descriptor& descriptor_;
  Device& device_;
  std::vector<Composite::Step> steps_;
  size_t between_bytes_ = 0;
  size_t last_bytes_ = 0;  // Of what lies between for the last step's output.
};

}  // namespace tfjs_native
