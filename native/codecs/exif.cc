// Orientation in EXIF metadata, wherever a format keeps that.
#include <algorithm>
#include <string_view>

#include "codecs/decoders.h"

namespace tfjs_native {
namespace {

/// Numbers of either byte order at any place; 0 beyond the end.
class Reader {
 public:
  Reader(Bytes bytes, bool is_little_endian) : bytes_(bytes), is_little_endian_(is_little_endian) {}

  uint32_t u16(size_t at) const { return number(at, 2); }
  uint32_t u32(size_t at) const { return number(at, 4); }

 private:
  uint32_t number(size_t at, size_t count) const {
    if (at > bytes_.size() || bytes_.size() - at < count) return 0;
    uint32_t value = 0;
    for (size_t i = 0; i < count; ++i) {
      value = value << 8 | bytes_[at + (is_little_endian_ ? count - 1 - i : i)];
    }
    return value;
  }

  Bytes bytes_;
  bool is_little_endian_;
};

bool starts_with(Bytes bytes, std::string_view text) {
  return bytes.size() >= text.size() &&
         std::equal(text.begin(), text.end(), bytes.begin(),
                    [](char a, uint8_t b) { return static_cast<uint8_t>(a) == b; });
}

Bytes from(Bytes bytes, size_t offset) { return bytes.subspan(std::min(offset, bytes.size())); }

constexpr std::string_view kExifHeader("Exif\0\0", 6);

/// Of a TIFF file that holds nothing but metadata; 1 where it does not say.
int orientation_of_tiff(Bytes tiff) {
  constexpr uint32_t kOrientationTag = 0x0112;
  constexpr uint32_t kShort = 3;
  const bool is_little_endian = starts_with(tiff, "II");
  if (!is_little_endian && !starts_with(tiff, "MM")) return 1;
  const Reader reader(tiff, is_little_endian);
  if (reader.u16(2) != 42) return 1;
  const size_t directory = reader.u32(4);
  const uint32_t entries = reader.u16(directory);
  for (uint32_t i = 0; i < entries; ++i) {
    const size_t entry = directory + 2 + size_t{12} * i;
    if (reader.u16(entry) != kOrientationTag || reader.u16(entry + 2) != kShort) continue;
    const uint32_t value = reader.u16(entry + 8);
    return value >= 1 && value <= 8 ? static_cast<int>(value) : 1;
  }
  return 1;
}

/// The segments before the first scan.
Bytes exif_of_jpeg(Bytes file) {
  const Reader reader(file, false);
  size_t at = 2;
  while (at + 4 <= file.size() && file[at] == 0xFF) {
    const uint8_t marker = file[at + 1];
    if (marker == 0xFF) {  // Padding.
      ++at;
      continue;
    }
    if (marker == 0xDA || marker == 0xD9) break;  // SOS, EOI
    const size_t length = reader.u16(at + 2);
    if (length < 2) break;
    const Bytes segment = from(file, at + 4).first(std::min(length - 2, file.size() - at - 4));
    if (marker == 0xE1 && starts_with(segment, kExifHeader)) {  // APP1
      return from(segment, kExifHeader.size());
    }
    at += 2 + length;
  }
  return {};
}

Bytes exif_of_png(Bytes file) {
  const Reader reader(file, false);
  size_t at = 8;
  while (at + 12 <= file.size()) {
    const size_t length = reader.u32(at);
    const Bytes chunk = from(file, at + 4);
    if (starts_with(chunk, "eXIf")) return chunk.subspan(4, std::min(length, chunk.size() - 4));
    at += 12 + length;
  }
  return {};
}

Bytes exif_of_webp(Bytes file) {
  const Reader reader(file, true);
  size_t at = 12;
  while (at + 8 <= file.size()) {
    const size_t length = reader.u32(at + 4);
    if (starts_with(from(file, at), "EXIF")) {
      const Bytes chunk = from(file, at + 8).first(std::min(length, file.size() - at - 8));
      // Some programs repeat JPEG's header here.
      return starts_with(chunk, kExifHeader) ? from(chunk, kExifHeader.size()) : chunk;
    }
    at += 8 + length + length % 2;
  }
  return {};
}

}  // namespace

int exif_orientation(Bytes contents, ImageFormat format) {
  switch (format) {
    case ImageFormat::kJpeg:
      return orientation_of_tiff(exif_of_jpeg(contents));
    case ImageFormat::kPng:
      return orientation_of_tiff(exif_of_png(contents));
    case ImageFormat::kWebp:
      return orientation_of_tiff(exif_of_webp(contents));
    case ImageFormat::kGif:
    case ImageFormat::kBmp:
    case ImageFormat::kUnknown:
      break;
  }
  return 1;
}

}  // namespace tfjs_native
