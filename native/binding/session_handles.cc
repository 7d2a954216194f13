// How cells of JavaScript own the tensors of their slots.
#include "binding/arguments.h"
#include "binding/session_binding.h"

namespace tfjs_native {

Result<uint32_t> SessionBinding::give(napi_env env, napi_value cell, double cell_slot, Value value,
                                      DType dtype, int64_t elements, size_t size_bytes) {
  if (cell_slot < 0) {
    const uint32_t slot = slots_.add(std::move(value), dtype, elements, size_bytes);
    TFJS_RETURN_IF_ERROR(tie(env, cell, slot));
    return slot;
  }
  if (!slots_.fill(cell_slot, std::move(value), dtype, elements, size_bytes)) {
    return Status(Code::kInternal, "the cell is not empty");
  }
  account(env, static_cast<int64_t>(size_bytes));
  return static_cast<uint32_t>(cell_slot);
}

Status SessionBinding::tie(napi_env env, napi_value cell, uint32_t slot) {
  const Slots::Key key = slots_.key(slot);
  const size_t bytes = slots_.find(slot)->size_bytes;
  // A finalizer without napi_wrap: the cell itself knows its slot.
  if (napi_add_finalizer(env, cell, reinterpret_cast<void*>(key), on_cell_collected, this,
                         nullptr) != napi_ok) {
    slots_.remove(key);
    return Status(Code::kInternal, "the cell could not be tied to its tensor");
  }
  ++references_;
  account(env, static_cast<int64_t>(bytes));
  return {};
}

void SessionBinding::on_cell_collected(napi_env, void* key, void* self) {
  auto* binding = static_cast<SessionBinding*>(self);
  const size_t bytes = binding->let_go(reinterpret_cast<Slots::Key>(key));
  // No call into the engine from a finalizer; the next call reports it.
  binding->external_memory_.collect(static_cast<int64_t>(bytes));
  binding->release_reference();
}

/// adopt(cells): gives the outputs of the newest answer to cells, in their order, whose slots the
/// frame holds (-1: none yet); the slots in the frame, or -1
///
/// An answer of several outputs leaves their slots without an owner. It must be adopted before the
/// next call, which lets go of what was not, whatever came between.
Napi::Value SessionBinding::adopt(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const size_t count = info[0].IsArray() ? info[0].As<Napi::Array>().Length() : 0;
  if (count != orphans_.size() || count > frame_words_) {
    let_go_of_orphans();
    return fail(env,
                make_status(Code::kInternal, "expected a cell for each output, got %zu", count));
  }
  for (size_t i = 0; i < count; ++i) {
    napi_value cell = nullptr;
    napi_get_element(env, info[0], static_cast<uint32_t>(i), &cell);
    const auto slot = adopt(env, cell, frame_[i], orphans_[i]);
    if (!slot.ok()) {
      // The cells before this one keep theirs until they are collected.
      orphans_.erase(orphans_.begin(), orphans_.begin() + static_cast<ptrdiff_t>(i));
      let_go_of_orphans();
      return fail(env, slot.status());
    }
    frame_[i] = slot.value();
  }
  orphans_.clear();
  return Napi::Number::New(env, 0);
}

Result<uint32_t> SessionBinding::adopt(napi_env env, napi_value cell, double cell_slot,
                                       Slots::Key orphan) {
  const uint32_t slot = static_cast<uint32_t>(orphan);
  if (cell_slot < 0) {
    TFJS_RETURN_IF_ERROR(tie(env, cell, slot));
    return slot;
  }
  const Slots::Slot given = *slots_.find(slot);
  TFJS_ASSIGN_OR_RETURN(const uint32_t own, give(env, cell, cell_slot, given.value, given.dtype,
                                                 given.elements, given.size_bytes));
  slots_.remove(orphan);
  return own;
}

void SessionBinding::let_go_of_orphans() {
  for (const Slots::Key key : orphans_) let_go(key);
  orphans_.clear();
}

/// dispose(slot): frees the tensor; the slot stays its cell's
Napi::Value SessionBinding::dispose(Napi::Env env, napi_value number, napi_value) {
  const double index = number_of(env, number);
  if (const Slots::Slot* slot = slots_.find(index)) {
    session_->let_go(slot->value, slot->size_bytes);
    account(env, -static_cast<int64_t>(slots_.vacate(static_cast<uint32_t>(index))));
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
  const int64_t change = external_memory_.add(bytes);
  if (change != 0) Napi::MemoryManagement::AdjustExternalMemory(env, change);
}

}  // namespace tfjs_native
