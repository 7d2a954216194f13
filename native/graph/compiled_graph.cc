#include "graph/compiled_graph.h"

#include <set>
#include <utility>

#include "base/log.h"
#include "base/thread_pool.h"
#include "graph/passes/pass.h"
#include "graph/printer.h"
#include "graph/replay.h"

namespace tfjs_native {

Result<std::shared_ptr<const CompiledGraph>> CompiledGraph::compile(const Graph& graph,
                                                                    const CompileOptions& options,
                                                                    DeviceRuntime& runtime,
                                                                    DeviceStream& stream,
                                                                    MemorySource& memory) {
  std::shared_ptr<CompiledGraph> compiled(new CompiledGraph(runtime.device));
  auto changed = std::make_shared<Graph>(graph);
  PassContext context{runtime.planner, runtime.plans, stream, memory};
  TFJS_RETURN_IF_ERROR(
      optimise(*changed, context, options.disabled_passes, compiled->applied_passes_));
  if (verbosity() > 1) log_graph(*changed);
  TFJS_ASSIGN_OR_RETURN(compiled->executable_, specialise(std::move(changed), runtime.plans));
  const ThreadPool::SizeHold hold(ThreadPool::instance());
  TFJS_RETURN_IF_ERROR(compiled->steps_for_pool(memory).status());
  // Another stream runs it.
  TFJS_RETURN_IF_ERROR(stream.synchronize());
  return std::shared_ptr<const CompiledGraph>(std::move(compiled));
}

std::shared_ptr<const PlannedSteps> CompiledGraph::steps() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return steps_;
}

Result<std::shared_ptr<const PlannedSteps>> CompiledGraph::steps_for_pool(
    MemorySource& memory) const {
  std::lock_guard<std::mutex> lock(mutex_);
  if (!steps_ || steps_->threads() != ThreadPool::instance().size()) {
    TFJS_ASSIGN_OR_RETURN(steps_, PlannedSteps::plan(executable_, device_, memory));
  }
  return steps_;
}

size_t CompiledGraph::constant_bytes() const {
  std::set<const Buffer*> buffers;
  size_t bytes = 0;
  for (const GraphTensor& tensor : graph().tensors) {
    const Buffer* const buffer = tensor.constant.buffer.get();
    if (buffer != nullptr && buffers.insert(buffer).second) bytes += buffer->size_bytes();
  }
  return bytes;
}

Status CompiledGraph::run(std::span<const Storage> inputs, std::span<const Storage> results,
                          DeviceStream& stream, MemorySource& memory, int64_t* step_ns) const {
  const ThreadPool::SizeHold hold(ThreadPool::instance());
  TFJS_ASSIGN_OR_RETURN(const std::shared_ptr<const PlannedSteps> steps, steps_for_pool(memory));
  return steps->run(inputs, results, device_, stream, memory, step_ns);
}

Result<std::vector<Value>> replay(Session& session, std::shared_ptr<const CompiledGraph> graph,
                                  std::span<const Value> inputs,
                                  std::span<const TensorDesc> descs) {
  TFJS_RETURN_IF_ERROR(check_replay_inputs(graph->inputs(), descs));
  std::vector<Storage> given;
  given.reserve(inputs.size());
  for (const Value& input : inputs) given.push_back(input.storage);
  const std::shared_ptr<const PlannedSteps> steps = graph->steps();
  const std::vector<Value> results = session.call_body(
      [graph = std::move(graph), given = std::move(given)](
          DeviceStream& stream, MemorySource& memory, std::span<const Storage> written) {
        return graph->run(given, written, stream, memory);
      },
      inputs, steps->result_bytes());
  std::vector<Value> outputs;
  outputs.reserve(steps->outputs().size());
  for (const OutputSource& source : steps->outputs()) {
    Value value;
    switch (source.kind) {
      case OutputSource::Kind::kInput:
        value = inputs[source.index];
        break;
      case OutputSource::Kind::kConstant:
        value.storage.buffer = source.constant.buffer;
        break;
      case OutputSource::Kind::kComputed:
        value = results[source.index];
        break;
    }
    value.storage.offset_bytes += source.offset_bytes;
    outputs.push_back(std::move(value));
  }
  return outputs;
}

}  // namespace tfjs_native
