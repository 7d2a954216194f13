#include "graph/compilation.h"

#include <condition_variable>
#include <deque>
#include <system_error>
#include <thread>
#include <utility>

#include "runtime/execution.h"

namespace tfjs_native {
namespace {

/// The thread that compiles. Started with the first graph; sleeps while there is none.
class Compiler {
 public:
  using Job = std::function<void()>;

  /// Never destroyed: its thread may sleep in it while the process exits.
  static Compiler& instance() {
    static auto* const compiler = new Compiler;
    return *compiler;
  }

  void add(Job job) {
    std::lock_guard<std::mutex> lock(mutex_);
    jobs_.push_back(std::move(job));
    if (!is_started_) {
      is_started_ = true;
      std::thread([this] { thread_main(); }).detach();
    }
    wake_.notify_one();
  }

 private:
  void thread_main() {
    std::unique_lock<std::mutex> lock(mutex_);
    for (;;) {
      wake_.wait(lock, [this] { return !jobs_.empty(); });
      Job job = std::move(jobs_.front());
      jobs_.pop_front();
      lock.unlock();
      job();
      job = {};  // What it holds ends without the lock.
      lock.lock();
    }
  }

  std::mutex mutex_;  // Guards what follows.
  std::condition_variable wake_;
  std::deque<Job> jobs_;
  bool is_started_ = false;
};

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

void Compilation::when_done(std::function<void()> notify) {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (state() == State::kUnderWay) {
      waiters_.push_back(std::move(notify));
      return;
    }
  }
  notify();
}

void Compilation::finish(Result<std::shared_ptr<const CompiledGraph>> result) {
  std::vector<std::function<void()>> waiters;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (result.ok()) {
      compiled_ = std::move(result.value());
    } else {
      error_ = result.status();
    }
    state_.store(result.ok() ? State::kReady : State::kFailed, std::memory_order_release);
    waiters.swap(waiters_);
  }
  for (const auto& notify : waiters) notify();
}

std::shared_ptr<Compilation> compile_later(Session& session, std::shared_ptr<const Graph> graph,
                                           CompileOptions options) {
  auto compilation = std::make_shared<Compilation>();
  DeviceRuntime& runtime = session.runtime();
  Compiler::Job job = [compilation, graph = std::move(graph), options = std::move(options),
                       &runtime] { compilation->finish(compile_now(*graph, options, runtime)); };
  session.call_body(
      [compilation, job = std::move(job)](DeviceStream& stream, MemorySource&,
                                          std::span<const Storage>) -> Status {
        // A device may run behind its stream.
        TFJS_RETURN_IF_ERROR(stream.synchronize());
        try {
          Compiler::instance().add(job);
        } catch (const std::system_error& error) {
          compilation->finish(Status(Code::kOutOfMemory, error.what()));
        }
        return {};
      },
      {}, {});
  return compilation;
}

}  // namespace tfjs_native
