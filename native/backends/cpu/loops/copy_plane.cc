// Two-dimensional copies of units of any size, in blocks that fit the first-level cache.
#include "backends/cpu/loops/copy_plane.h"

#include <hwy/cache_control.h>

#include <algorithm>
#include <cstring>

#include "backends/cpu/loops/cache_line.h"
#include "backends/cpu/loops/stream_bytes.h"

namespace tfjs_native {
namespace {

// Units on a block's shorter side: a cache line of four-byte units, twice.
constexpr int64_t kBlockSide = 32;
constexpr int64_t kBlockUnits = 2048;

/// A unit whose size the compiler knows. Units lie anywhere, so they are moved with memcpy.
template <size_t kBytes>
struct FixedUnit {
  struct Value {
    char bytes[kBytes];
  };
  explicit FixedUnit(int64_t) {}

  void copy_line(int64_t count, const char* src, int64_t src_stride, char* dst,
                 int64_t dst_stride) const {
    constexpr int64_t kStride = kBytes;
    if (dst_stride == kStride && src_stride == 0) {
      Value value;
      std::memcpy(&value, src, kBytes);
      for (int64_t i = 0; i < count; ++i) std::memcpy(dst + i * kStride, &value, kBytes);
    } else if (dst_stride == kStride && src_stride == -kStride) {
      // The known stride lets the compiler turn whole vectors around.
      for (int64_t i = 0; i < count; ++i) std::memcpy(dst + i * kStride, src - i * kStride, kBytes);
    } else if (dst_stride == kStride) {
      for (int64_t i = 0; i < count; ++i)
        std::memcpy(dst + i * kStride, src + i * src_stride, kBytes);
    } else if (src_stride == kStride) {
      for (int64_t i = 0; i < count; ++i)
        std::memcpy(dst + i * dst_stride, src + i * kStride, kBytes);
    } else {
      for (int64_t i = 0; i < count; ++i) {
        std::memcpy(dst + i * dst_stride, src + i * src_stride, kBytes);
      }
    }
  }
};

/// A unit of any size.
struct LongUnit {
  explicit LongUnit(int64_t bytes) : bytes_(static_cast<size_t>(bytes)) {}

  void copy_line(int64_t count, const char* src, int64_t src_stride, char* dst,
                 int64_t dst_stride) const {
    for (int64_t i = 0; i < count; ++i) {
      std::memcpy(dst + i * dst_stride, src + i * src_stride, bytes_);
    }
  }

 private:
  const size_t bytes_;
};

/// A long unit of a plane that outgrows the caches.
struct StreamedUnit {
  explicit StreamedUnit(int64_t bytes) : bytes_(bytes) {}

  void copy_line(int64_t count, const char* src, int64_t src_stride, char* dst,
                 int64_t dst_stride) const {
    for (int64_t i = 0; i < count; ++i) {
      const char* const from = src + i * src_stride;
      stream_bytes(dst + i * dst_stride, from, bytes_, i + 1 < count ? from + src_stride : nullptr);
    }
  }

