#include "codecs/bmp_header.h"

#include <algorithm>
#include <bit>

namespace tfjs_native {
namespace {

// Of the file's header, which stands before the image's.
constexpr size_t kFileHeaderBytes = 14;

constexpr uint32_t kRgb = 0;
constexpr uint32_t kRle8 = 1;
constexpr uint32_t kRle4 = 2;
constexpr uint32_t kBitFields = 3;
constexpr uint32_t kAlphaBitFields = 6;

Status truncated_status() { return Status(Code::kBadAttr, "contents: the BMP is truncated"); }

uint32_t u16(Bytes bytes, size_t at) {
  return static_cast<uint32_t>(bytes[at] | bytes[at + 1] << 8);
}
uint32_t u32(Bytes bytes, size_t at) { return u16(bytes, at) | u16(bytes, at + 2) << 16; }
int64_t i32(Bytes bytes, size_t at) { return static_cast<int32_t>(u32(bytes, at)); }

BmpMask make_mask(uint32_t bits) {
  if (bits == 0) return {};
  const int shift = std::countr_zero(bits);
  return {bits, shift, bits >> shift};
}

/// The masks in the file, or those that are usual.
Status read_masks(Bytes contents, size_t header_bytes, uint32_t compression, BmpHeader& header) {
  if (compression != kBitFields && compression != kAlphaBitFields) {
    const bool is_16 = header.bits == 16;
    header.masks = {make_mask(is_16 ? 0x7C00 : 0xFF0000), make_mask(is_16 ? 0x03E0 : 0xFF00),
                    make_mask(is_16 ? 0x001F : 0xFF), make_mask(is_16 ? 0 : 0xFF000000)};
    return {};
  }
  // At the same place: behind a short header, or within a long one.
  const size_t count = compression == kAlphaBitFields || header_bytes >= 56 ? 4 : 3;
  const size_t at = kFileHeaderBytes + 40;
  if (contents.size() < at + count * 4) return truncated_status();
  for (size_t i = 0; i < count; ++i) header.masks[i] = make_mask(u32(contents, at + 4 * i));
  for (size_t i = 0; i < 3; ++i) {
    if (header.masks[i].bits == 0) {
      return Status(Code::kUnsupported, "contents: a BMP without a mask for each colour");
    }
  }
  header.has_masks = true;
  return {};
}

Status read_colors(Bytes contents, size_t at, size_t entry_bytes, size_t count, BmpHeader& header) {
  const size_t most = size_t{1} << header.bits;
  count = count == 0 ? most : std::min(count, most);
  // Some files have fewer than they say; the pixels begin where they begin.
  const size_t end = std::min(contents.size(), std::max(header.pixels_offset, at));
  count = std::min(count, (end - std::min(at, end)) / entry_bytes);
  if (count == 0) return Status(Code::kBadAttr, "contents: a BMP without colours");
  header.colors.resize(most);  // Black, where the file has none.
  for (size_t i = 0; i < count; ++i) {
    const Bytes entry = contents.subspan(at + i * entry_bytes, 3);
    header.colors[i] = {entry[2], entry[1], entry[0]};
  }
  return {};
}

Status check(const BmpHeader& header, uint32_t compression) {
  if (header.width < 1 || header.height < 1) {
    return make_status(Code::kBadAttr, "contents: a BMP of %lld x %lld pixels",
                       static_cast<long long>(header.width), static_cast<long long>(header.height));
  }
  const int bits = header.bits;
  const bool is_plain = compression == kRgb && (bits == 1 || bits == 4 || bits == 8 || bits == 16 ||
                                                bits == 24 || bits == 32);
  const bool is_run_length =
      (compression == kRle8 && bits == 8) || (compression == kRle4 && bits == 4);
  const bool is_masked =
      (compression == kBitFields || compression == kAlphaBitFields) && (bits == 16 || bits == 32);
  if (is_plain || (is_run_length && !header.is_top_down) || is_masked) return {};
  return make_status(Code::kUnsupported, "contents: a BMP of %d bits a pixel, compression %u", bits,
                     compression);
}

}  // namespace

bool BmpHeader::is_grey() const {
  return is_indexed() && std::all_of(colors.begin(), colors.end(), [](const auto& color) {
           return color[0] == color[1] && color[1] == color[2];
         });
}

Result<BmpHeader> read_bmp_header(Bytes contents) {
  if (contents.size() < kFileHeaderBytes + 12) return truncated_status();
  const size_t header_bytes = u32(contents, kFileHeaderBytes);
  if (header_bytes != 12 && (header_bytes < 40 || header_bytes > 1024)) {
    return make_status(Code::kUnsupported, "contents: a BMP with a header of %zu bytes",
                       header_bytes);
  }
  if (contents.size() < kFileHeaderBytes + header_bytes) return truncated_status();
  BmpHeader header;
  header.pixels_offset = u32(contents, 10);
  uint32_t compression = kRgb;
  size_t color_count = 0;
  if (header_bytes == 12) {
    header.width = u16(contents, 18);
    header.height = u16(contents, 20);
    header.bits = static_cast<int>(u16(contents, 24));
  } else {
    header.width = i32(contents, 18);
    const int64_t height = i32(contents, 22);
    header.is_top_down = height < 0;
    header.height = height < 0 ? -height : height;
    header.bits = static_cast<int>(u16(contents, 28));
    compression = u32(contents, 30);
    color_count = u32(contents, 46);
  }
  TFJS_RETURN_IF_ERROR(check(header, compression));
  if (compression == kRle8) header.compression = BmpCompression::kRle8;
  if (compression == kRle4) header.compression = BmpCompression::kRle4;
  if (header.is_indexed()) {
    TFJS_RETURN_IF_ERROR(read_colors(contents, kFileHeaderBytes + header_bytes,
                                     header_bytes == 12 ? 3 : 4, color_count, header));
  } else if (header.bits != 24) {
    TFJS_RETURN_IF_ERROR(read_masks(contents, header_bytes, compression, header));
  }
  return header;
}

}  // namespace tfjs_native
