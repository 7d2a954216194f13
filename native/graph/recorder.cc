#include "graph/recorder.h"

#include <algorithm>

#include "runtime/execution.h"

namespace tfjs_native {

Recorder::Recorder(Session& session, std::span<const Value> inputs, std::vector<TensorDesc> descs)
    : session_(session) {
  executable_->inputs = std::move(descs);
  for (const Value& input : inputs) {
    const auto [found, is_new] =
        numbers_.emplace(place_of(input.storage), static_cast<int>(values_.size()));
    if (!is_new) {
      error_ = make_status(Code::kUnsupported,
                           "inputs %d and %zu share their data, so calls that read one cannot be "
                           "told from calls that read the other",
                           found->second, values_.size());
    }
    values_.push_back({input.storage, false, true});
  }
  session_.set_observer(this);
}

Recorder::~Recorder() { session_.set_observer(nullptr); }

int Recorder::value_of(const Storage& storage) {
  if (!storage.buffer) return -1;
  const auto [found, is_new] =
      numbers_.emplace(place_of(storage), static_cast<int>(values_.size()));
  if (is_new) values_.push_back({storage, true, false});
  return found->second;
}

void Recorder::on_call(const PlannedCall& call, std::span<const Storage> inputs,
                       std::span<const Storage> outputs) {
  const Ref<Plan>& plan = call.plan;
  if (plan->is_whole_view()) return;
  if ((plan->op().traits & kRandom) != 0 && error_.ok()) {
    error_ = make_status(Code::kUnsupported, "%s draws random numbers, so it cannot be captured",
                         plan->op().name);
  }
  Executable::Step step;
  step.call = call;
  bool depends_on_inputs = false;
  for (const Storage& input : inputs) {
    const int value = value_of(input);
    step.inputs.push_back(value);
    depends_on_inputs |= value >= 0 && values_[value].depends_on_inputs;
  }
  for (const Storage& output : outputs) {
    const int value = value_of(output);
    // A part that begins where the whole does is the same value.
    if (std::find(step.inputs.begin(), step.inputs.end(), value) == step.inputs.end()) {
      values_[value].is_constant = false;
      values_[value].depends_on_inputs = depends_on_inputs;
    }
    step.outputs.push_back(value);
  }
  executable_->steps.push_back(std::move(step));
}

void Recorder::on_read(const Storage& storage) {
  const auto found = numbers_.find(place_of(storage));
  if (found == numbers_.end() || !values_[found->second].depends_on_inputs || !error_.ok()) return;
  error_ = Status(Code::kUnsupported,
                  "a value that depends on the inputs was read, so the calls after it may depend "
                  "on it too and cannot be captured");
}

Result<std::shared_ptr<const Executable>> Recorder::finish(std::span<const Value> outputs,
                                                           std::vector<TensorDesc> descs) {
  session_.set_observer(nullptr);
  TFJS_RETURN_IF_ERROR(error_);
  for (const Value& output : outputs) {
    executable_->outputs.push_back(value_of(output.storage));
  }
  executable_->output_descs = std::move(descs);
  Executable& executable = *executable_;
  executable.constants.resize(values_.size());
  for (size_t i = 0; i < values_.size(); ++i) {
    if (values_[i].is_constant) executable.constants[i] = values_[i].storage;
  }
  executable.is_view.assign(values_.size(), false);
  for (const Executable::Step& step : executable.steps) {
    if (!step.call.plan->is_view()) continue;
    for (const int value : step.outputs) executable.is_view[value] = true;
  }
  executable.last_use.assign(values_.size(), -1);
  for (size_t step = 0; step < executable.steps.size(); ++step) {
    for (const int value : executable.steps[step].inputs) {
      if (value >= 0) executable.last_use[value] = static_cast<int>(step);
    }
  }
  for (const int value : executable.outputs) executable.last_use[value] = -1;
  return std::shared_ptr<const Executable>(executable_);
}

namespace {

Status run_steps(const Executable& executable, Device& device, DeviceStream& stream,
                 MemorySource& memory, std::vector<Storage>& values) {
  std::vector<Storage> storages;
  for (size_t index = 0; index < executable.steps.size(); ++index) {
    const Executable::Step& step = executable.steps[index];
    Plan& plan = *step.call.plan;
    storages.clear();
    for (const int value : step.inputs) {
      storages.push_back(value < 0 ? Storage() : values[value]);
    }
    for (size_t i = 0; i < step.outputs.size(); ++i) {
      Storage& output = values[step.outputs[i]];
      if (plan.is_view()) {
        output = part_of(storages[0], plan, step.call.scalars, i);
        continue;
      }
      if (!output.buffer) {
        output = {make_ref<Buffer>(memory, plan.descriptor().outputs[i].size_bytes())};
      }
      storages.push_back(output);
    }
    if (!plan.is_view()) {
      TFJS_RETURN_IF_ERROR(
          run_plan(plan, step.call.scalars, device, storages, step.inputs.size(), stream, memory)
              .at(plan.op().name, device.name()));
    }
    for (const int value : step.inputs) {
      if (value >= 0 && executable.last_use[value] == static_cast<int>(index)) values[value] = {};
    }
  }
  return {};
}

}  // namespace

Result<std::vector<Value>> replay(Session& session, std::shared_ptr<const Executable> executable,
                                  std::span<const Value> inputs,
                                  std::span<const TensorDesc> descs) {
  if (inputs.size() != executable->inputs.size()) {
    return make_status(Code::kBadShape, "expected %zu inputs, got %zu", executable->inputs.size(),
                       inputs.size());
  }
  std::vector<Storage> given_values;
  for (size_t i = 0; i < inputs.size(); ++i) {
    const TensorDesc& expected = executable->inputs[i];
    const TensorDesc& given = descs[i];
    if (given.dtype != expected.dtype) {
      return make_status(Code::kBadDtype, "input %zu: expected %s, got %s", i,
                         dtype_name(expected.dtype), dtype_name(given.dtype));
    }
    if (!(given.shape == expected.shape)) {
      return make_status(Code::kBadShape, "input %zu: expected shape %s, got %s", i,
                         to_string(expected.shape).c_str(), to_string(given.shape).c_str());
    }
    given_values.push_back(inputs[i].storage);
  }
  Device& device = session.runtime().device;
  return session.call_body(
      [executable, given_values = std::move(given_values), &device](
          DeviceStream& stream, MemorySource& memory, std::span<const Storage> outputs) {
        // Made when it runs: many runs may be queued, and what they keep is bounded.
        std::vector<Storage> run_values = executable->constants;
        std::copy(given_values.begin(), given_values.end(), run_values.begin());
        std::vector<size_t> copied;  // Outputs that are an input, a constant or another output.
        for (size_t i = 0; i < outputs.size(); ++i) {
          const int number = executable->outputs[i];
          Storage& value = run_values[number];
          if (value.buffer || executable->is_view[number]) {
            copied.push_back(i);
          } else {
            value = outputs[i];
          }
        }
        TFJS_RETURN_IF_ERROR(run_steps(*executable, device, stream, memory, run_values));
        for (const size_t i : copied) {
          const Storage& src = run_values[executable->outputs[i]];
          Buffer& dst = *outputs[i].buffer;
          TFJS_RETURN_IF_ERROR(src.buffer->error());
          TFJS_RETURN_IF_ERROR(dst.allocate());
          if (dst.size_bytes() == 0) continue;
          TFJS_RETURN_IF_ERROR(stream.copy_on_device(dst.data(), src.data(), dst.size_bytes()));
        }
        return Status();
      },
      inputs, executable->output_descs);
}

}  // namespace tfjs_native
