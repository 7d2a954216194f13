#include "codecs/pixel_rows.h"

#include <cstring>

namespace tfjs_native {
namespace {

template <int kSrc, int kDst>
void convert(const uint8_t* src, uint8_t* dst, int64_t width) {
  for (int64_t x = 0; x < width; ++x, src += kSrc, dst += kDst) {
    if constexpr (kDst == 1) {
      dst[0] = grey_of(src);
    } else {
      for (int c = 0; c < 3; ++c) dst[c] = src[kSrc == 1 ? 0 : c];
      if constexpr (kDst == 4) dst[3] = 255;
    }
  }
}

}  // namespace

void convert_pixels(const uint8_t* src, int src_channels, uint8_t* dst, int dst_channels,
                    int64_t width) {
  if (src_channels == dst_channels) {
    std::memcpy(dst, src, static_cast<size_t>(width) * static_cast<size_t>(src_channels));
  } else if (src_channels == 1) {
    dst_channels == 3 ? convert<1, 3>(src, dst, width) : convert<1, 4>(src, dst, width);
  } else if (src_channels == 3) {
    dst_channels == 1 ? convert<3, 1>(src, dst, width) : convert<3, 4>(src, dst, width);
  } else {
    dst_channels == 1 ? convert<4, 1>(src, dst, width) : convert<4, 3>(src, dst, width);
  }
}

}  // namespace tfjs_native
