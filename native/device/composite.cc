#include "device/composite.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "device/device.h"

namespace tfjs_native {
namespace {

constexpr size_t kAlignment = 64;

size_t aligned(size_t bytes) { return (bytes + kAlignment - 1) / kAlignment * kAlignment; }

}  // namespace

Composite::Composite(std::vector<Step> steps, size_t between_bytes)
    : steps_(std::move(steps)), between_bytes_(between_bytes) {
  size_t most = 0;
  for (const Step& step : steps_) most = std::max(most, step.kernel->workspace_bytes());
  workspace_bytes_ = between_bytes_ + most;
  recount();
}

Operand Composite::at(const Place& place, const Operands& operands) const {
  switch (place.kind) {
    case Place::Kind::kInput:
      return operands.inputs[place.index];
    case Place::Kind::kOutput:
      return operands.outputs[place.index];
    case Place::Kind::kBetween:
      break;
  }
  if (operands.workspace == nullptr) return {};
  return {static_cast<char*>(operands.workspace) + place.index, nullptr, 0};
}

Status Composite::run(const Operands& operands, DeviceStream& stream) const {
  const auto* const bound = static_cast<const Bound*>(operands.bound);
  for (size_t i = 0; i < steps_.size(); ++i) {
    const Step& step = steps_[i];
    InlineVector<Operand, 4> inputs;
    for (const Place& place : step.inputs) inputs.push_back(at(place, operands));
    const Operand output = at(step.output, operands);
    Operands own = operands;
    own.inputs = inputs;
    own.outputs = {&output, 1};
    own.scalars = {};
    own.bound = bound == nullptr ? nullptr : (*bound)[i].get();
    own.workspace = at({Place::Kind::kBetween, between_bytes_}, operands).data;
    TFJS_RETURN_IF_ERROR(step.kernel->run(own, stream));
  }
  recount();
  return {};
}

Result<std::shared_ptr<const void>> Composite::bind(const Operands& constants) const {
  Operands known = constants;
  known.workspace = nullptr;  // What lies between is not known.
  Bound bound;
  bool is_any = false;
  for (const Step& step : steps_) {
    InlineVector<Operand, 4> inputs;
    for (const Place& place : step.inputs) inputs.push_back(at(place, known));
    const Operand output;
    Operands own = known;
    own.inputs = inputs;
    own.outputs = {&output, 1};
    TFJS_ASSIGN_OR_RETURN(std::shared_ptr<const void> part, step.kernel->bind(own));
    is_any |= part != nullptr;
    bound.push_back(std::move(part));
  }
  if (!is_any) return std::shared_ptr<const void>();
  return std::shared_ptr<const void>(std::make_shared<const Bound>(std::move(bound)));
}

/// What stands for an input in all steps that it goes to.
std::vector<ReplacedInput> Composite::replaced_inputs(
    const std::shared_ptr<const void>& bound) const {
  if (!bound) return {};
  std::vector<ReplacedInput> common;
  std::set<size_t> read;
  for (size_t i = 0; i < steps_.size(); ++i) {
    std::vector<ReplacedInput> own =
        steps_[i].kernel->replaced_inputs((*static_cast<const Bound*>(bound.get()))[i]);
    for (size_t position = 0; position < steps_[i].inputs.size(); ++position) {
      const Place& place = steps_[i].inputs[position];
      if (place.kind != Place::Kind::kInput) continue;
      const auto found = std::find_if(own.begin(), own.end(), [&](const ReplacedInput& replaced) {
        return replaced.input == position;
      });
      if (found == own.end()) {
        read.insert(place.index);
      } else {
        common.push_back({place.index, std::move(found->contents)});
      }
    }
  }
  std::erase_if(common,
                [&](const ReplacedInput& replaced) { return read.contains(replaced.input); });
  return common;
}

/// What the steps hold by now; some make parts of themselves in their first run.
void Composite::recount() const {
  size_t bytes = 0;
  for (const Step& step : steps_) bytes += sizeof(Step) + step.kernel->held_bytes();
  size_t counted = counted_bytes_.load(std::memory_order_relaxed);
  while (bytes > counted) {
    if (!counted_bytes_.compare_exchange_weak(counted, bytes, std::memory_order_relaxed)) continue;
    count_held(bytes - counted);
    return;
  }
}

Result<CompositeBuilder::Value> CompositeBuilder::add(Descriptor step, std::vector<Value> inputs) {
  Composite::Step made;
  for (Value& input : inputs) {
    made.inputs.push_back(input.place);
    step.inputs.push_back(std::move(input.desc));
  }
  TFJS_ASSIGN_OR_RETURN(made.kernel, prepare(step));
  made.output = {Composite::Place::Kind::kBetween, between_bytes_};
  last_bytes_ = aligned(step.outputs[0].size_bytes());
  between_bytes_ += last_bytes_;
  steps_.push_back(std::move(made));
  return Value{steps_.back().output, step.outputs[0]};
}

Result<PreparedKernelPtr> CompositeBuilder::prepare(const Descriptor& step) const {
  std::string reasons;
  for (const Kernel& kernel : device_.kernels()) {
    if (std::string_view(kernel.op) != step.op) continue;
    const std::string declined = reason_to_decline(kernel, step);
    if (declined.empty()) {
      Result<PreparedKernelPtr> prepared = kernel.prepare(step, device_);
      if (prepared.ok() || prepared.status().error().code != Code::kUnsupported) return prepared;
      reasons += std::string("; ") + kernel.name + ": " + prepared.status().error().message;
    } else {
      reasons += std::string("; ") + kernel.name + ": " + declined;
    }
  }
  return make_status(Code::kUnsupported, "no kernel takes the step %s%s", step.op, reasons.c_str());
}

PreparedKernelPtr CompositeBuilder::finish() {
  steps_.back().output = {Composite::Place::Kind::kOutput, 0};
  return std::make_shared<Composite>(std::move(steps_), between_bytes_ - last_bytes_);
}

}  // namespace tfjs_native
