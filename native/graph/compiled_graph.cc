#include "graph/compiled_graph.h"

#include <algorithm>
#include <chrono>
#include <set>
#include <utility>

#include "base/log.h"
#include "base/thread_pool.h"
#include "graph/ahead_run.h"
#include "graph/passes/pass.h"
#include "graph/printer.h"
#include "graph/replay.h"
#include "graph/share_constants.h"
#include "graph/unread_constants.h"

namespace tfjs_native {

Result<std::shared_ptr<const CompiledGraph>> CompiledGraph::compile(const Graph& graph,
                                                                    const CompileOptions& options,
                                                                    DeviceRuntime& runtime,
                                                                    DeviceStream& stream,
                                                                    MemorySource& memory) {
  std::shared_ptr<CompiledGraph> compiled(new CompiledGraph(runtime.device));
  auto changed = std::make_shared<Graph>(graph);
  const bool is_host = runtime.device.is_host();
  std::vector<const Buffer*> given;
  if (is_host) {
    share_constants(*changed, runtime.constants, compiled->exchanges_);
    given = constant_buffers(*changed);
  }
  PassContext context{runtime.planner, runtime.plans, stream, memory};
  TFJS_RETURN_IF_ERROR(
      optimise(*changed, context, options.disabled_passes, compiled->applied_passes_));
  if (is_host) {
    // Those that passes made are nobody else's.
    std::vector<BufferExchange> unseen;
    share_constants(*changed, runtime.constants, unseen);
  }
  if (verbosity() > 1) log_graph(*changed);
  TFJS_ASSIGN_OR_RETURN(compiled->executable_, specialise(changed, runtime.plans));
  TFJS_ASSIGN_OR_RETURN(compiled->placement_, place_values(*compiled->executable_, runtime.plans,
                                                           options.disabled_passes));
  for (const char* name : compiled->placement_.applied) {
    compiled->applied_passes_.emplace_back(name);
  }
  const ThreadPool::SizeHold hold(ThreadPool::instance());
  std::vector<UnreadConstant> unread;
  TFJS_ASSIGN_OR_RETURN(compiled->steps_,
                        PlannedSteps::plan(compiled->executable_, compiled->placement_,
                                           compiled->device_, memory, &unread));
  if (is_host) {
    let_go_of_unread(*changed, unread, given, runtime.constants, compiled->exchanges_);
  }
  // Another stream runs it.
  TFJS_RETURN_IF_ERROR(stream.synchronize());
  return std::shared_ptr<const CompiledGraph>(std::move(compiled));
}

std::shared_ptr<const PlannedSteps> CompiledGraph::steps() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return steps_;
}

std::vector<BufferExchange> CompiledGraph::take_exchanges() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return std::exchange(exchanges_, {});
}

Result<std::shared_ptr<const PlannedSteps>> CompiledGraph::steps_for_pool(
    MemorySource& memory) const {
  std::lock_guard<std::mutex> lock(mutex_);
  if (!steps_ || steps_->threads() != ThreadPool::instance().size()) {
    TFJS_ASSIGN_OR_RETURN(steps_, PlannedSteps::plan(executable_, placement_, device_, memory));
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

CompiledGraph::StepTimes CompiledGraph::step_times() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return times_;
}

void CompiledGraph::add_times(std::span<const int64_t> ns) const {
  std::lock_guard<std::mutex> lock(mutex_);
  times_.ns.resize(ns.size());
  for (size_t i = 0; i < ns.size(); ++i) times_.ns[i] += ns[i];
  ++times_.runs;
}

Status CompiledGraph::run(std::span<const Storage> inputs, std::span<const Storage> results,
                          DeviceStream& stream, MemorySource& memory,
                          const ReplayOptions& options) const {
  TFJS_ASSIGN_OR_RETURN(const std::shared_ptr<const PlannedSteps> steps, steps_for_pool(memory));
  const auto begin = std::chrono::steady_clock::now();
  std::vector<int64_t> step_ns(options.is_timed ? steps->step_infos().size() : 0);
  const Status status =
      steps->run(inputs, results, device_, stream, memory,
                 {options.is_timed ? step_ns.data() : nullptr, options.is_cancelled.get()});
  if (options.is_timed && status.ok()) add_times(step_ns);
  const int64_t ns = std::chrono::nanoseconds(std::chrono::steady_clock::now() - begin).count();
  // Follows what changes within some runs; one that was held up does not count for much.
  const int64_t before = usual_ns();
  usual_ns_.store(before == 0 ? ns : before + (ns - before) / 8, std::memory_order_relaxed);
  return status;
}

namespace {

// To hand a run over to another thread, and its results back, takes a good part of this.
constexpr int64_t kShortRunNs = 100'000;
// Still some percent of this, and timers and sockets wait no longer for it than for many a
// callback.
constexpr int64_t kBriefRunNs = 1'000'000;

/// JavaScript's thread does itself what another one would not spare it much time of; but not beside
/// other runs, for which a brief one gives others in the same turn of the loop the time to come.
Session::Start start_of(const CompiledGraph& graph) {
  const int64_t ns = graph.usual_ns();
  if (ns == 0 || ns > kBriefRunNs || AheadRun::has_company()) return Session::Start::kByWorker;
  return ns <= kShortRunNs ? Session::Start::kAtOnce : Session::Start::kAtTurnsEnd;
}

/// The inputs are there and without error: the run need not wait for its turn.
bool can_begin(const Session& session, std::span<const Value> inputs) {
  return std::all_of(inputs.begin(), inputs.end(), [&](const Value& input) {
    return session.is_done(input) && input.storage.buffer->error().ok();
  });
}

std::vector<Value> enqueue(Session& session, const std::shared_ptr<const CompiledGraph>& graph,
                           std::vector<Storage> given, std::span<const Value> inputs,
                           const PlannedSteps& steps, ReplayOptions options) {
  if (options.is_timed || !session.runtime().device.is_host() || session.is_profiled() ||
      !can_begin(session, inputs)) {
    return session.call_body(
        [graph, given = std::move(given), options = std::move(options)](
            DeviceStream& stream, MemorySource& memory, std::span<const Storage> results) {
          const ThreadPool::SizeHold hold(ThreadPool::instance());
          return graph->run(given, results, stream, memory, options);
        },
        inputs, steps.result_bytes());
  }
  std::vector<Storage> results;
  for (const size_t size_bytes : steps.result_bytes()) {
    results.push_back(session.new_storage(size_bytes));
  }
  const auto run = std::make_shared<AheadRun>(graph, std::move(given), results, session.memory(),
                                              std::move(options));
  if (AheadRun::has_company()) AheadRun::offer(run);
  return session.call_body_into(
      [run](DeviceStream& stream, MemorySource&, std::span<const Storage>) {
        const ThreadPool::SizeHold hold(ThreadPool::instance());
        return run->join(stream);
      },
      inputs, results, start_of(*graph));
}

}  // namespace

Result<std::vector<Value>> replay(Session& session, std::shared_ptr<const CompiledGraph> graph,
                                  std::span<const Value> inputs, std::span<const TensorDesc> descs,
                                  ReplayOptions options) {
  TFJS_RETURN_IF_ERROR(check_replay_inputs(graph->inputs(), descs));
  std::vector<Storage> given;
  given.reserve(inputs.size());
  for (const Value& input : inputs) given.push_back(input.storage);
  const std::shared_ptr<const PlannedSteps> steps = graph->steps();
  const std::vector<Value> results =
      enqueue(session, graph, std::move(given), inputs, *steps, std::move(options));
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
