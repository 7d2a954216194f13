// The functions of a session that tell when work is done.
#include "binding/arguments.h"
#include "binding/session_binding.h"

namespace tfjs_native {

/// whenDone(slot, id): 1 when the value is there already, 2 when runDeferred() computes it; else 0,
/// and onDone(id) follows; or -1
Napi::Value SessionBinding::when_done(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const Slots::Slot* slot = slots_.find(number_of(info[0]));
  if (slot == nullptr) {
    return fail(env, Status(Code::kDisposed, "the tensor has been disposed").at("read", {}));
  }
  if (session_->is_done(slot->value) && session_->runtime().device.is_host()) {
    return Napi::Number::New(env, 1);
  }
  if (session_->is_deferred(slot->value)) return Napi::Number::New(env, 2);
  const uint32_t id = info[1].As<Napi::Number>().Uint32Value();
  signals_.expect();
  session_->when_done(slot->value, [this, id] { signals_.send(id, 0); });
  return Napi::Number::New(env, 0);
}

/// synchronize(): returns when all that is queued has been done
Napi::Value SessionBinding::synchronize(const Napi::CallbackInfo&) {
  session_->synchronize();
  return {};
}

/// profileBegin()
Napi::Value SessionBinding::profile_begin(const Napi::CallbackInfo&) {
  session_->begin_profile();
  return {};
}

/// profileEnd(id): onDone(id, kernelMs) follows
Napi::Value SessionBinding::profile_end(const Napi::CallbackInfo& info) {
  const uint32_t id = info[0].As<Napi::Number>().Uint32Value();
  signals_.expect();
  session_->end_profile([this, id](double ms) { signals_.send(id, ms); });
  return {};
}

}  // namespace tfjs_native
