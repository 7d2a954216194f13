#include <algorithm>
#include <string_view>

#include "codecs/codecs.h"

namespace tfjs_native {
namespace {

bool has_at(Bytes contents, size_t offset, std::string_view magic) {
  return contents.size() >= offset + magic.size() &&
         std::equal(magic.begin(), magic.end(), contents.begin() + static_cast<ptrdiff_t>(offset),
                    [](char a, uint8_t b) { return static_cast<uint8_t>(a) == b; });
}

}  // namespace

ImageFormat image_format_of(Bytes contents) {
  if (has_at(contents, 0, "\xff\xd8\xff")) return ImageFormat::kJpeg;
  if (has_at(contents, 0, "\x89PNG\r\n\x1a\n")) return ImageFormat::kPng;
  if (has_at(contents, 0, "GIF8")) return ImageFormat::kGif;
  if (has_at(contents, 0, "BM")) return ImageFormat::kBmp;
  if (has_at(contents, 0, "RIFF") && has_at(contents, 8, "WEBP")) return ImageFormat::kWebp;
  return ImageFormat::kUnknown;
}

const char* image_format_name(ImageFormat format) {
  switch (format) {
    case ImageFormat::kJpeg:
      return "JPEG";
    case ImageFormat::kPng:
      return "PNG";
    case ImageFormat::kGif:
      return "GIF";
    case ImageFormat::kBmp:
      return "BMP";
    case ImageFormat::kWebp:
      return "WebP";
    case ImageFormat::kUnknown:
      break;
  }
  return "unknown";
}

}  // namespace tfjs_native
