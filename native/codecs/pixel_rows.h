#pragma once

#include <cstdint>

namespace tfjs_native {

// Rows of pixels of 1 (grey), 3 (RGB) or 4 (RGB and alpha) bytes.

/// Luma of ITU-R BT.601, rounded.
inline uint8_t grey_of(const uint8_t* rgb) {
  return static_cast<uint8_t>((19595 * rgb[0] + 38470 * rgb[1] + 7471 * rgb[2] + 32768) >> 16);
}

/// Converts a row; new alpha is opaque, and alpha that is not wanted is left out. `src` and `dst`
/// may not overlap.
void convert_pixels(const uint8_t* src, int src_channels, uint8_t* dst, int dst_channels,
                    int64_t width);

}  // namespace tfjs_native
