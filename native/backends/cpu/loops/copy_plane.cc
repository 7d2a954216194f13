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

}  // namespace

CopyPlaneFunction select_copy_plane(const CopyPlane& plane) {
  if (CopyPlaneFunction transpose = select_transpose_plane(plane)) return transpose;
  if (plane.outgrows_caches && plane.unit_bytes >= kStreamedRun) return stream_plane;
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
