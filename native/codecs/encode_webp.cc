#include <webp/encode.h>

#include <memory>
#include <new>
#include <vector>

#include "codecs/encoders.h"
#include "codecs/image_output.h"
#include "codecs/pixel_rows.h"

namespace tfjs_native {
namespace {

/// What the library's callbacks find at the picture.
struct Job {
  ByteSink& sink;
  const EncodeOptions& options;
};

int write(const uint8_t* bytes, size_t count, const WebPPicture* picture) {
  return static_cast<Job*>(picture->custom_ptr)->sink.append(bytes, count) ? 1 : 0;
}

int may_go_on(int, const WebPPicture* picture) {
  return static_cast<Job*>(picture->user_data)->options.is_stopped() ? 0 : 1;
}

Status status_of(WebPEncodingError error) {
  switch (error) {
    case VP8_ENC_ERROR_OUT_OF_MEMORY:
    case VP8_ENC_ERROR_BITSTREAM_OUT_OF_MEMORY:
    case VP8_ENC_ERROR_BAD_WRITE:
      return Status(Code::kOutOfMemory, "the host is out of memory");
    case VP8_ENC_ERROR_USER_ABORT:
      return stopped_status();
    default:
      return make_status(Code::kBadAttr, "image: it cannot be written as WebP: error %d",
                         static_cast<int>(error));
  }
}

/// All rows as bytes of 3 or 4 channels, one after another; null where there is no memory.
std::unique_ptr<uint8_t[]> bytes_of(const Pixels& pixels, int channels) {
  const auto row_bytes = static_cast<size_t>(pixels.width * channels);
  std::unique_ptr<uint8_t[]> bytes(new (std::nothrow)
                                       uint8_t[row_bytes * static_cast<size_t>(pixels.height)]);
  if (bytes == nullptr) return nullptr;
  std::vector<uint8_t> row(static_cast<size_t>(pixels.row_values()));
  for (int64_t y = 0; y < pixels.height; ++y) {
    pixels.read_row(y, row.data());
    convert_pixels(row.data(), pixels.channels, bytes.get() + static_cast<size_t>(y) * row_bytes,
                   channels, pixels.width);
  }
  return bytes;
}

}  // namespace

Status encode_webp(const Pixels& pixels, const EncodeOptions& options, ByteSink& sink) {
  if (pixels.channels != 1 && pixels.channels != 3 && pixels.channels != 4) {
    return make_status(Code::kBadShape, "image: expected 1, 3 or 4 channels, got %d",
                       pixels.channels);
  }
  TFJS_RETURN_IF_ERROR(check_extents(pixels, ImageFormat::kWebp, WEBP_MAX_DIMENSION));
  WebPConfig config;
  WebPPicture picture;
  if (!WebPConfigInit(&config) || !WebPPictureInit(&picture)) {
    return Status(Code::kInternal, "libwebp has another version");
  }
  config.quality = static_cast<float>(options.quality);
  config.method = options.effort;
  config.lossless = options.is_lossless ? 1 : 0;
  config.exact = 1;  // The colours of transparent pixels are data, too.
  const int channels = pixels.channels == 4 ? 4 : 3;
  const std::unique_ptr<uint8_t[]> bytes = bytes_of(pixels, channels);
  if (bytes == nullptr) return Status(Code::kOutOfMemory, "the host is out of memory");
  Job job{sink, options};
  picture.use_argb = config.lossless;
  picture.width = static_cast<int>(pixels.width);
  picture.height = static_cast<int>(pixels.height);
  picture.writer = write;
  picture.custom_ptr = &job;
  picture.progress_hook = may_go_on;
  picture.user_data = &job;
  const int stride = picture.width * channels;
  const bool is_encoded =
      (channels == 4 ? WebPPictureImportRGBA(&picture, bytes.get(), stride)
                     : WebPPictureImportRGB(&picture, bytes.get(), stride)) != 0 &&
      WebPEncode(&config, &picture) != 0;
  const WebPEncodingError error = picture.error_code;
  WebPPictureFree(&picture);
  return is_encoded ? Status() : status_of(error);
}

}  // namespace tfjs_native
