// libuv's workers, which drain a session's queue.
#include "binding/session_binding.h"

#include <dlfcn.h>

// Of libuv, whose header comes with Node only.
struct uv_loop_s;

namespace tfjs_native {
namespace {

using LoopAlive = int(const uv_loop_s* loop);

/// Where a loop of libuv drives JavaScript: its function that looks at it, else null. Deno has
/// none; in Bun one by that name ends the process.
LoopAlive* find_loop_alive(Napi::Env env) {
  const Napi::Value process = env.Global().Get("process");
  if (!process.IsObject()) return nullptr;
  const Napi::Value versions = process.As<Napi::Object>().Get("versions");
  if (!versions.IsObject() || !versions.As<Napi::Object>().Get("uv").IsString()) return nullptr;
  if (versions.As<Napi::Object>().Get("bun").IsString()) return nullptr;
  return reinterpret_cast<LoopAlive*>(dlsym(RTLD_DEFAULT, "uv_loop_alive"));
}

/// Whether anything that waits (a timer, a socket, work) keeps the environment from ending. Where
/// that cannot be known, what is in the queue does.
bool loop_is_alive(Napi::Env env) {
  static LoopAlive* const alive = find_loop_alive(env);
  uv_loop_s* loop = nullptr;
  return alive == nullptr || (napi_get_uv_event_loop(env, &loop) == napi_ok && alive(loop) != 0);
}

}  // namespace

/// Drains one slice of the queue; deletes itself when it has completed.
class SessionBinding::Worker : public Napi::AsyncWorker {
 public:
  explicit Worker(SessionBinding& binding)
      : AsyncWorker(binding.env_, "tfjs-native"), binding_(binding) {
    ++binding_.references_;
  }
  ~Worker() override {
    let_go();
    binding_.release_reference();
  }

 protected:
  void Execute() override { queue().drain_slice(CallQueue::kSlice); }

  /// Also after it was cancelled.
  void OnWorkComplete(Napi::Env env, napi_status) override {
    let_go();
    // A worker keeps the event loop alive. It goes on only where something else does too (a timer,
    // someone who waits for a value): a finished script ends, whatever is left in the queue.
    if (binding_.can_call_js(env) && loop_is_alive(env)) queue().resume();
    Destroy();
  }

 private:
  CallQueue& queue() { return binding_.session_->queue(); }
  void let_go() {
    if (binding_.worker_ == this) binding_.worker_ = nullptr;
  }

  SessionBinding& binding_;
};

void SessionBinding::ask_for_worker() {
  worker_ = new Worker(*this);
  if (napi_queue_async_work(env_, *worker_) != napi_ok) {
    delete worker_;
    // A worker that is done at once: the next call asks for another.
    session_->queue().drain_slice({});
  }
}

/// Its completion follows, and asks for another one where that is of use: a slice of the stand-in
/// ends as one of a worker does. Without this a finished script would wait for other jobs.
void SessionBinding::withdraw_worker() {
  if (worker_ == nullptr) return;
  session_->queue().withdraw([this] { return cancel_worker(); });
}

/// False where there is none that has not begun.
bool SessionBinding::cancel_worker() {
  return worker_ != nullptr && napi_cancel_async_work(env_, *worker_) == napi_ok;
}

/// Reading a property fails in an environment that is being torn down: then nobody waits for what
/// is left in the queue.
bool SessionBinding::can_call_js(napi_env env) const {
  napi_value property = nullptr;
  return napi_get_named_property(env, object_.Value(), "call", &property) == napi_ok;
}

}  // namespace tfjs_native
