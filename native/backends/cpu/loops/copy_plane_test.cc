#include "backends/cpu/loops/copy_plane.h"

#include <gtest/gtest.h>

#include <cstring>
#include <vector>

#include "backends/cpu/loops/cache_line.h"

namespace tfjs_native {
namespace {

/// Lines of bytes that begin at one of a cache.
struct alignas(kLine) Line {
  unsigned char bytes[kLine];
};

/// A transpose of rows * cols units, with `gap` bytes between the destination's rows, which begins
/// `place` bytes behind a line.
void expect_transposed(int64_t rows, int64_t cols, int64_t unit, int64_t gap, size_t place = 0) {
  CopyPlane plane{.rows = rows,
                  .cols = cols,
                  .src_row = unit,
                  .src_col = rows * unit,
                  .dst_row = cols * unit + gap,
                  .dst_col = unit,
                  .unit_bytes = unit,
                  .outgrows_caches = true};
  std::vector<unsigned char> src(static_cast<size_t>(rows * cols * unit));
  for (size_t i = 0; i < src.size(); ++i) {
    src[i] = static_cast<unsigned char>((i * 2654435761u) >> 13);
  }
  const auto dst_bytes = static_cast<size_t>(rows * plane.dst_row);
  std::vector<unsigned char> expected(dst_bytes, 0xA5);
  for (int64_t row = 0; row < rows; ++row) {
    for (int64_t col = 0; col < cols; ++col) {
      std::memcpy(&expected[static_cast<size_t>(row * plane.dst_row + col * unit)],
                  &src[static_cast<size_t>(row * unit + col * plane.src_col)],
                  static_cast<size_t>(unit));
    }
  }
  std::vector<Line> lines((place + dst_bytes) / kLine + 1);
  std::memset(lines.data(), 0xA5, lines.size() * kLine);
  auto* const dst = lines[0].bytes + place;
  select_copy_plane(plane)(plane, reinterpret_cast<const char*>(src.data()),
                           reinterpret_cast<char*>(dst));
  EXPECT_EQ(expected, std::vector<unsigned char>(dst, dst + dst_bytes))
      << rows << " rows, " << cols << " columns of " << unit << " bytes, gaps of " << gap;
}

TEST(CopyPlane, CopiesLongRunsPastTheCaches) {
  constexpr int64_t kUnit = 1500;
  std::vector<unsigned char> src(6 * kUnit);
  for (size_t i = 0; i < src.size(); ++i) {
    src[i] = static_cast<unsigned char>((i * 2654435761u) >> 13);
  }
  // Two rows of the same three runs, from the last one to the first.
  const CopyPlane plane{.rows = 2,
                        .cols = 3,
                        .src_row = 0,
                        .src_col = -kUnit,
                        .dst_row = 3 * kUnit + 40,
                        .dst_col = kUnit,
                        .unit_bytes = kUnit,
                        .outgrows_caches = true};
  std::vector<unsigned char> expected(static_cast<size_t>(2 * plane.dst_row), 0xA5);
  std::vector<unsigned char> actual = expected;
  for (int64_t run = 0; run < 6; ++run) {
    std::memcpy(&expected[static_cast<size_t>(run / 3 * plane.dst_row + run % 3 * kUnit)],
                &src[static_cast<size_t>((2 - run % 3) * kUnit)], kUnit);
  }
  select_copy_plane(plane)(plane, reinterpret_cast<const char*>(src.data() + 2 * kUnit),
                           reinterpret_cast<char*>(actual.data()));
  EXPECT_EQ(expected, actual);
}

/// Rows of `cols` units that are turned around, the last row first, with a gap of two units between
/// them, which begin `place` bytes behind a line.
void expect_reversed(int64_t cols, int64_t unit, int64_t place, bool outgrows) {
  constexpr int64_t kRows = 3;
  const CopyPlane plane{.rows = kRows,
                        .cols = cols,
                        .src_row = -cols * unit,
                        .src_col = -unit,
                        .dst_row = (cols + 2) * unit,
                        .dst_col = unit,
                        .unit_bytes = unit,
                        .outgrows_caches = outgrows};
  const auto bytes = static_cast<size_t>(kRows * cols * unit);
  std::vector<Line> source(bytes / kLine + 1);
  for (size_t i = 0; i < bytes; ++i) {
    source[0].bytes[i] = static_cast<unsigned char>((i * 2654435761u) >> 13);
  }
  const auto dst_bytes = static_cast<size_t>(place + kRows * plane.dst_row);
  std::vector<unsigned char> expected(dst_bytes, 0xA5);
  for (int64_t i = 0; i < kRows * cols; ++i) {
    std::memcpy(&expected[static_cast<size_t>(place + i / cols * plane.dst_row + i % cols * unit)],
                source[0].bytes + (kRows * cols - 1 - i) * unit, static_cast<size_t>(unit));
  }
  std::vector<Line> lines(dst_bytes / kLine + 1);
  std::memset(lines.data(), 0xA5, lines.size() * kLine);
  auto* const dst = lines[0].bytes;
  select_copy_plane(plane)(
      plane, reinterpret_cast<const char*>(source[0].bytes) + (kRows * cols - 1) * unit,
      reinterpret_cast<char*>(dst + place));
  EXPECT_EQ(expected, std::vector<unsigned char>(dst, dst + dst_bytes))
      << cols << " units of " << unit << " bytes at " << place;
}

TEST(CopyPlane, ReversesRows) {
  for (const int64_t unit : {2, 4, 8}) {
    for (const int64_t cols : {1, 7, 16, 33, 100, 259}) {
      for (const int64_t place : {0, 1, 4, 8, 40}) {
        expect_reversed(cols, unit, place, false);
        expect_reversed(cols, unit, place, true);
      }
    }
  }
}

TEST(CopyPlane, TransposesWholeLinesPastTheCaches) {
  for (const int64_t unit : {64, 192, 256}) {
    for (const int64_t gap : {0, 64, 8}) {
      for (const size_t place : {0, 16}) {
        expect_transposed(2, 300, unit, gap, place);
        expect_transposed(300, 3, unit, gap, place);
        expect_transposed(37, 70, unit, gap, place);
      }
    }
  }
}

TEST(CopyPlane, TransposesPastTheCaches) {
  for (const int64_t unit : {4, 8}) {
    for (const int64_t gap : {0, 64, 8}) {
      expect_transposed(16, 16, unit, gap);
      expect_transposed(64, 64, unit, gap);
      expect_transposed(137, 160, unit, gap);
      expect_transposed(300, 96, unit, gap);
      expect_transposed(48, 83, unit, gap);
      expect_transposed(5, 1000, unit, gap);
      expect_transposed(1000, 6, unit, gap);
    }
    // Rows of the destination begin with lines, and do not end with them.
    expect_transposed(70, 150, unit, kLine - 150 * unit % kLine);
    expect_transposed(301, 283, unit, kLine - 283 * unit % kLine);
  }
}

}  // namespace
}  // namespace tfjs_native
