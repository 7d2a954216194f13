#pragma once

#include <napi.h>

#include "base/status.h"

namespace tfjs_native {

/// An error as lib/ expects it, to make a NativeError of: {code, op, device, message, verbatim}.
inline Napi::Object error_info(Napi::Env env, const Error& error) {
  Napi::Object info = Napi::Object::New(env);
  info.Set("code", code_name(error.code));
  info.Set("op", error.op);
  info.Set("device", error.device);
  info.Set("message", error.message);
  info.Set("verbatim", error.is_verbatim);
  return info;
}

}  // namespace tfjs_native
