#include "binding/signal_channel.h"

#include "binding/napi_util.h"

namespace tfjs_native {

/// A wait that ended, on its way to JavaScript's thread.
struct SignalChannel::Signal {
  uint32_t id;
  double value;
};

namespace {

/// An object as tools that look for what keeps a process alive expect it (Jest's
/// --detectOpenHandles, say): its hasRef() tells whether the channel does.
napi_value make_resource(napi_env env, const std::shared_ptr<int>& expected) {
  using Counter = std::shared_ptr<int>;
  auto* counter = new Counter(expected);
  const auto has_ref = [](napi_env env, napi_callback_info info) {
    CallbackArguments<1> arguments(env, info);
    return js_bool(env, **static_cast<Counter*>(arguments.data) > 0);
  };
  const auto finalize = [](napi_env, void* data, void*) { delete static_cast<Counter*>(data); };
  napi_value resource = js_object(env);
  napi_value function = nullptr;
  napi_create_function(env, "hasRef", NAPI_AUTO_LENGTH, has_ref, counter, &function);
  napi_add_finalizer(env, function, counter, finalize, nullptr, nullptr);
  set_property(env, resource, "hasRef", function);
  return resource;
}

}  // namespace

Status SignalChannel::open(napi_env env, napi_ref session, std::function<void()> on_nudge) {
  env_ = env;
  session_ = session;
  on_nudge_ = std::move(on_nudge);
  const auto call_js = [](napi_env env, napi_value, void* self, void* data) {
    const std::unique_ptr<Signal> signal(static_cast<Signal*>(data));
    // Without an environment the channel is closed, and `self` may be gone.
    if (env == nullptr) return;
    auto* channel = static_cast<SignalChannel*>(self);
    if (signal != nullptr) {
      channel->deliver(env, *signal);
    } else {
      channel->is_nudged_.store(false);
      channel->on_nudge_();
    }
  };
  if (napi_create_threadsafe_function(env, nullptr, make_resource(env, expected_),
                                      js_string(env, "tfjs-native"), 0, 1, nullptr, nullptr, this,
                                      call_js, &function_) != napi_ok) {
    return Status(Code::kInternal, "the signal channel could not be created");
  }
  napi_unref_threadsafe_function(env, function_);
  return {};
}

void SignalChannel::expect() {
  if (function_ == nullptr || (*expected_)++ > 0) return;
  napi_ref_threadsafe_function(env_, function_);
  napi_reference_ref(env_, session_, nullptr);
}

void SignalChannel::send(uint32_t id, double value) {
  auto* signal = new Signal{id, value};
  if (napi_call_threadsafe_function(function_, signal, napi_tsfn_nonblocking) != napi_ok) {
    delete signal;
  }
}

void SignalChannel::nudge() {
  if (is_nudged_.exchange(true)) return;
  if (napi_call_threadsafe_function(function_, nullptr, napi_tsfn_nonblocking) != napi_ok) {
    is_nudged_.store(false);
  }
}

void SignalChannel::deliver(napi_env env, const Signal& signal) {
  napi_value session = nullptr;
  napi_value on_done = nullptr;
  napi_get_reference_value(env, session_, &session);
  if (--*expected_ == 0) {
    napi_unref_threadsafe_function(env, function_);
    napi_reference_unref(env, session_, nullptr);
  }
  if (session == nullptr || napi_get_named_property(env, session, "onDone", &on_done) != napi_ok) {
    return;  // The environment is being torn down.
  }
  napi_value arguments[2] = {js_number(env, signal.id), js_number(env, signal.value)};
  napi_call_function(env, session, on_done, 2, arguments, nullptr);
}

void SignalChannel::close() {
  if (function_ == nullptr) return;
  napi_release_threadsafe_function(function_, napi_tsfn_abort);
  function_ = nullptr;
}

}  // namespace tfjs_native
