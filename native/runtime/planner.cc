#include "runtime/planner.h"

#include <string>

#include "base/log.h"

namespace tfjs_native {

Planner::Planner(Device& device) : device_(device), kernels_by_op_(op_table().size()) {
  for (const Kernel& kernel : device.kernels()) {
    const int index = find_op(kernel.op);
    if (index < 0) {
      log_line("%s: kernel for the unknown operator %s ignored", device.name().c_str(), kernel.op);
      continue;
    }
    kernels_by_op_[index].push_back(&kernel);
  }
}

bool Planner::supports(const OpDef& op) const {
  return (op.traits & kView) != 0 || !kernels_by_op_[&op - op_table().data()].empty();
}

DTypeSet Planner::dtypes_of(const OpDef& op) const {
  DTypeSet dtypes;
  for (const Kernel* kernel : kernels_by_op_[&op - op_table().data()]) {
    dtypes = dtypes | kernel->takes.dtypes;
  }
  return dtypes;
}

Result<Inference> Planner::infer(const OpDef& op, std::span<const TensorDesc> inputs,
                                 const Attrs& attrs, std::span<const void* const> values) const {
  Result<Inference> inference = tfjs_native::infer(op, inputs, attrs, values);
  if (!inference.ok()) return inference.status().at(op.name, device_.name());
  return inference;
}

Descriptor Planner::describe(const OpDef& op, std::vector<TensorDesc> inputs, const Attrs& attrs,
                             Inference inference) {
  Descriptor descriptor;
  descriptor.op = op.name;
  descriptor.inputs = std::move(inputs);
  descriptor.outputs = std::move(inference.outputs);
  descriptor.attrs = without_run_time_attrs(op, attrs);
  descriptor.resolved = std::move(inference.resolved);
  descriptor.post_ops = std::move(inference.post_ops);
  return descriptor;
}

std::vector<Planner::Declined> Planner::declined(const OpDef& op,
                                                 const Descriptor& descriptor) const {
  std::vector<Declined> declined;
  for (const Kernel* kernel : kernels_by_op_[&op - op_table().data()]) {
    std::string reason = reason_to_decline(*kernel, descriptor);
    if (reason.empty()) break;
    declined.push_back({kernel, std::move(reason)});
  }
  return declined;
}

Result<Ref<Plan>> Planner::select(const OpDef& op, Descriptor descriptor) const {
  std::vector<const Kernel*> candidates;
  if (descriptor.resolved_as<PartsOfInput>() == nullptr) {
    std::string reasons;
    for (const Kernel* kernel : kernels_by_op_[&op - op_table().data()]) {
      const std::string declined = reason_to_decline(*kernel, descriptor);
      if (verbosity() > 0) {
        log_line("%s on %s: kernel %s %s%s", op.name, device_.name().c_str(), kernel->name,
                 declined.empty() ? "accepts" : "declines: ", declined.c_str());
      }
      if (declined.empty()) {
        candidates.push_back(kernel);
      } else {
        reasons += std::string("; ") + kernel->name + ": " + declined;
      }
    }
    if (candidates.empty()) {
      Error error{Code::kUnsupported, "no kernel takes this call" + reasons, op.name,
                  device_.name(), false};
      return Status(std::move(error));
    }
  }
  return make_ref<Plan>(op, std::move(descriptor), std::move(candidates), held_);
}

}  // namespace tfjs_native
