// The functions of a session that move values between JavaScript and tensors.
#include <algorithm>

#include "binding/napi_util.h"
#include "binding/session_binding.h"

namespace tfjs_native {
namespace {

constexpr double kMaxElements = 9007199254740992.0;  // 2^53

/// The dtype whose values a typed array holds as they are; false for other arrays.
bool dtype_of_array(napi_typedarray_type type, DType dtype) {
  switch (dtype) {
    case DType::kFloat32:
    case DType::kComplex64:
      return type == napi_float32_array;
    case DType::kInt32:
      return type == napi_int32_array;
    case DType::kBool:
      return type == napi_uint8_array || type == napi_uint8_clamped_array;
  }
  return false;
}

}  // namespace

/// write(handle, values, dtype, elements): slot, -1, or -2 when the values must be converted first
///
/// `elements` is what the shape asks for. Fewer values are followed by zeros, so that no kernel
/// reads memory that nobody wrote; reading returns as many values as were given.
napi_value SessionBinding::write(napi_env env, napi_value* arguments) {
  const double dtype_number = to_double(env, arguments[2]);
  if (!(dtype_number >= 0 && dtype_number < kDTypeCount)) {
    return fail(env, Status(Code::kBadDtype, "no such dtype").at("write", {}));
  }
  const DType dtype = static_cast<DType>(static_cast<int>(dtype_number));
  const double wanted = to_double(env, arguments[3]);
  bool is_typed_array = false;
  napi_is_typedarray(env, arguments[1], &is_typed_array);
  if (!is_typed_array) return js_number(env, -2);
  napi_typedarray_type type = napi_int8_array;
  size_t length = 0;
  void* data = nullptr;
  napi_get_typedarray_info(env, arguments[1], &type, &length, &data, nullptr, nullptr);
  if (!dtype_of_array(type, dtype)) return js_number(env, -2);
  const size_t given = dtype == DType::kComplex64 ? length / 2 : length;
  if (!(wanted >= 0 && wanted <= kMaxElements)) {
    return fail(env, make_status(Code::kBadShape,
                                 "shape: expected at most 2^53 elements, and no negative extents, "
                                 "got %g elements",
                                 wanted)
                         .at("write", {}));
  }
  const size_t elements = std::max(given, static_cast<size_t>(wanted));
  auto value = session_->write(data, given * size_of(dtype), elements * size_of(dtype));
  if (!value.ok()) return fail(env, value.status().at("write", {}));
  const uint32_t slot = slots_.add(std::move(value.value()), dtype, static_cast<int64_t>(given),
                                   elements * size_of(dtype));
  Status status = tie(env, arguments[0], slot);
  return status.ok() ? js_number(env, slot) : fail(env, status);
}

/// elements(slot): how many readInto() will write, or -1; waits for the value, so that nobody makes
/// an array for one that there is not
napi_value SessionBinding::elements(napi_env env, napi_value* arguments) {
  const Slots::Slot* slot = slots_.find(to_double(env, arguments[0]));
  if (slot == nullptr) {
    return fail(env, Status(Code::kDisposed, "the tensor has been disposed").at("read", {}));
  }
  const int64_t elements = slot->elements;
  Status status = session_->wait(slot->value);
  return status.ok() ? js_number(env, static_cast<double>(elements)) : fail(env, status);
}

/// readInto(slot, array): 0, or -1; waits for the value
napi_value SessionBinding::read_into(napi_env env, napi_value* arguments) {
  const Slots::Slot* slot = slots_.find(to_double(env, arguments[0]));
  if (slot == nullptr) {
    return fail(env, Status(Code::kDisposed, "the tensor has been disposed").at("read", {}));
  }
  const Value value = slot->value;
  const DType dtype = slot->dtype;
  const size_t elements = static_cast<size_t>(slot->elements);
  napi_typedarray_type type = napi_int8_array;
  size_t length = 0;
  void* data = nullptr;
  if (napi_get_typedarray_info(env, arguments[1], &type, &length, &data, nullptr, nullptr) !=
          napi_ok ||
      !dtype_of_array(type, dtype) || length != elements * (dtype == DType::kComplex64 ? 2 : 1)) {
    return fail(env, Status(Code::kInternal, "the array does not fit the tensor").at("read", {}));
  }
  Status status = session_->read(value, data, elements * size_of(dtype));
  return status.ok() ? js_number(env, 0) : fail(env, status);
}

/// whenDone(slot, id): 1 when the value is there already; else 0, and onDone(id) follows; or -1
napi_value SessionBinding::when_done(napi_env env, napi_value* arguments) {
  const Slots::Slot* slot = slots_.find(to_double(env, arguments[0]));
  if (slot == nullptr) {
    return fail(env, Status(Code::kDisposed, "the tensor has been disposed").at("read", {}));
  }
  if (session_->is_done(slot->value) && session_->runtime().device.is_host())
    return js_number(env, 1);
  const uint32_t id = static_cast<uint32_t>(to_double(env, arguments[1]));
  signals_.expect();
  session_->when_done(slot->value, [this, id] { signals_.send(id, 0); });
  return js_number(env, 0);
}

/// dispose(slot)
napi_value SessionBinding::dispose(napi_env env, napi_value* arguments) {
  const double slot = to_double(env, arguments[0]);
  if (slots_.find(slot) != nullptr) {
    const size_t bytes = let_go(slots_.key(static_cast<uint32_t>(slot)));
    account(env, -static_cast<int64_t>(bytes));
  }
  return nullptr;
}

napi_value SessionBinding::synchronize(napi_env, napi_value*) {
  session_->synchronize();
  return nullptr;
}

}  // namespace tfjs_native
