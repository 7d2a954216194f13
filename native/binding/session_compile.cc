// The functions of a session that compile recorded graphs, on libuv's workers: those are done
// before a process that exits destroys what they use.
#include <algorithm>
#include <utility>

#include "binding/held.h"
#include "binding/session_binding.h"

namespace tfjs_native {

/// Compiles the first of the jobs, of which it takes the graph; deletes itself when it has
/// completed.
class SessionBinding::CompileWorker : public Napi::AsyncWorker {
 public:
  CompileWorker(SessionBinding& binding, CompileJob& job)
      : AsyncWorker(binding.env_, "tfjs-native compile"),
        binding_(binding),
        compilation_(job.compilation),
        graph_(std::move(job.graph)),
        options_(std::move(job.options)),
        ticket_(job.ticket) {
    ++binding_.references_;
  }
  ~CompileWorker() override { binding_.release_reference(); }

 protected:
  void Execute() override {
    tfjs_native::compile(*compilation_, binding_.session_->queue(), ticket_, std::move(graph_),
                         options_, binding_.session_->runtime());
  }

  void OnWorkComplete(Napi::Env, napi_status) override {
    // An environment that has ended has dropped its jobs.
    if (!binding_.compile_jobs_.empty()) {
      if (compilation_->state() == Compilation::State::kReady) {
        binding_.take_shared_constants(*compilation_->compiled());
      }
      for (const uint32_t id : binding_.compile_jobs_.front().waits) binding_.signals_.send(id, 0);
      binding_.compile_jobs_.pop_front();
      binding_.compile_next();
    }
    Destroy();
  }

 private:
  SessionBinding& binding_;
  const std::shared_ptr<Compilation> compilation_;
  std::shared_ptr<const Graph> graph_;
  const CompileOptions options_;
  const CallQueue::Ticket ticket_;
};

/// Tensors whose contents lie elsewhere, too, are to lie there alone. Not while calls are recorded:
/// those know tensors by where they lie.
void SessionBinding::take_shared_constants(const CompiledGraph& compiled) {
  for (BufferExchange& exchange : compiled.take_exchanges()) {
    exchanges_.push_back(std::move(exchange));
  }
  exchange_buffers();
}

void SessionBinding::exchange_buffers() {
  if (recorder_ || exchanges_.empty()) return;
  account(env_, slots_.exchange(exchanges_));
  exchanges_.clear();
  // What nobody holds any more is as large as the weights: it is not kept for reuse either. Calls
  // that are under way may hold it still.
  CallQueue& queue = session_->queue();
  queue.when_done(queue.newest(), [&pool = session_->runtime().pool] { pool.trim(); });
}

/// Begins with the first job that somebody wants still.
void SessionBinding::compile_next() {
  while (!compile_jobs_.empty()) {
    CompileJob& job = compile_jobs_.front();
    if (job.compilation.use_count() > 1 || !job.waits.empty()) {
      auto* const worker = new CompileWorker(*this, job);
      if (napi_queue_async_work(env_, *worker) == napi_ok) return;
      delete worker;
      job.compilation->finish(Status(Code::kInternal, "libuv takes no work"));
    }
    for (const uint32_t id : job.waits) signals_.send(id, 0);
    compile_jobs_.pop_front();
  }
}

/// compile(graph, disabledPasses): a compilation, which goes on by itself; or -1
Napi::Value SessionBinding::compile(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  CompileJob job;
  job.graph = held<const Graph>(info[0]);
  if (!job.graph || !info[1].IsArray()) {
    return fail(env, Status(Code::kInternal, "not a recorded graph").at("compile", {}));
  }
  const Napi::Array disabled = info[1].As<Napi::Array>();
  for (uint32_t i = 0; i < disabled.Length(); ++i) {
    job.options.disabled_passes.push_back(Napi::Value(disabled[i]).ToString().Utf8Value());
  }
  job.compilation = std::make_shared<Compilation>();
  job.ticket = session_->queue().newest();
  const Napi::Value holder = hold(env, job.compilation);
  compile_jobs_.push_back(std::move(job));
  if (compile_jobs_.size() == 1) compile_next();
  return holder;
}

/// compilationState(compilation): 0 under way, 1 ready; or -1, with the error that ended it
Napi::Value SessionBinding::compilation_state(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const std::shared_ptr<Compilation> compilation = held<Compilation>(info[0]);
  if (!compilation) {
    return fail(env, Status(Code::kInternal, "not a compilation").at("compile", {}));
  }
  switch (compilation->state()) {
    case Compilation::State::kUnderWay:
      return Napi::Number::New(env, 0);
    case Compilation::State::kReady:
      // Its worker may have to wait for a turn of the loop still.
      take_shared_constants(*compilation->compiled());
      return Napi::Number::New(env, 1);
    case Compilation::State::kFailed:
      break;
  }
  return fail(env, compilation->error());
}

/// whenCompiled(compilation, id): 1 when it is done already; else 0, and onDone(id) follows; or -1
Napi::Value SessionBinding::when_compiled(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const std::shared_ptr<Compilation> compilation = held<Compilation>(info[0]);
  if (!compilation) {
    return fail(env, Status(Code::kInternal, "not a compilation").at("compile", {}));
  }
  const auto job = std::find_if(compile_jobs_.begin(), compile_jobs_.end(),
                                [&](const CompileJob& j) { return j.compilation == compilation; });
  if (job == compile_jobs_.end()) return Napi::Number::New(env, 1);
  signals_.expect();
  job->waits.push_back(info[1].As<Napi::Number>().Uint32Value());
  return Napi::Number::New(env, 0);
}

}  // namespace tfjs_native
