// How a session begins and ends: with its object, or with the environment.
#include "binding/session_binding.h"

namespace tfjs_native {

/// Binds the session's life to the object's.
Status SessionBinding::attach(Napi::Object object) {
  const napi_env env = object.Env();
  // The finalizer's own reference is the only one: the engine does not allow a finalizer to delete
  // another weak reference to what is being collected.
  napi_ref reference = nullptr;
  if (napi_add_finalizer(env, object, this, on_object_collected, nullptr, &reference) != napi_ok) {
    return Status(Code::kInternal, "the session's object could not be made");
  }
  object_ = Napi::ObjectReference(env, reference);
  napi_add_env_cleanup_hook(env, on_environment_exit, this);
  return {};
}

void SessionBinding::end() {
  *stop_images_ = true;
  session_->close();
  // An environment ends when libuv has done with all its jobs, whatever is before them.
  cancel_worker();
  open_calls_.clear();
  recorder_.reset();
  compile_jobs_.clear();
  exchanges_.clear();
  orphans_.clear();
  slots_.clear();
  signals_.close();
}

void SessionBinding::on_environment_exit(void* self) {
  auto* binding = static_cast<SessionBinding*>(self);
  binding->has_ended_ = true;
  binding->end();
}

/// Nothing can reach the session any more: its backend, and the realm of that, are gone. (Or the
/// environment is; then its finalizers run after its hooks.)
void SessionBinding::on_object_collected(napi_env env, void* self, void*) {
  auto* binding = static_cast<SessionBinding*>(self);
  if (!binding->has_ended_) {
    napi_remove_env_cleanup_hook(env, on_environment_exit, binding);
    binding->end();
  }
  binding->object_.Reset();
  binding->release_reference();
}

void SessionBinding::release_reference() {
  if (--references_ == 0) delete this;
}

}  // namespace tfjs_native
