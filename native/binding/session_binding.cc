#include "binding/session_binding.h"

#include <exception>
#include <new>

#include "binding/error_info.h"

namespace tfjs_native {

Result<Napi::Object> SessionBinding::open(Napi::Env env, DeviceRuntime& runtime) {
  std::unique_ptr<SessionBinding, void (*)(SessionBinding*)> binding(
      new SessionBinding(env), [](SessionBinding* unused) { delete unused; });
  auto* const self = binding.get();
  TFJS_ASSIGN_OR_RETURN(self->session_,
                        Session::create(runtime, {[self] { self->ask_for_worker(); },
                                                  [self] { self->signals_.nudge(); }}));
  Napi::Object object = Napi::Object::New(env);
  TFJS_RETURN_IF_ERROR(self->attach(object));
  binding.release();  // The object's, from here on.
  TFJS_RETURN_IF_ERROR(self->signals_.open(self->object_, [self] { self->withdraw_worker(); }));
  self->add_function<&SessionBinding::set_frame>(object, "setFrame");
  self->add_hot_function<&SessionBinding::call>(object, "call");
  self->add_function<&SessionBinding::call_later>(object, "callLater");
  self->add_function<&SessionBinding::collect>(object, "collect");
  self->add_function<&SessionBinding::adopt>(object, "adopt");
  self->add_hot_function<&SessionBinding::dispose>(object, "dispose");
  self->add_function<&SessionBinding::write>(object, "write");
  self->add_function<&SessionBinding::elements>(object, "elements");
  self->add_function<&SessionBinding::read_into>(object, "readInto");
  self->add_function<&SessionBinding::decode_image>(object, "decodeImage");
  self->add_function<&SessionBinding::decode_image_later>(object, "decodeImageLater");
  self->add_function<&SessionBinding::collect_image>(object, "collectImage");
  self->add_function<&SessionBinding::encode_image_later>(object, "encodeImageLater");
  self->add_function<&SessionBinding::encoded_size>(object, "encodedSize");
  self->add_function<&SessionBinding::take_encoded>(object, "takeEncoded");
  self->add_function<&SessionBinding::when_done>(object, "whenDone");
  self->add_function<&SessionBinding::synchronize>(object, "synchronize");
  self->add_function<&SessionBinding::profile_begin>(object, "profileBegin");
  self->add_function<&SessionBinding::profile_end>(object, "profileEnd");
  self->add_function<&SessionBinding::record_begin>(object, "recordBegin");
  self->add_function<&SessionBinding::record_end>(object, "recordEnd");
  self->add_function<&SessionBinding::compile>(object, "compile");
  self->add_function<&SessionBinding::compilation_state>(object, "compilationState");
  self->add_function<&SessionBinding::when_compiled>(object, "whenCompiled");
  self->add_function<&SessionBinding::canceller>(object, "canceller");
  self->add_function<&SessionBinding::cancel>(object, "cancel");
  self->add_function<&SessionBinding::replay>(object, "replay");
  self->add_function<&SessionBinding::run_deferred>(object, "runDeferred");
  self->add_function<&SessionBinding::release>(object, "release");
  self->add_function<&SessionBinding::explain>(object, "explain");
  self->add_function<&SessionBinding::last_error>(object, "lastError");
  return object;
}

template <SessionBinding::Method kMethod>
void SessionBinding::add_function(Napi::Object object, const char* name) {
  Napi::Function function = Napi::Function::New<entry<kMethod>>(object.Env(), name, this);
  // So it is in an environment that is being torn down. The wrapper ends the process when something
  // is asked of an empty value.
  if (function.IsEmpty()) return;
  // Whoever keeps the function alone must keep what it is bound to.
  function.Set("session", object);
  object.Set(name, function);
}

template <SessionBinding::HotMethod kMethod>
void SessionBinding::add_hot_function(Napi::Object object, const char* name) {
  napi_value function = nullptr;
  if (napi_create_function(object.Env(), name, NAPI_AUTO_LENGTH, hot_entry<kMethod>, this,
                           &function) != napi_ok) {
    return;  // As above.
  }
  Napi::Function(object.Env(), function).Set("session", object);
  object.Set(name, function);
}

template <SessionBinding::Method kMethod>
Napi::Value SessionBinding::entry(const Napi::CallbackInfo& info) {
  auto* const self = static_cast<SessionBinding*>(info.Data());
  return self->guarded(info.Env(), [&] { return (self->*kMethod)(info); });
}

template <SessionBinding::HotMethod kMethod>
napi_value SessionBinding::hot_entry(napi_env env, napi_callback_info info) {
  napi_value arguments[2];
  size_t count = 2;
  void* data = nullptr;
  if (napi_get_cb_info(env, info, &count, arguments, nullptr, &data) != napi_ok) return nullptr;
  auto* const self = static_cast<SessionBinding*>(data);
  return self->guarded(env, [&] { return (self->*kMethod)(env, arguments[0], arguments[1]); });
}

/// No exception of C++ may reach the engine's frames.
template <typename Body>
Napi::Value SessionBinding::guarded(Napi::Env env, Body body) {
  try {
    return body();
  } catch (const std::bad_alloc&) {
    return fail(env, Status(Code::kOutOfMemory, "the host is out of memory"));
  } catch (const std::exception& exception) {
    return fail(env, Status(Code::kInternal, exception.what()));
  }
}

Napi::Value SessionBinding::fail(Napi::Env env, Status status) {
  last_error_ = status.at("", session_->runtime().device.name());
  return Napi::Number::New(env, -1);
}

/// lastError(): {code, op, device, message} of the newest function that answered with -1
Napi::Value SessionBinding::last_error(const Napi::CallbackInfo& info) {
  if (last_error_.ok()) return info.Env().Undefined();
  return error_info(info.Env(), last_error_.error());
}

}  // namespace tfjs_native
