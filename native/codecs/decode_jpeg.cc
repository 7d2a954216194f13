#include <vector>

#include "base/checked_math.h"
#include "codecs/decoders.h"
#include "codecs/jpeg_reader.h"
#include "codecs/pixel_rows.h"

namespace tfjs_native {
namespace {

constexpr const char* kDamaged = "contents: the JPEG cannot be read";

Status truncated_status() { return Status(Code::kBadAttr, "contents: the JPEG is truncated"); }

/// As Adobe's programs write it CMYK is inverted.
void cmyk_to_rgb(const uint8_t* src, uint8_t* dst, int64_t width, bool is_inverted) {
  for (int64_t x = 0; x < width; ++x, src += 4, dst += 3) {
    for (int c = 0; c < 3; ++c) {
      const int ink = is_inverted ? src[c] : 255 - src[c];
      const int black = is_inverted ? src[3] : 255 - src[3];
      dst[c] = static_cast<uint8_t>(black * ink / 255);
    }
  }
}

/// Rows as libjpeg gives them, and as the output takes them.
class Rows {
 public:
  Rows(const JpegReader& reader, int channels)
      : width_(reader.info().output_width),
        channels_(channels),
        is_cmyk_(reader.is_cmyk()),
        is_inverted_(reader.info().saw_Adobe_marker != FALSE),
        components_(reader.is_cmyk() ? 3 : reader.info().output_components),
        raw_(static_cast<size_t>(reader.row_bytes())) {
    if (is_cmyk_) rgb_.resize(static_cast<size_t>(width_) * 3);
    if (components_ != channels_) pixels_.resize(static_cast<size_t>(width_ * channels_));
  }

  uint8_t* raw() { return raw_.data(); }

  /// What became of raw().
  const uint8_t* pixels() {
    const uint8_t* row = raw_.data();
    if (is_cmyk_) {
      cmyk_to_rgb(row, rgb_.data(), width_, is_inverted_);
      row = rgb_.data();
    }
    if (components_ == channels_) return row;
    convert_pixels(row, components_, pixels_.data(), channels_, width_);
    return pixels_.data();
  }

 private:
  const int64_t width_;
  const int channels_;
  const bool is_cmyk_;
  const bool is_inverted_;
  const int components_;
  std::vector<uint8_t> raw_;
  std::vector<uint8_t> rgb_;
  std::vector<uint8_t> pixels_;
};

Status check_options(const DecodeOptions& options) {
  const int ratio = options.ratio;
  if (ratio != 1 && ratio != 2 && ratio != 4 && ratio != 8) {
    return make_status(Code::kBadAttr, "ratio: expected 1, 2, 4 or 8, got %d", ratio);
  }
  return {};
}

/// libjpeg holds a file of several scans as a whole, whatever that is scaled down to then.
Status check_scans(const JpegReader& reader, const DecodeOptions& options) {
  const jpeg_decompress_struct& info = reader.info();
  int64_t bytes = sizeof(JCOEF);
  const bool fits = multiply_checked(bytes, info.image_width, bytes) &&
                    multiply_checked(bytes, info.image_height, bytes) &&
                    multiply_checked(bytes, info.num_components, bytes) &&
                    bytes <= options.max_bytes;
  if (fits || !reader.has_scans()) return {};
  return make_status(Code::kBadShape,
                     "contents: a JPEG of %u x %u pixels in several scans would take more than "
                     "the %lld bytes of maxBytes",
                     info.image_width, info.image_height,
                     static_cast<long long>(options.max_bytes));
}

}  // namespace

Status decode_jpeg(Bytes contents, ImageOutput& output) {
  using Step = JpegReader::Step;
  const DecodeOptions& options = output.options();
  TFJS_RETURN_IF_ERROR(check_options(options));
  JpegReader reader(contents, options);
  const Step header = reader.read_header();
  if (header == Step::kFailed) return reader.errors().status(kDamaged);
  if (header == Step::kTruncated) return truncated_status();
  const jpeg_decompress_struct& info = reader.info();
  if (info.num_components == 2) {
    return Status(Code::kUnsupported, "contents: a JPEG of 2 components");
  }
  const int own_channels = info.num_components == 1 ? 1 : 3;
  const int channels = options.channels == 0 ? own_channels : options.channels;
  const int64_t height = info.output_height;
  const ImageSize size = {
      .height = height, .width = info.output_width, .channels = channels, .is_animated = false};
  TFJS_RETURN_IF_ERROR(output.check(size));
  TFJS_RETURN_IF_ERROR(check_scans(reader, options));
  // A progressive file is read as a whole here, so that nothing is allocated for one without
  // pixels.
  Step step = reader.start();
  if (step == Step::kFailed) {
    return options.is_stopped() ? stopped_status() : reader.errors().status(kDamaged);
  }
  if (step == Step::kTruncated && options.acceptable_fraction > 0) return truncated_status();
  TFJS_RETURN_IF_ERROR(output.open(size));
  Rows rows(reader, channels);
  int64_t y = 0;
  for (; y < height && step == Step::kDone; ++y) {
    if (options.is_stopped()) return stopped_status();
    step = reader.read_row(rows.raw());
    if (step == Step::kFailed) return reader.errors().status(kDamaged);
    if (step == Step::kTruncated) break;
    output.write_row(0, y, rows.pixels());
  }
  if (static_cast<double>(y) < options.acceptable_fraction * static_cast<double>(height)) {
    return truncated_status();
  }
  for (; y < height; ++y) output.write_black_row(0, y);
  return {};
}

}  // namespace tfjs_native
