// The functions of a session that move values between JavaScript and tensors.
#include <algorithm>

#include "binding/arguments.h"
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
    case DType::kUint8:  // Bytes of images, which lib/ hands over and takes.
      return type == napi_uint8_array || type == napi_uint8_clamped_array;
    case DType::kInt8:
    case DType::kInt16:
    case DType::kUint16:
    case DType::kUint32:
    case DType::kInt64:
    case DType::kFloat16:
    case DType::kBFloat16:
    case DType::kFloat64:
      break;  // Tensors of JavaScript never are.
  }
  return false;
}

/// Whether values of the dtype with this number go to and from JavaScript.
bool is_shared_dtype(double number) {
  return (number >= 0 && number < kDTypeCount) || number == static_cast<int>(DType::kUint8);
}

}  // namespace

/// write(handle, values, dtype, elements): slot, -1, or -2 when the values must be converted first
///
/// `elements` is what the shape asks for. Fewer values are followed by zeros, so that no kernel
/// reads memory that nobody wrote; reading returns as many values as were given.
Napi::Value SessionBinding::write(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const double dtype_number = number_of(info[2]);
  if (!is_shared_dtype(dtype_number)) {
    return fail(env, Status(Code::kBadDtype, "no such dtype").at("write", {}));
  }
  const DType dtype = static_cast<DType>(static_cast<int>(dtype_number));
  const double wanted = number_of(info[3]);
  const auto values = array_view(info[1]);
  if (!values || !dtype_of_array(values->type, dtype)) return Napi::Number::New(env, -2);
  const size_t given = dtype == DType::kComplex64 ? values->length / 2 : values->length;
  if (!(wanted >= 0 && wanted <= kMaxElements)) {
    return fail(env, make_status(Code::kBadShape,
                                 "shape: expected at most 2^53 elements, and no negative extents, "
                                 "got %g elements",
                                 wanted)
                         .at("write", {}));
  }
  const size_t elements = std::max(given, static_cast<size_t>(wanted));
  auto value = session_->write(values->data, given * size_of(dtype), elements * size_of(dtype));
  if (!value.ok()) return fail(env, value.status().at("write", {}));
  const uint32_t slot = slots_.add(std::move(value.value()), dtype, static_cast<int64_t>(given),
                                   elements * size_of(dtype));
  Status status = tie(env, info[0], slot);
  return status.ok() ? Napi::Number::New(env, slot) : fail(env, status);
}

/// elements(slot): how many readInto() will write, or -1; waits for the value, so that nobody makes
/// an array for one that there is not
Napi::Value SessionBinding::elements(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const Slots::Slot* slot = slots_.find(number_of(info[0]));
  if (slot == nullptr) {
    return fail(env, Status(Code::kDisposed, "the tensor has been disposed").at("read", {}));
  }
  const int64_t elements = slot->elements;
  Status status = session_->wait(slot->value);
  return status.ok() ? Napi::Number::New(env, static_cast<double>(elements)) : fail(env, status);
}

/// readInto(slot, array): 0, or -1; waits for the value
Napi::Value SessionBinding::read_into(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const Slots::Slot* slot = slots_.find(number_of(info[0]));
  if (slot == nullptr) {
    return fail(env, Status(Code::kDisposed, "the tensor has been disposed").at("read", {}));
  }
  const Value value = slot->value;
  const DType dtype = slot->dtype;
  const size_t elements = static_cast<size_t>(slot->elements);
  const size_t wanted = elements * (dtype == DType::kComplex64 ? 2 : 1);
  const auto array = array_view(info[1]);
  if (!array || !dtype_of_array(array->type, dtype) || array->length != wanted) {
    return fail(env, Status(Code::kInternal, "the array does not fit the tensor").at("read", {}));
  }
  Status status = session_->read(value, array->data, elements * size_of(dtype));
  return status.ok() ? Napi::Number::New(env, 0) : fail(env, status);
}

}  // namespace tfjs_native
