#pragma once

#include <napi.h>

#include <atomic>
#include <memory>

#include "base/status.h"

namespace tfjs_native {

class Compilation;
struct Graph;

/// Objects of C++ that JavaScript holds and hands back. Each type has a tag of its own, two random
/// numbers, by which it is known again.
template <typename T>
extern const napi_type_tag kHeldTag;
template <>
inline constexpr napi_type_tag kHeldTag<const Graph> = {0x6f3c5b1e9d2a4788, 0x9b1742c05e8fd361};
template <>
inline constexpr napi_type_tag kHeldTag<Compilation> = {0xc4a9e07d3b6f4152, 0x81d5f62a0c7e9b34};
/// What cancels runs.
template <>
inline constexpr napi_type_tag kHeldTag<std::atomic<bool>> = {0x2f8e61d9a5c34b70,
                                                              0xe7403b9c1d52f86a};

/// An empty object that holds the pointer until it is collected; empty where the engine refuses.
template <typename T>
Napi::Value hold(Napi::Env env, std::shared_ptr<T> object) {
  using Pointer = std::shared_ptr<T>;
  napi_value holder = nullptr;
  if (napi_create_object(env, &holder) != napi_ok) return {};
  auto held = std::make_unique<Pointer>(std::move(object));
  const auto finalize = [](napi_env, void* data, void*) { delete static_cast<Pointer*>(data); };
  if (napi_wrap(env, holder, held.get(), finalize, nullptr, nullptr) != napi_ok) return {};
  static_cast<void>(held.release());  // The holder has it.
  if (napi_type_tag_object(env, holder, &kHeldTag<T>) != napi_ok) return {};
  return {env, holder};
}

namespace held_detail {

/// Null where the value is no holder of a T.
template <typename T>
std::shared_ptr<T>* pointer(Napi::Value value) {
  bool is_tagged = false;
  void* data = nullptr;
  if (!value.IsObject() ||
      napi_check_object_type_tag(value.Env(), value, &kHeldTag<T>, &is_tagged) != napi_ok ||
      !is_tagged || napi_unwrap(value.Env(), value, &data) != napi_ok) {
    return nullptr;
  }
  return static_cast<std::shared_ptr<T>*>(data);
}

}  // namespace held_detail

/// What hold() got; null for any other value, and after forget_held().
template <typename T>
std::shared_ptr<T> held(Napi::Value value) {
  const std::shared_ptr<T>* const pointer = held_detail::pointer<T>(value);
  return pointer == nullptr ? nullptr : *pointer;
}

/// Lets go of what hold() got before the holder is collected.
template <typename T>
void forget_held(Napi::Value value) {
  if (std::shared_ptr<T>* const pointer = held_detail::pointer<T>(value)) pointer->reset();
}

}  // namespace tfjs_native
