#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>

namespace tfjs_native {

/// A two-dimensional copy of units of `unit_bytes` bytes; the strides are in bytes.
struct CopyPlane {
  int64_t rows = 1;
  int64_t cols = 1;
  int64_t src_row = 0;
  int64_t src_col = 0;
  int64_t dst_row = 0;
  int64_t dst_col = 0;
  int64_t unit_bytes = 0;
  /// The destination outgrows the caches: its lines are better written past them.
  bool outgrows_caches = false;

  /// Source and destination disagree about which dimension is the inner one.
  bool crosses() const { return rows > 1 && src_col != 0 && std::abs(src_row) < std::abs(src_col); }
};

using CopyPlaneFunction = void (*)(const CopyPlane& plane, const char* src, char* dst);

/// The fastest function for this plane, and for parts of it along its longer side.
CopyPlaneFunction select_copy_plane(const CopyPlane& plane);

/// Writes the rows of a matrix of units as the columns of another.
void transpose_matrix(const void* src, int64_t rows, int64_t columns, int64_t unit_bytes,
                      void* dst);

/// Where rows lie together in the source and columns in the destination and units are 4 or 8 bytes:
/// a SIMD transpose; else null, or where there are none.
CopyPlaneFunction select_transpose_plane(const CopyPlane& plane);

/// Where rows of units of 4 or 8 bytes are turned around: by whole vectors; else null.
CopyPlaneFunction select_reverse_plane(const CopyPlane& plane);

}  // namespace tfjs_native
