#include <memory>
#include <new>

#include "codecs/bmp_header.h"
#include "codecs/decoders.h"
#include "codecs/pixel_rows.h"

namespace tfjs_native {
namespace {

Status truncated_status() { return Status(Code::kBadAttr, "contents: the BMP is truncated"); }

/// As many channels as the pixels themselves have.
int own_channels(const BmpHeader& header) {
  if (header.is_indexed()) return header.is_grey() ? 1 : 3;
  return header.bits == 24 || header.masks[3].bits == 0 ? 3 : 4;
}

void read_indices(const uint8_t* src, int bits, int64_t width, uint8_t* indices) {
  const int mask = (1 << bits) - 1;
  for (int64_t x = 0; x < width; ++x) {
    const int64_t first_bit = x * bits;
    indices[x] = static_cast<uint8_t>(src[first_bit / 8] >> (8 - bits - first_bit % 8) & mask);
  }
}

void color_indices(const BmpHeader& header, const uint8_t* indices, int channels, uint8_t* dst) {
  for (int64_t x = 0; x < header.width; ++x, dst += channels) {
    for (int c = 0; c < channels; ++c) dst[c] = header.colors[indices[x]][static_cast<size_t>(c)];
  }
}

/// Pixels whose bytes are blue, green, red and perhaps a fourth.
void swap_colors(const uint8_t* src, int64_t width, int channels, uint8_t* dst) {
  for (int64_t x = 0; x < width; ++x, src += channels, dst += channels) {
    dst[0] = src[2];
    dst[1] = src[1];
    dst[2] = src[0];
    if (channels == 4) dst[3] = src[3];
  }
}

void unmask(const BmpHeader& header, const uint8_t* src, int channels, uint8_t* dst) {
  const int bytes = header.bits / 8;
  for (int64_t x = 0; x < header.width; ++x, src += bytes, dst += channels) {
    uint32_t pixel = 0;
    for (int i = 0; i < bytes; ++i) pixel |= uint32_t{src[i]} << (8 * i);
    for (int c = 0; c < channels; ++c) dst[c] = header.masks[static_cast<size_t>(c)].of(pixel);
  }
}

/// The indices of a run-length coded image, its first row at the bottom. What the runs leave out
/// has index 0.
Status unpack_runs(Bytes runs, const BmpHeader& header, uint8_t* indices) {
  const bool is_rle4 = header.compression == BmpCompression::kRle4;
  int64_t x = 0;
  int64_t y = 0;
  size_t at = 0;
  const auto put = [&](int index) {
    if (x < header.width && y < header.height) {
      indices[y * header.width + x] = static_cast<uint8_t>(index);
    }
    ++x;
  };
  const auto nibble = [](int byte, int i) { return i % 2 == 0 ? byte >> 4 : byte & 15; };
  while (at + 2 <= runs.size()) {
    const int count = runs[at];
    const int value = runs[at + 1];
    at += 2;
    if (count > 0) {
      for (int i = 0; i < count; ++i) put(is_rle4 ? nibble(value, i) : value);
    } else if (value == 0) {  // The end of a row.
      x = 0;
      ++y;
    } else if (value == 1) {  // The end.
      return {};
    } else if (value == 2) {  // A jump.
      if (at + 2 > runs.size()) break;
      x += runs[at];
      y += runs[at + 1];
      at += 2;
    } else {  // So many pixels as they are, padded to a multiple of 2 bytes.
      const auto bytes = static_cast<size_t>(is_rle4 ? (value + 1) / 2 : value);
      if (at + bytes > runs.size()) break;
      for (int i = 0; i < value; ++i) {
        put(is_rle4 ? nibble(runs[at + static_cast<size_t>(i / 2)], i)
                    : runs[at + static_cast<size_t>(i)]);
      }
      at += bytes + bytes % 2;
    }
  }
  // Some files end without saying so.
  const bool is_complete = y >= header.height || (y == header.height - 1 && x >= header.width);
  return is_complete ? Status() : truncated_status();
}

/// Rows of the image as bytes of its own channels.
class BmpRows {
 public:
  BmpRows(const BmpHeader& header, Bytes pixels) : header_(header), pixels_(pixels) {}

  /// Makes sure that all rows are there.
  Status open() {
    if (header_.is_indexed()) indices_.resize(static_cast<size_t>(header_.width));
    if (header_.compression == BmpCompression::kNone) {
      const auto rows = static_cast<int64_t>(pixels_.size()) / header_.row_bytes();
      // The last one needs no padding.
      const int64_t rest = static_cast<int64_t>(pixels_.size()) % header_.row_bytes();
      const bool has_last = rest * 8 >= header_.width * header_.bits;
      return rows + (has_last ? 1 : 0) >= header_.height ? Status() : truncated_status();
    }
    const auto count = static_cast<size_t>(header_.width * header_.height);
    unpacked_.reset(new (std::nothrow) uint8_t[count]());
    if (unpacked_ == nullptr) return Status(Code::kOutOfMemory, "the host is out of memory");
    return unpack_runs(pixels_, header_, unpacked_.get());
  }

  void read(int64_t y, int channels, uint8_t* dst) {
    const int64_t row = header_.is_top_down ? y : header_.height - 1 - y;
    if (unpacked_ != nullptr) {
      return color_indices(header_, unpacked_.get() + row * header_.width, channels, dst);
    }
    const uint8_t* const src = pixels_.data() + row * header_.row_bytes();
    if (header_.is_indexed()) {
      read_indices(src, header_.bits, header_.width, indices_.data());
      color_indices(header_, indices_.data(), channels, dst);
    } else if (header_.bits == 24 || (header_.bits == 32 && !header_.has_masks)) {
      swap_colors(src, header_.width, channels, dst);
    } else {
      unmask(header_, src, channels, dst);
    }
  }

 private:
  const BmpHeader& header_;
  const Bytes pixels_;
  std::vector<uint8_t> indices_;         // Of one row.
  std::unique_ptr<uint8_t[]> unpacked_;  // Indices of the image, where that is run-length coded.
};

}  // namespace

Status decode_bmp(Bytes contents, ImageOutput& output) {
  TFJS_ASSIGN_OR_RETURN(const BmpHeader header, read_bmp_header(contents));
  const int own = own_channels(header);
  const int channels = output.options().channels == 0 ? own : output.options().channels;
  const ImageSize size = {.height = header.height, .width = header.width, .channels = channels};
  TFJS_RETURN_IF_ERROR(output.check(size));
  if (header.pixels_offset > contents.size()) return truncated_status();
  BmpRows rows(header, contents.subspan(header.pixels_offset));
  TFJS_RETURN_IF_ERROR(rows.open());
  TFJS_RETURN_IF_ERROR(output.open(size));
  std::vector<uint8_t> own_row(static_cast<size_t>(header.width * own));
  std::vector<uint8_t> row(static_cast<size_t>(header.width * channels));
  for (int64_t y = 0; y < header.height; ++y) {
    if (output.options().is_stopped()) return stopped_status();
    rows.read(y, own, own_row.data());
    convert_pixels(own_row.data(), own, row.data(), channels, header.width);
    output.write_row(0, y, row.data());
  }
  return {};
}

}  // namespace tfjs_native
