// SIMD transposes of planes: rows lie together in the source, columns in the destination.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/cpu/loops/transpose_plane.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include <hwy/cache_control.h>

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "backends/cpu/loops/cache_line.h"
#include "backends/cpu/loops/copy_plane.h"

HWY_BEFORE_NAMESPACE();
namespace tfjs_native {
namespace HWY_NAMESPACE {

#if HWY_TARGET == HWY_SCALAR

// Without vectors the plain blocked copy is as good.
CopyPlaneFunction transpose_function(int64_t) { return nullptr; }
CopyPlaneFunction interleave_function(int64_t, bool) { return nullptr; }

#else

namespace hn = hwy::HWY_NAMESPACE;

/// Where it streams, past the caches and to a multiple of 16 bytes.
template <bool kStream, class D, class V>
HWY_INLINE void write(V value, D d, hn::TFromD<D>* to) {
  if constexpr (kStream) {
    hn::Stream(value, d, to);
  } else {
    hn::StoreU(value, d, to);
  }
}

/// A square tile of four-byte units, one SSE register wide: the source's columns become the
/// destination's rows.
struct Tile4 {
  using Unit = uint32_t;
  static constexpr int64_t kSide = 4;

  template <bool kStream>
  HWY_INLINE static void copy(const char* src, int64_t src_col, char* dst, int64_t dst_row) {
    const hn::FixedTag<uint32_t, 4> d;
    const hn::Repartition<uint64_t, decltype(d)> wide;
    const auto load = [&](int64_t col) {
      return hn::LoadU(d, reinterpret_cast<const uint32_t*>(src + col * src_col));
    };
    const auto store = [&](auto value, int64_t row) {
      write<kStream>(hn::BitCast(d, value), d, reinterpret_cast<uint32_t*>(dst + row * dst_row));
    };
    const auto col0 = load(0);
    const auto col1 = load(1);
    const auto col2 = load(2);
    const auto col3 = load(3);
    const auto low01 = hn::BitCast(wide, hn::InterleaveLower(d, col0, col1));
    const auto low23 = hn::BitCast(wide, hn::InterleaveLower(d, col2, col3));
    const auto high01 = hn::BitCast(wide, hn::InterleaveUpper(d, col0, col1));
    const auto high23 = hn::BitCast(wide, hn::InterleaveUpper(d, col2, col3));
    store(hn::InterleaveLower(wide, low01, low23), 0);
    store(hn::InterleaveUpper(wide, low01, low23), 1);
    store(hn::InterleaveLower(wide, high01, high23), 2);
    store(hn::InterleaveUpper(wide, high01, high23), 3);
  }
};

/// The same of eight-byte units.
struct Tile2 {
  using Unit = uint64_t;
  static constexpr int64_t kSide = 2;

  template <bool kStream>
  HWY_INLINE static void copy(const char* src, int64_t src_col, char* dst, int64_t dst_row) {
    const hn::FixedTag<uint64_t, 2> d;
    const auto col0 = hn::LoadU(d, reinterpret_cast<const uint64_t*>(src));
    const auto col1 = hn::LoadU(d, reinterpret_cast<const uint64_t*>(src + src_col));
    write<kStream>(hn::InterleaveLower(d, col0, col1), d, reinterpret_cast<uint64_t*>(dst));
    write<kStream>(hn::InterleaveUpper(d, col0, col1), d,
                   reinterpret_cast<uint64_t*>(dst + dst_row));
  }
};

#if HWY_HAVE_SCALABLE || HWY_MAX_BYTES < 32
#define TFJS_WIDE_SIDE 4
#else
#define TFJS_WIDE_SIDE (HWY_MAX_BYTES / 4)
#endif

#if TFJS_WIDE_SIDE > 4

/// As many four-byte units as a register of this instruction set has, both ways. Columns that are a
/// power of two apart share a few places in a cache, and find none of their lines there a second
/// time: here each line is read once, or twice.
struct WideTile {
  using Unit = uint32_t;
  static constexpr int64_t kSide = TFJS_WIDE_SIDE;

