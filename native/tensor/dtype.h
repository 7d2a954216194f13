// tensor/: dtypes, shapes, shape arithmetic, reference-counted buffers and tensors. No device.
// May include: base/.
// Threads: values (Shape, Tensor) belong to one thread; a Buffer is shared, see buffer.h.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/enum_set.h"

namespace tfjs_native {

/// Element types that exist natively. Strings stay in JavaScript. The numbers are part of the
/// call protocol between lib/ and binding/.
enum class DType : uint8_t {
  kFloat32 = 0,
  kInt32 = 1,
  kBool = 2,       // One byte, 0 or 1.
  kComplex64 = 3,  // Two float32, real then imaginary.
};
constexpr int kDTypeCount = 4;

constexpr size_t size_of(DType dtype) {
  switch (dtype) {
    case DType::kFloat32:
    case DType::kInt32:
      return 4;
    case DType::kBool:
      return 1;
    case DType::kComplex64:
      return 8;
  }
  return 0;
}

using DTypeSet = EnumSet<DType>;

/// tfjs's dtypes of real numbers, and all that it has natively.
constexpr DTypeSet kTfjsReals = {DType::kFloat32, DType::kInt32, DType::kBool};
constexpr DTypeSet kTfjsTypes = kTfjsReals | DTypeSet{DType::kComplex64};

/// tfjs-core's name of the type.
constexpr const char* dtype_name(DType dtype) {
  switch (dtype) {
    case DType::kFloat32:
      return "float32";
    case DType::kInt32:
      return "int32";
    case DType::kBool:
      return "bool";
    case DType::kComplex64:
      return "complex64";
  }
  return "?";
}

template <typename T>
constexpr DType dtype_of();
template <>
constexpr DType dtype_of<float>() {
  return DType::kFloat32;
}
template <>
constexpr DType dtype_of<int32_t>() {
  return DType::kInt32;
}
template <>
constexpr DType dtype_of<uint8_t>() {
  return DType::kBool;
}

}  // namespace tfjs_native
