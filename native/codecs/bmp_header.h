#pragma once

#include <array>

#include "codecs/codecs.h"

namespace tfjs_native {

enum class BmpCompression { kNone, kRle8, kRle4 };

/// A channel's bits within the number that a pixel is.
struct BmpMask {
  uint32_t bits = 0;  // 0: the pixels do not have it.
  int shift = 0;
  uint32_t max = 0;  // The highest value.

  /// From 0 to 255.
  uint8_t of(uint32_t pixel) const {
    const uint64_t value = (pixel & bits) >> shift;
    return static_cast<uint8_t>((value * 255 + max / 2) / max);
  }
};

/// What stands before the pixels of a BMP: a header of Windows (of 40 bytes or more) or of OS/2 (of
/// 12), colours, masks.
struct BmpHeader {
  int64_t width = 0;
  int64_t height = 0;
  bool is_top_down = false;
  int bits = 0;  // Of a pixel: 1, 4, 8, 16, 24 or 32.
  BmpCompression compression = BmpCompression::kNone;
  std::array<BmpMask, 4> masks;  // Red, green, blue, alpha; of 16 and 32 bits.
  bool has_masks = false;        // The file gives them.
  /// RGB, by index; of up to 8 bits.
  std::vector<std::array<uint8_t, 3>> colors;
  size_t pixels_offset = 0;

  bool is_indexed() const { return bits <= 8; }
  bool is_grey() const;
  /// Of the file's rows, each of which ends at a multiple of 4 bytes.
  int64_t row_bytes() const { return (width * bits + 31) / 32 * 4; }
};

/// BAD_ATTR, UNSUPPORTED.
Result<BmpHeader> read_bmp_header(Bytes contents);

}  // namespace tfjs_native
