#pragma once

#include <cstddef>

#include "backends/cpu/loops/copy_plane.h"
#include "tensor/shape.h"

namespace tfjs_native {

/// A box of elements to copy from one strided array to another. Strides and offsets count elements;
/// source strides may be 0 (repeat) or negative (reverse). No destination element is written twice.
struct CopyBox {
  Shape extents;
  Ints src_strides;
  Ints dst_strides;
  int64_t src_offset = 0;
  int64_t dst_offset = 0;
};

/// A copy made ready: what slices, transposes, tiles, concatenations and the like have in common.
/// Dimensions are merged where they step alike, the bytes that lie together on both sides become
/// the unit of copying, and the two dimensions that matter for the caches become the inner plane.
/// Immutable; any thread may run it.
class StridedCopy {
 public:
  StridedCopy() = default;
  StridedCopy(const CopyBox& box, size_t element_bytes);

  /// `src` and `dst` must not overlap. Large copies are divided over the thread pool.
  void run(const void* src, void* dst) const;
  int64_t total_bytes() const { return total_bytes_; }

 private:
  struct Dim {
    int64_t extent;
    int64_t src;  // Strides in bytes.
    int64_t dst;
  };

  void choose_plane();
  void split_into_tasks();
  void run_tasks(const char* src, char* dst, int64_t begin, int64_t end) const;

  InlineVector<Dim, 6> outer_;  // Outermost first.
  CopyPlane plane_;
  CopyPlaneFunction copy_plane_ = nullptr;
  int64_t src_offset_ = 0;  // Bytes.
  int64_t dst_offset_ = 0;
  int64_t total_bytes_ = 0;
  int64_t grain_bytes_ = 0;
  int64_t tasks_ = 0;
  int64_t chunk_ = 0;  // Rows or columns of the plane that one task copies.
  int64_t chunks_ = 1;
  bool split_rows_ = true;
};

/// True for outputs of which, once they are written, little is left in any cache, so that lines may
/// as well go to memory at once.
bool outgrows_caches(int64_t size_bytes);

/// Copies `size_bytes` bytes, large ones with all threads.
void copy_bytes(const void* src, void* dst, int64_t size_bytes);

/// Sets bytes to zero, large ones with all threads.
void zero_bytes(void* dst, int64_t size_bytes);

}  // namespace tfjs_native
