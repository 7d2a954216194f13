#pragma once

#include <node_api.h>

#include <string>

#include "base/status.h"

namespace tfjs_native {

/// Short names for the Node-API calls that build and read plain values. They serve the cold paths;
/// a failed call leaves JavaScript's exception pending and yields undefined or a zero value.
inline napi_value js_undefined(napi_env env) {
  napi_value value = nullptr;
  napi_get_undefined(env, &value);
  return value;
}

inline napi_value js_number(napi_env env, double number) {
  napi_value value = nullptr;
  napi_create_double(env, number, &value);
  return value;
}

inline napi_value js_bool(napi_env env, bool flag) {
  napi_value value = nullptr;
  napi_get_boolean(env, flag, &value);
  return value;
}

inline napi_value js_string(napi_env env, const std::string& text) {
  napi_value value = nullptr;
  napi_create_string_utf8(env, text.data(), text.size(), &value);
  return value;
}

inline napi_value js_object(napi_env env) {
  napi_value value = nullptr;
  napi_create_object(env, &value);
  return value;
}

inline napi_value js_array(napi_env env) {
  napi_value value = nullptr;
  napi_create_array(env, &value);
  return value;
}

inline void set_property(napi_env env, napi_value object, const char* name, napi_value value) {
  napi_set_named_property(env, object, name, value);
}

inline void append(napi_env env, napi_value array, napi_value value) {
  uint32_t length = 0;
  napi_get_array_length(env, array, &length);
  napi_set_element(env, array, length, value);
}

inline double to_double(napi_env env, napi_value value) {
  double number = 0;
  napi_get_value_double(env, value, &number);
  return number;
}

inline std::string to_utf8(napi_env env, napi_value value) {
  size_t length = 0;
  if (napi_get_value_string_utf8(env, value, nullptr, 0, &length) != napi_ok) return {};
  std::string text(length, '\0');
  napi_get_value_string_utf8(env, value, text.data(), length + 1, &length);
  return text;
}

/// The error as lib/ expects it: {code, op, device, message}.
inline napi_value js_error_info(napi_env env, const Error& error) {
  napi_value info = js_object(env);
  set_property(env, info, "code", js_string(env, code_name(error.code)));
  set_property(env, info, "op", js_string(env, error.op));
  set_property(env, info, "device", js_string(env, error.device));
  set_property(env, info, "message", js_string(env, error.message));
  return info;
}

/// Arguments and bound object of a callback.
template <size_t N>
struct CallbackArguments {
  CallbackArguments(napi_env env, napi_callback_info info) {
    napi_get_cb_info(env, info, &count, values, nullptr, &data);
  }
  size_t count = N;
  napi_value values[N] = {};
  void* data = nullptr;
};

}  // namespace tfjs_native
