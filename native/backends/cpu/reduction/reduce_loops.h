#pragma once

#include "tensor/shape.h"

namespace tfjs_native {

/// How a reduction walks a row-major tensor: neighbouring dimensions that are both kept or both
/// reduced are merged. The innermost merged dimension, whose elements lie side by side, is either
/// reduced (each output folds rows) or kept (each output row is a fold of rows, element by
/// element); the dimensions around it form two index spaces.
struct ReduceLoops {
  bool inner_reduced = true;
  int64_t inner = 1;
  // Dimensions around the innermost one, outermost first, and their strides in the input.
  Ints kept_extents;
  Ints kept_strides;
  Ints reduced_extents;
  Ints reduced_strides;
  int64_t kept = 1;     // Product of kept_extents.
  int64_t reduced = 1;  // Product of reduced_extents.

  /// Input elements that make one output element.
  int64_t fold_size() const { return inner_reduced ? reduced * inner : reduced; }
  int64_t num_outputs() const { return inner_reduced ? kept : kept * inner; }
  /// The input offset of the row at kept index k and reduced index r is the sum of both.
  int64_t kept_offset(int64_t k) const { return offset_in(k, kept_extents, kept_strides); }
  int64_t reduced_offset(int64_t r) const { return offset_in(r, reduced_extents, reduced_strides); }
  /// Calls body(offset, step, count) for runs of evenly spaced rows that together are the reduced
  /// indices [begin, end).
  template <class Body>
  void for_reduced_runs(int64_t begin, int64_t end, Body body) const {
    if (reduced_extents.empty()) {
      body(int64_t{0}, int64_t{0}, end - begin);
      return;
    }
    while (begin < end) {
      const int64_t in_run = reduced_extents.back() - begin % reduced_extents.back();
      const int64_t count = in_run < end - begin ? in_run : end - begin;
      body(reduced_offset(begin), reduced_strides.back(), count);
      begin += count;
    }
  }

 private:
  static int64_t offset_in(int64_t index, const Ints& extents, const Ints& strides) {
    if (extents.size() == 1) return index * strides[0];
    int64_t offset = 0;
    for (size_t i = extents.size(); i-- > 0;) {
      offset += index % extents[i] * strides[i];
      index /= extents[i];
    }
    return offset;
  }
};

/// `axes` are sorted and in range.
ReduceLoops make_reduce_loops(const Shape& shape, const Ints& axes);

}  // namespace tfjs_native
