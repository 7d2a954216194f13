#pragma once

#include <cstdint>
#include <type_traits>

#include "base/unreachable.h"
#include "tensor/dtype.h"

// The C++ type of each dtype's elements, and the way from the one to the other.

namespace tfjs_native {

/// One byte; 0 is false. tfjs's arithmetic leaves other values than 0 and 1 in it, and reads them
/// as numbers: so does C++, while what is to become a Bool must say so.
enum Bool : uint8_t {};

struct Complex64 {
  float real;
  float imag;
};

/// Stored only; math/conversion.h gives the number.
struct Float16 {
  uint16_t bits;
};

/// Stored only; math/conversion.h gives the number.
struct BFloat16 {
  uint16_t bits;
};

// dtype, element type
#define TFJS_ELEMENT_TYPES(ROW) \
  ROW(kFloat32, float)          \
  ROW(kInt32, int32_t)          \
  ROW(kBool, Bool)              \
  ROW(kComplex64, Complex64)    \
  ROW(kInt8, int8_t)            \
  ROW(kUint8, uint8_t)          \
  ROW(kInt16, int16_t)          \
  ROW(kUint16, uint16_t)        \
  ROW(kUint32, uint32_t)        \
  ROW(kInt64, int64_t)          \
  ROW(kFloat16, Float16)        \
  ROW(kBFloat16, BFloat16)      \
  ROW(kFloat64, double)

template <typename T>
constexpr DType dtype_of() = delete;

#define TFJS_DTYPE_OF(dtype, T)                        \
  template <>                                          \
  constexpr DType dtype_of<T>() {                      \
    static_assert(sizeof(T) == size_of(DType::dtype)); \
    return DType::dtype;                               \
  }
TFJS_ELEMENT_TYPES(TFJS_DTYPE_OF)
#undef TFJS_DTYPE_OF

/// A type as a value, for functions that are called with one.
template <typename T>
struct TypeTag {
  using type = T;
};

/// The type of a TypeTag's value.
template <typename Tag>
using TypeIn = typename std::decay_t<Tag>::type;

/// f(TypeTag<T>()) with the element type T of `dtype`.
template <typename F>
auto with_element_type(DType dtype, F&& f) {
  switch (dtype) {
#define TFJS_CASE(dtype, T) \
  case DType::dtype:        \
    return f(TypeTag<T>());
    TFJS_ELEMENT_TYPES(TFJS_CASE)
#undef TFJS_CASE
  }
  unreachable();
}

/// The same for what knows some element types only, which must be all that its caller can have:
/// those of a kernel's row, or those that inference lets pass.
template <typename... Types, typename F>
auto with_type_among(DType dtype, F&& f) {
  using R = std::common_type_t<decltype(f(TypeTag<Types>()))...>;
  return with_element_type(dtype, [&f](auto tag) -> R {
    if constexpr ((std::is_same_v<TypeIn<decltype(tag)>, Types> || ...)) {
      return f(tag);
    } else {
      unreachable();
    }
  });
}

/// Of kTfjsReals.
template <typename F>
auto with_tfjs_real(DType dtype, F&& f) {
  return with_type_among<float, int32_t, Bool>(dtype, f);
}

/// f(TypeTag<T>()) with an unsigned integer T of as many bytes as an element has: for what only
/// moves elements.
template <typename F>
auto with_bytes_of(DType dtype, F&& f) {
  switch (size_of(dtype)) {
    case 1:
      return f(TypeTag<uint8_t>());
    case 2:
      return f(TypeTag<uint16_t>());
    case 4:
      return f(TypeTag<uint32_t>());
    case 8:
      return f(TypeTag<uint64_t>());
  }
  unreachable();
}

/// The type in which loops compute with elements of type T: a bool's byte is a number.
template <typename T>
using NumberOf = std::conditional_t<std::is_same_v<T, Bool>, uint8_t, T>;

}  // namespace tfjs_native
