#pragma once

#include <cstdint>
#include <limits>
#include <string>

#include "base/checked_math.h"
#include "base/inline_vector.h"
#include "base/status.h"

namespace tfjs_native {

using Ints = InlineVector<int64_t, 6>;
using Doubles = InlineVector<double, 4>;

/// Extents, outermost first. Rank 0 is a scalar; an extent of 0 makes an empty tensor.
using Shape = Ints;

/// An extent that is known only once the values are computed.
constexpr int64_t kOpenExtent = -1;

/// Product of the extents in [begin, end). What does not fit becomes the largest number, which
/// check_shape() refuses; a later extent of 0 still makes it 0.
inline int64_t num_elements(const Shape& shape, size_t begin, size_t end) {
  int64_t count = 1;
  for (size_t i = begin; i < end; ++i) {
    if (!multiply_checked(count, shape[i], count)) count = std::numeric_limits<int64_t>::max();
  }
  return count;
}

/// Product of the extents; 1 for a scalar.
inline int64_t num_elements(const Shape& shape) { return num_elements(shape, 0, shape.size()); }

/// Elements to step for one step along each dimension, row-major.
Ints strides_of(const Shape& shape);

/// "[2,3]".
std::string to_string(const Ints& values);

/// BAD_SHAPE when an extent is negative or the element count does not fit 2^53.
Status check_shape(const Shape& shape);

/// NumPy broadcasting of two shapes; BAD_SHAPE when they do not fit.
Result<Shape> broadcast_shapes(const Shape& a, const Shape& b);

/// Strides with which a tensor of `from` is read as if it had the broadcast shape `to` (0 along
/// stretched dimensions). `from` must broadcast to `to`.
Ints broadcast_strides(const Shape& from, const Shape& to);

/// Turns a possibly negative axis into [0, rank); BAD_ATTR when it is out of range.
Result<int64_t> normalize_axis(int64_t axis, size_t rank, const char* what = "axis");

}  // namespace tfjs_native
