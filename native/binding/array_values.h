#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/status.h"
#include "tensor/dtype.h"

namespace tfjs_native {

/// What the elements of a typed array are.
enum class ArrayKind : uint8_t {
  kInt8,
  kUint8,
  kUint8Clamped,
  kInt16,
  kUint16,
  kInt32,
  kUint32,
  kFloat16,
  kFloat32,
  kFloat64,
  kBigInt64,
  kBigUint64,
};

size_t size_of(ArrayKind kind);

/// Whether elements become those of such a tensor as they are.
bool is_same(ArrayKind kind, DType dtype);

/// Whether tensors of this dtype can be made of numbers of another kind: float32, int32, bool, and
/// complex64, whose parts are elements each.
bool takes_any_kind(DType dtype);

/// BAD_ATTR, naming the first value that `dtype` cannot hold, and its index. As in JavaScript, only
/// 64-bit integers and uint32 are asked: what other kinds have wraps or rounds.
Status check_range(ArrayKind kind, const void* values, size_t count, DType dtype);

/// Converts as typed arrays of JavaScript do, and to bool as tfjs does, where true is what
/// Math.round() does not make 0. Fills `dst` with the elements from `begin` on.
void convert_values(ArrayKind kind, const void* values, size_t begin, DType dtype,
                    std::span<char> dst);

}  // namespace tfjs_native
