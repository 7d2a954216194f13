// The functions of a session that move values between JavaScript and tensors.
#include <algorithm>

#include "binding/arguments.h"
#include "binding/array_values.h"
#include "binding/session_binding.h"

namespace tfjs_native {
namespace {

constexpr double kMaxElements = 9007199254740992.0;  // 2^53

std::optional<ArrayKind> kind_of(napi_typedarray_type type) {
  switch (type) {
    case napi_int8_array:
      return ArrayKind::kInt8;
    case napi_uint8_array:
      return ArrayKind::kUint8;
    case napi_uint8_clamped_array:
      return ArrayKind::kUint8Clamped;
    case napi_int16_array:
      return ArrayKind::kInt16;
    case napi_uint16_array:
      return ArrayKind::kUint16;
    case napi_int32_array:
      return ArrayKind::kInt32;
    case napi_uint32_array:
      return ArrayKind::kUint32;
    case napi_float32_array:
      return ArrayKind::kFloat32;
    case napi_float64_array:
      return ArrayKind::kFloat64;
    case napi_bigint64_array:
      return ArrayKind::kBigInt64;
    case napi_biguint64_array:
      return ArrayKind::kBigUint64;
    default:
      return std::nullopt;  // A newer engine's.
  }
}

/// Whether values of the dtype with this number go to and from JavaScript.
bool is_shared_dtype(double number) {
  return (number >= 0 && number < kDTypeCount) || number == static_cast<int>(DType::kUint8);
}

}  // namespace

/// write(cell, values, dtype, elements, isFloat16): slot, -1, or -2 when values are no typed array
///
/// `elements` is what the shape asks for. Fewer values are followed by zeros, so that no kernel
/// reads memory that nobody wrote; reading returns as many values as were given. With `isFloat16` a
/// Uint16Array has the bits of a Float16Array, of which older engines' Node-API knows nothing.
Napi::Value SessionBinding::write(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const double dtype_number = number_of(info[2]);
  if (!is_shared_dtype(dtype_number)) {
    return fail(env, Status(Code::kBadDtype, "no such dtype").at("write", {}));
  }
  const DType dtype = static_cast<DType>(static_cast<int>(dtype_number));
  const double wanted = number_of(info[3]);
  const auto values = array_view(info[1]);
  auto kind = values ? kind_of(values->type) : std::nullopt;
  if (kind == ArrayKind::kUint16 && info[4].ToBoolean()) kind = ArrayKind::kFloat16;
  const bool is_known = kind && (is_same(*kind, dtype) || takes_any_kind(dtype));
  if (!is_known) return Napi::Number::New(env, -2);
  const size_t given = dtype == DType::kComplex64 ? values->length / 2 : values->length;
  if (!(wanted >= 0 && wanted <= kMaxElements)) {
    return fail(env, make_status(Code::kBadShape,
                                 "shape: expected at most 2^53 elements, and no negative extents, "
                                 "got %g elements",
                                 wanted)
                         .at("write", {}));
  }
  const size_t elements = std::max(given, static_cast<size_t>(wanted));
  Status in_range = check_range(*kind, values->data, values->length, dtype);
  if (!in_range.ok()) return fail(env, in_range.at("write", {}));
  const size_t part_bytes = dtype == DType::kComplex64 ? size_of(dtype) / 2 : size_of(dtype);
  auto value =
      is_same(*kind, dtype)
          ? session_->write(values->data, given * size_of(dtype), elements * size_of(dtype))
          : session_->write_made(given * size_of(dtype), elements * size_of(dtype),
                                 [&](size_t begin_bytes, std::span<char> piece) {
                                   convert_values(*kind, values->data, begin_bytes / part_bytes,
                                                  dtype, piece);
                                 });
  if (!value.ok()) return fail(env, value.status().at("write", {}));
  const auto slot = give(env, info[0], cell_slot(), std::move(value.value()), dtype,
                         static_cast<int64_t>(given), elements * size_of(dtype));
  return slot.ok() ? Napi::Number::New(env, slot.value()) : fail(env, slot.status());
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
  const auto kind = array ? kind_of(array->type) : std::nullopt;
  if (!kind || !is_same(*kind, dtype) || array->length != wanted) {
    return fail(env, Status(Code::kInternal, "the array does not fit the tensor").at("read", {}));
  }
  Status status = session_->read(value, array->data, elements * size_of(dtype));
  return status.ok() ? Napi::Number::New(env, 0) : fail(env, status);
}

}  // namespace tfjs_native
