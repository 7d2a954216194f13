// tensor/: dtypes, shapes, shape arithmetic, reference-counted buffers and tensors. No device.
// May include: base/.
// Threads: values (Shape, Tensor) belong to one thread; a Buffer is shared, see buffer.h.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/enum_set.h"

namespace tfjs_native {

/// Element types that exist natively. Strings stay in JavaScript. tfjs's come first, and their
/// numbers are part of the call protocol between lib/ and binding/; the others live inside graphs
/// and behind other model formats.
enum class DType : uint8_t {
  kFloat32 = 0,
  kInt32 = 1,
  kBool = 2,
  kComplex64 = 3,
  kInt8,
  kUint8,
  kInt16,
  kUint16,
  kUint32,
  kInt64,
  kFloat16,   // IEEE 754's binary16.
  kBFloat16,  // The upper half of a float32.
  kFloat64,
};
/// tfjs's, the only ones that cross the binding.
constexpr int kDTypeCount = 4;
constexpr int kNativeDTypeCount = 13;

constexpr size_t size_of(DType dtype) {
  switch (dtype) {
    case DType::kBool:
    case DType::kInt8:
    case DType::kUint8:
      return 1;
    case DType::kInt16:
    case DType::kUint16:
    case DType::kFloat16:
    case DType::kBFloat16:
      return 2;
    case DType::kFloat32:
    case DType::kInt32:
    case DType::kUint32:
      return 4;
    case DType::kComplex64:
    case DType::kInt64:
    case DType::kFloat64:
      return 8;
  }
  return 0;
}

using DTypeSet = EnumSet<DType>;

/// tfjs's dtypes of real numbers, and all that it has natively.
constexpr DTypeSet kTfjsReals = {DType::kFloat32, DType::kInt32, DType::kBool};
constexpr DTypeSet kTfjsTypes = kTfjsReals | DTypeSet{DType::kComplex64};

/// Everything but complex numbers, and everything.
constexpr DTypeSet kRealTypes =
    kTfjsReals | DTypeSet{DType::kInt8,    DType::kUint8,    DType::kInt16,
                          DType::kUint16,  DType::kUint32,   DType::kInt64,
                          DType::kFloat16, DType::kBFloat16, DType::kFloat64};
constexpr DTypeSet kAllTypes = kRealTypes | DTypeSet{DType::kComplex64};

/// The type's name: tfjs-core's, where it has the type.
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
    case DType::kInt8:
      return "int8";
    case DType::kUint8:
      return "uint8";
    case DType::kInt16:
      return "int16";
    case DType::kUint16:
      return "uint16";
    case DType::kUint32:
      return "uint32";
    case DType::kInt64:
      return "int64";
    case DType::kFloat16:
      return "float16";
    case DType::kBFloat16:
      return "bfloat16";
    case DType::kFloat64:
      return "float64";
  }
  return "?";
}

}  // namespace tfjs_native
