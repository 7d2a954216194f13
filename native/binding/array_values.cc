#include "binding/array_values.h"

#include <cstring>
#include <string>
#include <type_traits>
#include <utility>

#include "base/unreachable.h"
#include "math/conversion.h"
#include "tensor/element_type.h"

namespace tfjs_native {
namespace {

/// f(TypeTag<T>()) with the type of the elements.
template <typename F>
auto with_kind(ArrayKind kind, F&& f) {
  switch (kind) {
    case ArrayKind::kInt8:
      return f(TypeTag<int8_t>());
    case ArrayKind::kUint8:
    case ArrayKind::kUint8Clamped:
      return f(TypeTag<uint8_t>());
    case ArrayKind::kInt16:
      return f(TypeTag<int16_t>());
    case ArrayKind::kUint16:
      return f(TypeTag<uint16_t>());
    case ArrayKind::kInt32:
      return f(TypeTag<int32_t>());
    case ArrayKind::kUint32:
      return f(TypeTag<uint32_t>());
    case ArrayKind::kFloat16:
      return f(TypeTag<Float16>());
    case ArrayKind::kFloat32:
      return f(TypeTag<float>());
    case ArrayKind::kFloat64:
      return f(TypeTag<double>());
    case ArrayKind::kBigInt64:
      return f(TypeTag<int64_t>());
    case ArrayKind::kBigUint64:
      return f(TypeTag<uint64_t>());
  }
  unreachable();
}

/// An element of an array that need not be aligned, nor still while another thread has it.
template <typename T>
T element(const void* values, size_t index) {
  T value;
  std::memcpy(&value, static_cast<const char*>(values) + index * sizeof(T), sizeof(T));
  return value;
}

template <typename From>
bool is_true(From value) {
  if constexpr (std::is_same_v<From, Float16>) {
    return is_true(store_as<float>(value));
  } else if constexpr (std::is_floating_point_v<From>) {
    return !(value >= From(-0.5) && value < From(0.5));  // NaN is.
  } else {
    return value != 0;
  }
}

template <typename To, typename From>
To converted(From value) {
  if constexpr (std::is_same_v<To, Bool>) {
    return static_cast<Bool>(is_true(value) ? 1 : 0);
  } else if constexpr (std::is_same_v<From, uint64_t>) {
    return static_cast<To>(value);
  } else {
    return store_as<To>(value);
  }
}

}  // namespace

size_t size_of(ArrayKind kind) {
  return with_kind(kind, [](auto tag) { return sizeof(TypeIn<decltype(tag)>); });
}

bool is_same(ArrayKind kind, DType dtype) {
  switch (dtype) {
    case DType::kFloat32:
    case DType::kComplex64:
      return kind == ArrayKind::kFloat32;
    case DType::kInt32:
      return kind == ArrayKind::kInt32;
    case DType::kBool:
      return kind == ArrayKind::kUint8;
    case DType::kUint8:  // Bytes of images, which lib/ hands over and takes.
      return kind == ArrayKind::kUint8 || kind == ArrayKind::kUint8Clamped;
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

bool takes_any_kind(DType dtype) {
  return dtype == DType::kFloat32 || dtype == DType::kInt32 || dtype == DType::kBool ||
         dtype == DType::kComplex64;
}

Status check_range(ArrayKind kind, const void* values, size_t count, DType dtype) {
  if (dtype != DType::kInt32) return {};
  return with_kind(kind, [&](auto tag) -> Status {
    using From = TypeIn<decltype(tag)>;
    if constexpr (std::is_same_v<From, uint32_t> || std::is_same_v<From, int64_t> ||
                  std::is_same_v<From, uint64_t>) {
      for (size_t i = 0; i < count; ++i) {
        const From value = element<From>(values, i);
        if (std::in_range<int32_t>(value)) continue;
        return make_status(Code::kBadAttr,
                           "values: expected integers from -2147483648 to 2147483647 for an int32 "
                           "tensor, got %s at index %zu",
                           std::to_string(value).c_str(), i);
      }
    }
    return {};
  });
}

void convert_values(ArrayKind kind, const void* values, size_t begin, DType dtype,
                    std::span<char> dst) {
  const auto fill = [&](auto from, auto to) {
    using From = TypeIn<decltype(from)>;
    using To = TypeIn<decltype(to)>;
    const size_t count = dst.size() / sizeof(To);
    for (size_t i = 0; i < count; ++i) {
      const To value = converted<To>(element<From>(values, begin + i));
      std::memcpy(dst.data() + i * sizeof(To), &value, sizeof(To));
    }
  };
  with_kind(kind, [&](auto from) {
    if (dtype == DType::kInt32) return fill(from, TypeTag<int32_t>());
    if (dtype == DType::kBool) return fill(from, TypeTag<Bool>());
    fill(from, TypeTag<float>());
  });
}

}  // namespace tfjs_native
