// The functions of a session that compile recorded graphs, on libuv's workers: those are done
// before a process that exits destroys what they use.
#include <algorithm>
#include <utility>

#include "binding/held.h"
#include "binding/session_binding.h"

namespace tfjs_native {

/// Compiles the first of the jobs; deletes itself when it has completed.
class SessionBinding::CompileWorker : public Napi::AsyncWorker {
 public:
  explicit CompileWorker(SessionBinding& binding)
      : AsyncWorker(binding.env_, "tfjs-native compile"),
        binding_(binding),
        job_(binding.compile_jobs_.front()) {
    ++binding_.references_;
  }
  ~CompileWorker() override { binding_.release_reference(); }

 protected:
  void Execute() override {
    tfjs_native::compile(*job_.compilation, binding_.session_->queue(), job_.ticket, *job_.graph,
                         job_.options, binding_.session_->runtime());
  }

  void OnWorkComplete(Napi::Env, napi_status) override {
    // An environment that has ended has dropped its jobs.
    if (!binding_.compile_jobs_.empty()) {
      for (const uint32_t id : binding_.compile_jobs_.front().waits) binding_.signals_.send(id, 0);
      binding_.compile_jobs_.pop_front();
      binding_.compile_next();
    }
    Destroy();
  }

 private:
  SessionBinding& binding_;
  const CompileJob job_;
};

/// Begins with the first job that somebody wants still.
void SessionBinding::compile_next() {
  while (!compile_jobs_.empty()) {
    CompileJob& job = compile_jobs_.front();
    if (job.compilation.use_count() > 1 || !job.waits.empty()) {
      auto* const worker = new CompileWorker(*this);
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
      // The session's own tensors stay where they are; what is kept for them goes with them.
      (void)compilation->compiled()->take_exchanges();
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