  template <bool kStream>
  HWY_INLINE static void copy(const char* src, int64_t src_col, char* dst, int64_t dst_row) {
    const hn::FixedTag<uint32_t, kSide> d;
    const hn::Repartition<uint64_t, decltype(d)> wide;
    using V = hn::Vec<decltype(d)>;
    V v[kSide];
    for (int64_t i = 0; i < kSide; ++i) {
      v[i] = hn::LoadU(d, reinterpret_cast<const uint32_t*>(src + i * src_col));
    }
    // Four by four within blocks of 16 bytes.
    for (int64_t i = 0; i < kSide; i += 4) {
      const auto low01 = hn::BitCast(wide, hn::InterleaveLower(d, v[i], v[i + 1]));
      const auto low23 = hn::BitCast(wide, hn::InterleaveLower(d, v[i + 2], v[i + 3]));
      const auto high01 = hn::BitCast(wide, hn::InterleaveUpper(d, v[i], v[i + 1]));
      const auto high23 = hn::BitCast(wide, hn::InterleaveUpper(d, v[i + 2], v[i + 3]));
      v[i] = hn::BitCast(d, hn::InterleaveLower(wide, low01, low23));
      v[i + 1] = hn::BitCast(d, hn::InterleaveUpper(wide, low01, low23));
      v[i + 2] = hn::BitCast(d, hn::InterleaveLower(wide, high01, high23));
      v[i + 3] = hn::BitCast(d, hn::InterleaveUpper(wide, high01, high23));
    }
    const auto store = [&](V value, int64_t row) HWY_ATTR {
      write<kStream>(value, d, reinterpret_cast<uint32_t*>(dst + row * dst_row));
    };
    // Then the blocks: row i of the destination has block i / 4 of those of i % 4.
    for (int64_t i = 0; i < 4; ++i) {
      if constexpr (kSide == 8) {
        store(hn::ConcatLowerLower(d, v[4 + i], v[i]), i);
        store(hn::ConcatUpperUpper(d, v[4 + i], v[i]), 4 + i);
      } else {
        const auto store_halves = [&](V even, V odd, int64_t row) HWY_ATTR {
          store(hn::OddEvenBlocks(hn::SwapAdjacentBlocks(odd), even), row);
          store(hn::OddEvenBlocks(odd, hn::SwapAdjacentBlocks(even)), row + 4);
        };
        store_halves(hn::ConcatLowerLower(d, v[8 + i], v[i]),
                     hn::ConcatLowerLower(d, v[12 + i], v[4 + i]), i);
        store_halves(hn::ConcatUpperUpper(d, v[8 + i], v[i]),
                     hn::ConcatUpperUpper(d, v[12 + i], v[4 + i]), 8 + i);
      }
    }
  }
};

#else

using WideTile = Tile4;

#endif
#undef TFJS_WIDE_SIDE

/// What is left over beside the tiles.
template <typename Unit>
HWY_INLINE void copy_edge(int64_t rows, int64_t cols, const char* src, int64_t src_col, char* dst,
                          int64_t dst_row) {
  constexpr int64_t kUnit = sizeof(Unit);
  for (int64_t row = 0; row < rows; ++row) {
    for (int64_t col = 0; col < cols; ++col) {
      std::memcpy(dst + row * dst_row + col * kUnit, src + row * kUnit + col * src_col, kUnit);
    }
  }
}

/// Transposes a block whose lines are whole cache lines on both sides, destination row by row: each
/// of its lines is complete before another that may take its place in the cache.
template <typename Tile, bool kStream>
HWY_INLINE void copy_block(const char* src, int64_t src_col, char* dst, int64_t dst_row) {
  constexpr int64_t kUnit = sizeof(typename Tile::Unit);
  constexpr int64_t kSide = Tile::kSide;
  constexpr int64_t kBlock = kLine / kUnit;
  for (int64_t row = 0; row < kBlock; row += kSide) {
    for (int64_t col = 0; col < kBlock; col += kSide) {
      Tile::template copy<kStream>(src + row * kUnit + col * src_col, src_col,
                                   dst + row * dst_row + col * kUnit, dst_row);
    }
  }
}

/// Streams rows of whole lines.
HWY_INLINE void stream_rows(int64_t rows, int64_t row_bytes, const char* src, int64_t src_row,
                            char* dst, int64_t dst_row) {
  const hn::CappedTag<uint8_t, kLine> d;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  for (int64_t row = 0; row < rows; ++row) {
    const auto* from = reinterpret_cast<const uint8_t*>(src + row * src_row);
    auto* to = reinterpret_cast<uint8_t*>(dst + row * dst_row);
    for (int64_t i = 0; i < row_bytes; i += lanes) hn::Stream(hn::Load(d, from + i), d, to + i);
  }
}

/// Transposes rows and columns that are whole blocks. With kAhead lines of the source, which are
/// far apart, are read ahead. What is streamed finds no lines of the destination that must stay in
/// the cache, so that more rows are written for each column.
///
/// Processors gather only a few lines at once on their way past the caches, and write a line in
/// parts where it was not complete by then. Tiles narrower than a line are so put together aside,
/// until each row has several lines, and streamed from there: twice as fast and more with AVX2.
template <typename Tile, bool kStream, bool kAhead>
void copy_blocks(int64_t rows, int64_t cols, const char* src, int64_t src_col, char* dst,
                 int64_t dst_row) {
  constexpr int64_t kUnit = sizeof(typename Tile::Unit);
  constexpr int64_t kBlock = kLine / kUnit;
  constexpr int64_t kDistance = kBlock;  // Columns.
  constexpr int64_t kPanel = kStream ? 4 * kBlock : kBlock;
  constexpr bool kAside = kStream && Tile::kSide < kBlock;
  constexpr int64_t kAsideRow = 8 * kLine;
  HWY_ALIGN char aside[kAside ? kPanel * kAsideRow : 1];
  for (int64_t first = 0; first < rows; first += kPanel) {
    const int64_t last = kStream ? std::min(rows, first + kPanel) : first + kPanel;
    int64_t filled = 0;  // Bytes of each row that are aside.
    for (int64_t col = 0; col < cols; col += kBlock) {
      const bool reads_ahead = kAhead && col + kDistance < cols;
      for (int64_t row = first; row < last; row += kBlock) {
        const char* from = src + row * kUnit + col * src_col;
        for (int64_t i = 0; reads_ahead && i < kBlock; ++i) {
          prefetch_to_second_level(from + (kDistance + i) * src_col);
        }
        if constexpr (kAside) {
          copy_block<Tile, false>(from, src_col, aside + (row - first) * kAsideRow + filled,
                                  kAsideRow);
        } else {
          copy_block<Tile, kStream>(from, src_col, dst + row * dst_row + col * kUnit, dst_row);
        }
      }
      if constexpr (kAside) {
        filled += kLine;
        if (filled < kAsideRow && col + kBlock < cols) continue;
        stream_rows(last - first, filled, aside, kAsideRow,
                    dst + first * dst_row + col * kUnit + kLine - filled, dst_row);
        filled = 0;
      }
    }
  }
}

/// Transposes any number of rows and columns, tile by tile.
template <typename Tile>
void copy_rest(int64_t rows, int64_t cols, const char* src, int64_t src_col, char* dst,
               int64_t dst_row) {
  using Unit = typename Tile::Unit;
  constexpr int64_t kUnit = sizeof(Unit);
  constexpr int64_t kSide = Tile::kSide;
  const int64_t tiled_rows = rows / kSide * kSide;
  int64_t col = 0;
  for (; col + kSide <= cols; col += kSide) {
    for (int64_t row = 0; row < tiled_rows; row += kSide) {
      Tile::template copy<false>(src + row * kUnit + col * src_col, src_col,
                                 dst + row * dst_row + col * kUnit, dst_row);
    }
    copy_edge<Unit>(rows - tiled_rows, kSide, src + tiled_rows * kUnit + col * src_col, src_col,
                    dst + tiled_rows * dst_row + col * kUnit, dst_row);
  }
  copy_edge<Unit>(rows, cols - col, src + col * src_col, src_col, dst + col * kUnit, dst_row);
}

/// By tiles in blocks of whole lines, and beside them by smaller ones.
template <typename Tile, typename RestTile>
void transpose_plane(const CopyPlane& plane, const char* src, char* dst) {
  constexpr int64_t kUnit = sizeof(typename Tile::Unit);
  constexpr int64_t kBlock = kLine / kUnit;
  const int64_t rows = plane.rows / kBlock * kBlock;
  const int64_t cols = plane.cols / kBlock * kBlock;
  const bool streams = plane.outgrows_caches && plane.dst_row % kLine == 0 &&
                       reinterpret_cast<uintptr_t>(dst) % kLine == 0;
  const auto copy = streams                 ? copy_blocks<Tile, true, true>
                    : plane.outgrows_caches ? copy_blocks<Tile, false, true>
                                            : copy_blocks<Tile, false, false>;
  copy(rows, cols, src, plane.src_col, dst, plane.dst_row);
  if (streams) hwy::FlushStream();
  copy_rest<RestTile>(rows, plane.cols - cols, src + cols * plane.src_col, plane.src_col,
                      dst + cols * kUnit, plane.dst_row);
  copy_rest<RestTile>(plane.rows - rows, plane.cols, src + rows * kUnit, plane.src_col,
                      dst + rows * plane.dst_row, plane.dst_row);
}

CopyPlaneFunction transpose_function(int64_t unit_bytes) {
  return unit_bytes == 4 ? transpose_plane<WideTile, Tile4> : transpose_plane<Tile2, Tile2>;
}

using Tag = hn::ScalableTag<uint32_t>;

/// Takes pixels of two or three four-byte channels apart: kChannels rows.
template <int kChannels>
void split_channels(const CopyPlane& plane, const char* src, char* dst) {
  const Tag d;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  const auto* from = reinterpret_cast<const uint32_t*>(src);
  uint32_t* to[kChannels];
  for (int i = 0; i < kChannels; ++i) {
    to[i] = reinterpret_cast<uint32_t*>(dst + i * plane.dst_row);
  }
  int64_t col = 0;
  for (; col + lanes <= plane.cols; col += lanes) {
    auto v0 = hn::Zero(d);
    auto v1 = hn::Zero(d);
    auto v2 = hn::Zero(d);
    if constexpr (kChannels == 2) {
      hn::LoadInterleaved2(d, from + col * kChannels, v0, v1);
    } else {
      hn::LoadInterleaved3(d, from + col * kChannels, v0, v1, v2);
      hn::StoreU(v2, d, to[2] + col);
    }
    hn::StoreU(v0, d, to[0] + col);
    hn::StoreU(v1, d, to[1] + col);
  }
  copy_edge<uint32_t>(kChannels, plane.cols - col, src + col * plane.src_col, plane.src_col,
                      dst + col * 4, plane.dst_row);
}

/// Joins two or three planes to pixels: kChannels columns.
template <int kChannels>
void join_channels(const CopyPlane& plane, const char* src, char* dst) {
  const Tag d;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  const uint32_t* from[kChannels];
  for (int i = 0; i < kChannels; ++i) {
    from[i] = reinterpret_cast<const uint32_t*>(src + i * plane.src_col);
  }
  auto* to = reinterpret_cast<uint32_t*>(dst);
  int64_t row = 0;
  for (; row + lanes <= plane.rows; row += lanes) {
    const auto v0 = hn::LoadU(d, from[0] + row);
    const auto v1 = hn::LoadU(d, from[1] + row);
    if constexpr (kChannels == 2) {
      hn::StoreInterleaved2(v0, v1, d, to + row * kChannels);
    } else {
      hn::StoreInterleaved3(v0, v1, hn::LoadU(d, from[2] + row), d, to + row * kChannels);
    }
  }
  copy_edge<uint32_t>(plane.rows - row, kChannels, src + row * 4, plane.src_col,
                      dst + row * plane.dst_row, plane.dst_row);
}

CopyPlaneFunction interleave_function(int64_t channels, bool join) {
  if (join) return channels == 2 ? join_channels<2> : join_channels<3>;
  return channels == 2 ? split_channels<2> : split_channels<3>;
}

#endif

}  // namespace HWY_NAMESPACE
}  // namespace tfjs_native
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tfjs_native {

HWY_EXPORT(transpose_function);
HWY_EXPORT(interleave_function);

CopyPlaneFunction select_transpose_plane(const CopyPlane& plane) {
  const int64_t unit = plane.unit_bytes;
  if (plane.src_row != unit || plane.dst_col != unit) return nullptr;
  const auto is_pixel = [&](int64_t channels, int64_t stride) {
    return unit == 4 && (channels == 2 || channels == 3) && stride == unit * channels;
  };
  if (is_pixel(plane.rows, plane.src_col)) {
    return HWY_DYNAMIC_DISPATCH(interleave_function)(plane.rows, false);
  }
  if (is_pixel(plane.cols, plane.dst_row)) {
    return HWY_DYNAMIC_DISPATCH(interleave_function)(plane.cols, true);
  }
  const bool fits = (unit == 4 || unit == 8) && plane.rows >= 16 / unit && plane.cols >= 16 / unit;
  return fits ? HWY_DYNAMIC_DISPATCH(transpose_function)(unit) : nullptr;
}

}  // namespace tfjs_native
#endif
