#include "graph/compilation.h"

#include <utility>

#include "base/heap.h"
#include "runtime/execution.h"

namespace tfjs_native {
namespace {

Result<std::shared_ptr<const CompiledGraph>> compile_now(const Graph& graph,
                                                         const CompileOptions& options,
                                                         DeviceRuntime& runtime) {
  TFJS_ASSIGN_OR_RETURN(const std::unique_ptr<DeviceStream> stream, runtime.device.create_stream());
  MemorySource& memory = runtime.pool.lane(stream->memory());
  std::shared_ptr<const CompiledGraph> compiled;
  TFJS_RETURN_IF_ERROR(guarded([&]() -> Status {
    TFJS_ASSIGN_OR_RETURN(compiled,
                          CompiledGraph::compile(graph, options, runtime, *stream, memory));
    return {};
  }));
  return compiled;
}

/// What the recorded run leaves that replays have no use for: forms of its constants for kernels
/// that the graph does not have, and memory of intermediate values.
void let_go_of_leftovers(const Graph& recorded, DeviceRuntime& runtime) {
  if (!runtime.device.is_host()) return;
  for (const GraphTensor& tensor : recorded.tensors) {
    if (tensor.constant.buffer) tensor.constant.buffer->drop_unused_forms();
  }
  runtime.pool.trim();
  trim_heap();
}

}  // namespace

void Compilation::finish(Result<std::shared_ptr<const CompiledGraph>> result) {
  if (result.ok()) {
    compiled_ = std::move(result.value());
  } else {
    error_ = result.status();
  }
  state_.store(result.ok() ? State::kReady : State::kFailed, std::memory_order_release);
}

void compile(Compilation& compilation, CallQueue& queue, CallQueue::Ticket ticket,
             std::shared_ptr<const Graph> graph, const CompileOptions& options,
             DeviceRuntime& runtime) {
  if (!queue.help_until(ticket)) {
    return compilation.finish(Status(Code::kDisposed, "the environment is shutting down"));
  }
  // A device may run behind its stream.
  const Status status = queue.stream().synchronize();
  auto result = status.ok() ? compile_now(*graph, options, runtime)
                            : Result<std::shared_ptr<const CompiledGraph>>(status);
  if (result.ok()) let_go_of_leftovers(*graph, runtime);
  // It has constants that others stand for now.
  graph.reset();
  compilation.finish(std::move(result));
}

}  // namespace tfjs_native
