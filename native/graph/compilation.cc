#include "graph/compilation.h"

#include <utility>

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
  // It has constants that others stand for now.
  graph.reset();
  compilation.finish(std::move(result));
}

}  // namespace tfjs_native