 private:
  const int64_t bytes_;
};

// Bytes of a row that is read ahead as a whole.
constexpr int64_t kRowAhead = 32 * 1024;

/// Whether rows are read ahead: processors hardly do where they are read backwards.
bool reads_rows_ahead(const CopyPlane& plane) {
  return plane.outgrows_caches && plane.src_col < 0 && -plane.src_col * plane.cols <= kRowAhead;
}

template <typename Unit>
void copy_plane(const CopyPlane& plane, const char* src, char* dst) {
  const Unit unit(plane.unit_bytes);
  if (!plane.crosses()) {
    const bool reads_ahead = reads_rows_ahead(plane);
    for (int64_t row = 0; row < plane.rows; ++row) {
      if (reads_ahead && row + 1 < plane.rows) {
        const char* const next = src + (row + 1) * plane.src_row;
        for (int64_t at = plane.src_col * (plane.cols - 1); at <= 0; at += kLine) {
          hwy::Prefetch(next + at);
        }
      }
      unit.copy_line(plane.cols, src + row * plane.src_row, plane.src_col,
                     dst + row * plane.dst_row, plane.dst_col);
    }
    return;
  }
  // Whichever dimension is walked, the lines of the other side come back within a block.
  const int64_t short_side = std::min({plane.rows, plane.cols, kBlockSide});
  const int64_t long_side = kBlockUnits / short_side;
  const bool wide = plane.cols > plane.rows;
  const int64_t block_rows = wide ? short_side : long_side;
  const int64_t block_cols = wide ? long_side : short_side;
  for (int64_t row = 0; row < plane.rows; row += block_rows) {
    const int64_t rows = std::min(block_rows, plane.rows - row);
    for (int64_t col = 0; col < plane.cols; col += block_cols) {
      const int64_t cols = std::min(block_cols, plane.cols - col);
      const char* from = src + row * plane.src_row + col * plane.src_col;
      char* to = dst + row * plane.dst_row + col * plane.dst_col;
      if (wide) {
        for (int64_t i = 0; i < rows; ++i) {
          unit.copy_line(cols, from + i * plane.src_row, plane.src_col, to + i * plane.dst_row,
                         plane.dst_col);
        }
      } else {
        for (int64_t i = 0; i < cols; ++i) {
          unit.copy_line(rows, from + i * plane.src_col, plane.src_row, to + i * plane.dst_col,
                         plane.dst_row);
        }
      }
    }
  }
}

void stream_plane(const CopyPlane& plane, const char* src, char* dst) {
  copy_plane<StreamedUnit>(plane, src, dst);
  hwy::FlushStream();
}

/// Of units and strides that are whole lines: no line has to wait in a cache for its rest, so that
/// the source is read as it lies. Where the destination does not begin with a line, units are too
/// short to go past the caches.
void stream_lines_of_plane(const CopyPlane& plane, const char* src, char* dst) {
  if (reinterpret_cast<uintptr_t>(dst) % kLine != 0) {
    return copy_plane<LongUnit>(plane, src, dst);
  }
  if (!plane.crosses()) return stream_plane(plane, src, dst);
  for (int64_t first = 0; first < plane.rows; first += kBlockSide) {
    const int64_t last = std::min(plane.rows, first + kBlockSide);
    for (int64_t col = 0; col < plane.cols; ++col) {
      for (int64_t row = first; row < last; ++row) {
        stream_bytes(dst + row * plane.dst_row + col * plane.dst_col,
                     src + row * plane.src_row + col * plane.src_col, plane.unit_bytes, nullptr);
      }
    }
  }
  hwy::FlushStream();
}

/// Not where the source is read backwards: lines that go past the caches come too fast for what is
/// read ahead then.
bool has_whole_lines(const CopyPlane& plane) {
  return plane.src_col >= 0 && plane.src_row >= 0 && plane.unit_bytes % kLine == 0 &&
         plane.dst_row % kLine == 0 && plane.dst_col % kLine == 0;
}

}  // namespace

CopyPlaneFunction select_copy_plane(const CopyPlane& plane) {
  if (CopyPlaneFunction transpose = select_transpose_plane(plane)) return transpose;
  if (CopyPlaneFunction reverse = select_reverse_plane(plane)) return reverse;
  if (plane.outgrows_caches && plane.unit_bytes >= kStreamedRun) return stream_plane;
  if (plane.outgrows_caches && has_whole_lines(plane)) return stream_lines_of_plane;
  switch (plane.unit_bytes) {
    case 1:
      return copy_plane<FixedUnit<1>>;
    case 2:
      return copy_plane<FixedUnit<2>>;
    case 3:
      return copy_plane<FixedUnit<3>>;
    case 4:
      return copy_plane<FixedUnit<4>>;
    case 8:
      return copy_plane<FixedUnit<8>>;
    case 12:
      return copy_plane<FixedUnit<12>>;
    case 16:
      return copy_plane<FixedUnit<16>>;
    case 32:
      return copy_plane<FixedUnit<32>>;
    default:
      return copy_plane<LongUnit>;
  }
}

void transpose_matrix(const void* src, int64_t rows, int64_t columns, int64_t unit_bytes,
                      void* dst) {
  const CopyPlane plane{.rows = columns,
                        .cols = rows,
                        .src_row = unit_bytes,
                        .src_col = columns * unit_bytes,
                        .dst_row = rows * unit_bytes,
                        .dst_col = unit_bytes,
                        .unit_bytes = unit_bytes};
  select_copy_plane(plane)(plane, static_cast<const char*>(src), static_cast<char*>(dst));
}

}  // namespace tfjs_native
