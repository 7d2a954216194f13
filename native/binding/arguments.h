#pragma once

#include <napi.h>

#include <limits>
#include <optional>

namespace tfjs_native {

/// What JavaScript passed for a number; NaN where it is none, which no check lets through.
inline double number_of(napi_env env, napi_value value) {
  double number = 0;
  return napi_get_value_double(env, value, &number) == napi_ok
             ? number
             : std::numeric_limits<double>::quiet_NaN();
}

inline double number_of(Napi::Value value) { return number_of(value.Env(), value); }

/// What stays of a typed array whose kind this version of Node-API does not know.
constexpr auto kNoArrayType = static_cast<napi_typedarray_type>(-1);

/// The elements of a typed array, of whichever realm, until JavaScript runs again.
struct ArrayView {
  napi_typedarray_type type = kNoArrayType;
  size_t length = 0;  // In elements.
  void* data = nullptr;
};

/// Nothing for a value that is no typed array, or one of an unknown kind.
inline std::optional<ArrayView> array_view(Napi::Value value) {
  ArrayView view;
  if (napi_get_typedarray_info(value.Env(), value, &view.type, &view.length, &view.data, nullptr,
                               nullptr) != napi_ok ||
      view.type == kNoArrayType) {
    return std::nullopt;
  }
  return view;
}

}  // namespace tfjs_native
