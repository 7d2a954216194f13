#include "graph/run.h"

#include <vector>

#include "runtime/execution.h"

namespace tfjs_native {
namespace {

using Step = Executable::Step;

class Runner {
 public:
  Runner(const Executable& executable, Device& device, DeviceStream& stream, MemorySource& memory)
      : executable_(executable),
        graph_(*executable.graph),
        device_(device),
        stream_(stream),
        memory_(memory),
        values_(graph_.tensors.size()) {}

  Status run(std::span<const Storage> inputs, std::span<Storage> outputs) {
    for (const TensorId id : executable_.constants) values_[id] = graph_.tensors[id].constant;
    for (size_t i = 0; i < inputs.size(); ++i) values_[graph_.inputs[i]] = inputs[i];
    for (size_t i = 0; i < outputs.size(); ++i) {
      if (executable_.is_written_direct[i]) values_[graph_.outputs[i]] = outputs[i];
    }
    for (size_t i = 0; i < executable_.steps.size(); ++i) {
      const Step& step = executable_.steps[i];
      TFJS_RETURN_IF_ERROR(
          run_step(graph_.nodes[i], step).at(op_name(graph_.nodes[i]), device_.name()));
      for (const TensorId id : step.last_uses) values_[id] = {};
    }
    for (size_t i = 0; i < outputs.size(); ++i) {
      TFJS_RETURN_IF_ERROR(
          hand_over(values_[graph_.outputs[i]], executable_.outputs[i], outputs[i]));
    }
    return {};
  }

 private:
  Status run_step(const GraphNode& node, const Step& step) {
    switch (node.kind) {
      case NodeKind::kOperator:
        return run_call(step);
      case NodeKind::kIf:
        return run_if(step);
      case NodeKind::kWhile:
        return run_while(step);
    }
    return {};
  }

  Status run_call(const Step& step) {
    Plan& plan = *step.call.plan;
    gather_inputs(step);
    for (size_t i = 0; i < step.outputs.size(); ++i) {
      const TensorId id = step.outputs[i];
      Storage output = id == kNoTensor ? Storage() : values_[id];
      if (plan.is_view()) {
        output = part_of(storages_[0], plan, step.call.scalars, i);
      } else if (!output.buffer) {
        output = {make_ref<Buffer>(memory_, plan.descriptor().outputs[i].storage_bytes())};
      }
      if (id != kNoTensor) values_[id] = output;
      storages_.push_back(std::move(output));
    }
    if (plan.is_view()) return first_error({storages_.data(), 1});
    return run_plan(plan, step.call.scalars, device_, storages_, step.inputs.size(), stream_,
                    memory_);
  }

  Status run_if(const Step& step) {
    gather_inputs(step);
    TFJS_ASSIGN_OR_RETURN(const bool is_true, read_flag(storages_[0]));
    return run_body(*step.bodies[is_true ? 0 : 1], std::span(storages_).subspan(1), step.outputs);
  }

  Status run_while(const Step& step) {
    gather_inputs(step);
    std::vector<Storage> variables = std::move(storages_);
    for (;;) {
      Storage flag;
      TFJS_RETURN_IF_ERROR(
          run_executable(*step.bodies[0], variables, {&flag, 1}, device_, stream_, memory_));
      TFJS_ASSIGN_OR_RETURN(const bool is_true, read_flag(flag));
      if (!is_true) break;
      std::vector<Storage> next(variables.size());
      TFJS_RETURN_IF_ERROR(
          run_executable(*step.bodies[1], variables, next, device_, stream_, memory_));
      variables = std::move(next);
    }
    take_outputs(step.outputs, variables);
    return {};
  }

  Status run_body(const Executable& body, std::span<const Storage> inputs,
                  std::span<const TensorId> ids) {
    std::vector<Storage> outputs(ids.size());
    TFJS_RETURN_IF_ERROR(run_executable(body, inputs, outputs, device_, stream_, memory_));
    take_outputs(ids, outputs);
    return {};
  }

  void take_outputs(std::span<const TensorId> ids, std::span<Storage> outputs) {
    for (size_t i = 0; i < ids.size(); ++i) {
      if (ids[i] != kNoTensor) values_[ids[i]] = std::move(outputs[i]);
    }
  }

  void gather_inputs(const Step& step) {
    storages_.clear();
    for (const TensorId id : step.inputs) {
      storages_.push_back(id == kNoTensor ? Storage() : values_[id]);
    }
  }

  /// A scalar bool that the host needs to go on.
  Result<bool> read_flag(const Storage& storage) {
    TFJS_RETURN_IF_ERROR(storage.buffer->error());
    uint8_t flag = 0;
    TFJS_RETURN_IF_ERROR(stream_.copy_to_host(&flag, storage.data(), sizeof flag));
    return flag != 0;
  }

  Status hand_over(const Storage& value, const TensorDesc& desc, Storage& output) {
    TFJS_RETURN_IF_ERROR(value.buffer->error());
    if (!output.buffer) {
      output = value;
      return {};
    }
    if (output.buffer.get() == value.buffer.get()) return {};
    TFJS_RETURN_IF_ERROR(output.buffer->allocate());
    if (desc.storage_bytes() == 0) return {};
    return stream_.copy_on_device(output.data(), value.data(), desc.storage_bytes());
  }

  const Executable& executable_;
  const Graph& graph_;
  Device& device_;
  DeviceStream& stream_;
  MemorySource& memory_;
  std::vector<Storage> values_;    // By tensor.
  std::vector<Storage> storages_;  // Of the step that runs; kept for their capacity.
};

}  // namespace

Status run_executable(const Executable& executable, std::span<const Storage> inputs,
                      std::span<Storage> outputs, Device& device, DeviceStream& stream,
                      MemorySource& memory) {
  return Runner(executable, device, stream, memory).run(inputs, outputs);
}

}  // namespace tfjs_native
