#pragma once

#include "tensor/shape.h"

namespace tfjs_native {

/// How two operands are read to produce a broadcast output: dimensions in which both are dense or
/// both are stretched are merged, so that the innermost loop is as long as it can be.
struct BroadcastLoops {
  Shape extents;  // Merged output extents, outermost first; never empty.
  Ints a_strides;
  Ints b_strides;
  int64_t inner = 1;  // Extent of the innermost dimension; its strides are 0 or 1.
  int64_t outer = 1;  // Number of innermost rows.
  int64_t a_inner = 1;
  int64_t b_inner = 1;

  /// Offsets of both operands at the start of row `row`.
  void offsets(int64_t row, int64_t& a, int64_t& b) const {
    a = 0;
    b = 0;
    for (size_t i = extents.size() - 1; i-- > 0;) {
      const int64_t index = row % extents[i];
      row /= extents[i];
      a += index * a_strides[i];
      b += index * b_strides[i];
    }
  }
};

/// Of operands that lie at these strides along the dimensions of `out`.
BroadcastLoops merge_strides(const Shape& out, const Ints& a_strides, const Ints& b_strides);

/// `out` must be the broadcast shape of `a` and `b`.
BroadcastLoops merge_broadcast(const Shape& a, const Shape& b, const Shape& out);

}  // namespace tfjs_native
