#include "binding/signal_channel.h"

namespace tfjs_native {

/// A wait that ended, on its way to JavaScript's thread.
struct SignalChannel::Signal {
  uint32_t id;
  double value;
};

namespace {

/// An object as tools that look for what keeps a process alive expect it (Jest's
/// --detectOpenHandles, say): its hasRef() tells whether the channel does.
Napi::Object make_resource(Napi::Env env, const std::shared_ptr<int>& expected) {
  Napi::Object resource = Napi::Object::New(env);
  const auto has_ref = [expected](const Napi::CallbackInfo& info) {
    return Napi::Boolean::New(info.Env(), *expected > 0);
  };
  resource.Set("hasRef", Napi::Function::New(env, has_ref, "hasRef"));
  return resource;
}

}  // namespace

Status SignalChannel::open(Napi::ObjectReference& session, std::function<void()> on_nudge) {
  const Napi::Env env = session.Env();
  on_nudge_ = std::move(on_nudge);
  function_ =
      decltype(function_)::New(env, make_resource(env, expected_), "tfjs-native", 0, 1, this);
  if (static_cast<napi_threadsafe_function>(function_) == nullptr) {
    return Status(Code::kInternal, "the signal channel could not be created");
  }
  function_.Unref(env);
  session_ = &session;
  return {};
}

void SignalChannel::on_arrival(Napi::Env env, Napi::Function, SignalChannel* self, Signal* data) {
  const std::unique_ptr<Signal> signal(data);
  // Without an environment the channel is closed, and `self` may be gone.
  if (static_cast<napi_env>(env) == nullptr) return;
  if (signal != nullptr) {
    self->deliver(*signal);
  } else {
    self->is_nudged_.store(false);
    self->on_nudge_();
  }
}

void SignalChannel::expect() {
  if (session_ == nullptr || (*expected_)++ > 0) return;
  function_.Ref(session_->Env());
  session_->Ref();
}

void SignalChannel::send(uint32_t id, double value) {
  auto* signal = new Signal{id, value};
  if (function_.NonBlockingCall(signal) != napi_ok) delete signal;
}

void SignalChannel::nudge() {
  if (is_nudged_.exchange(true)) return;
  if (function_.NonBlockingCall() != napi_ok) is_nudged_.store(false);
}

void SignalChannel::deliver(const Signal& signal) {
  const Napi::Env env = session_->Env();
  const Napi::Object session = session_->Value();
  if (--*expected_ == 0) {
    function_.Unref(env);
    session_->Unref();
  }
  const Napi::Value on_done = session.Get("onDone");
  if (!on_done.IsFunction()) return;  // The environment is being torn down.
  on_done.As<Napi::Function>().Call(
      session, {Napi::Number::New(env, signal.id), Napi::Number::New(env, signal.value)});
}

void SignalChannel::close() {
  if (session_ == nullptr) return;
  function_.Abort();
  session_ = nullptr;
}

}  // namespace tfjs_native
