// How handles of JavaScript own the tensors of their slots.
#include "binding/arguments.h"
#include "binding/session_binding.h"

namespace tfjs_native {
namespace {

// The garbage collector is told of drifts of this size; telling costs more than a small tensor.
constexpr int64_t kReportBytes = 256 * 1024;

}  // namespace

Status SessionBinding::tie(napi_env env, napi_value handle, uint32_t slot) {
  const Slots::Key key = slots_.key(slot);
  const size_t bytes = slots_.find(slot)->size_bytes;
  // A finalizer without napi_wrap: the handle itself knows its slot.
  if (napi_add_finalizer(env, handle, reinterpret_cast<void*>(key), on_handle_collected, this,
                         nullptr) != napi_ok) {
    slots_.remove(key);
    return Status(Code::kInternal, "the handle could not be tied to its tensor");
  }
  ++references_;
  account(env, static_cast<int64_t>(bytes));
  return {};
}

void SessionBinding::on_handle_collected(napi_env, void* key, void* self) {
  auto* binding = static_cast<SessionBinding*>(self);
  const size_t bytes = binding->let_go(reinterpret_cast<Slots::Key>(key));
  // No call into the engine from a finalizer; the next call reports it.
  binding->unreported_bytes_ -= static_cast<int64_t>(bytes);
  binding->release_reference();
}

/// adopt(handles): ties the outputs of the newest answer, in their order; 0, or -1
///
/// An answer of several outputs leaves their slots without an owner. It must be adopted before the
/// next call, which lets go of what was not, whatever came between.
Napi::Value SessionBinding::adopt(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const size_t count = info[0].IsArray() ? info[0].As<Napi::Array>().Length() : 0;
  if (count != orphans_.size()) {
    let_go_of_orphans();
    return fail(env,
                make_status(Code::kInternal, "expected a handle for each output, got %zu", count));
  }
  for (size_t i = 0; i < count; ++i) {
    napi_value handle = nullptr;
    napi_get_element(env, info[0], static_cast<uint32_t>(i), &handle);
    Status status = tie(env, handle, static_cast<uint32_t>(orphans_[i]));
    if (!status.ok()) {
      // The handles before this one keep theirs until they are collected.
      orphans_.erase(orphans_.begin(), orphans_.begin() + static_cast<ptrdiff_t>(i));
      let_go_of_orphans();
      return fail(env, status);
    }
  }
  orphans_.clear();
  return Napi::Number::New(env, 0);
}

void SessionBinding::let_go_of_orphans() {
  for (const Slots::Key key : orphans_) let_go(key);
  orphans_.clear();
}

/// dispose(slot)
Napi::Value SessionBinding::dispose(Napi::Env env, napi_value number, napi_value) {
  const double slot = number_of(env, number);
  if (slots_.find(slot) != nullptr) {
    const size_t bytes = let_go(slots_.key(static_cast<uint32_t>(slot)));
    account(env, -static_cast<int64_t>(bytes));
  }
  return {};
}

/// Frees the slot that `key` names; the bytes of its tensor, 0 where it was free already.
size_t SessionBinding::let_go(Slots::Key key) {
  if (const Slots::Slot* slot = slots_.find_life(key)) {
    session_->let_go(slot->value, slot->size_bytes);
  }
  return slots_.remove(key);
}

void SessionBinding::account(Napi::Env env, int64_t bytes) {
  unreported_bytes_ += bytes;
  if (unreported_bytes_ < kReportBytes && unreported_bytes_ > -kReportBytes) return;
  Napi::MemoryManagement::AdjustExternalMemory(env, unreported_bytes_);
  unreported_bytes_ = 0;
}

}  // namespace tfjs_native
