#include <webp/decode.h>
#include <webp/demux.h>

#include <memory>
#include <new>

#include "codecs/decoders.h"
#include "codecs/pixel_rows.h"

namespace tfjs_native {
namespace {

Status status_of(VP8StatusCode code) {
  switch (code) {
    case VP8_STATUS_OK:
      return {};
    case VP8_STATUS_OUT_OF_MEMORY:
      return Status(Code::kOutOfMemory, "the host is out of memory");
    case VP8_STATUS_NOT_ENOUGH_DATA:
    case VP8_STATUS_SUSPENDED:
      return Status(Code::kBadAttr, "contents: the WebP is truncated");
    case VP8_STATUS_UNSUPPORTED_FEATURE:
      return Status(Code::kUnsupported, "contents: a WebP with features that are not supported");
    case VP8_STATUS_INVALID_PARAM:
    case VP8_STATUS_BITSTREAM_ERROR:
    case VP8_STATUS_USER_ABORT:
      break;
  }
  return Status(Code::kBadAttr, "contents: not a valid WebP");
}

/// Writes one frame whose rows lie one after another.
void write_frame(ImageOutput& output, const ImageSize& size, int64_t frame, const uint8_t* pixels,
                 int pixel_bytes) {
  const int channels = static_cast<int>(size.channels);
  std::vector<uint8_t> row(static_cast<size_t>(size.width * channels));
  for (int64_t y = 0; y < size.height; ++y) {
    const uint8_t* src = pixels + y * size.width * pixel_bytes;
    if (pixel_bytes != channels) {
      convert_pixels(src, pixel_bytes, row.data(), channels, size.width);
      src = row.data();
    }
    output.write_row(frame, y, src);
  }
}

Status decode_still(Bytes contents, const ImageSize& size, ImageOutput& output) {
  TFJS_RETURN_IF_ERROR(output.open(size));
  WebPDecoderConfig config;
  if (!WebPInitDecoderConfig(&config))
    return Status(Code::kInternal, "libwebp has another version");
  const int pixel_bytes = size.channels == 4 ? 4 : 3;
  const auto image_bytes = static_cast<size_t>(size.width * size.height * pixel_bytes);
  const std::unique_ptr<uint8_t[]> image(new (std::nothrow) uint8_t[image_bytes]);
  if (image == nullptr) return Status(Code::kOutOfMemory, "the host is out of memory");
  config.output.colorspace = pixel_bytes == 4 ? MODE_RGBA : MODE_RGB;
  config.output.is_external_memory = 1;
  config.output.u.RGBA = {.rgba = image.get(),
                          .stride = static_cast<int>(size.width) * pixel_bytes,
                          .size = image_bytes};
  TFJS_RETURN_IF_ERROR(status_of(WebPDecode(contents.data(), contents.size(), &config)));
  write_frame(output, size, 0, image.get(), pixel_bytes);
  return {};
}

Status decode_animation(Bytes contents, ImageSize size, ImageOutput& output) {
  const WebPData data = {contents.data(), contents.size()};
  const std::unique_ptr<WebPAnimDecoder, void (*)(WebPAnimDecoder*)> decoder(
      WebPAnimDecoderNew(&data, nullptr), WebPAnimDecoderDelete);
  WebPAnimInfo info;
  if (decoder == nullptr || !WebPAnimDecoderGetInfo(decoder.get(), &info)) {
    return Status(Code::kBadAttr, "contents: not a valid WebP, or a truncated one");
  }
  size.frames = output.options().is_expanded ? info.frame_count : 1;
  size.height = info.canvas_height;
  size.width = info.canvas_width;
  TFJS_RETURN_IF_ERROR(output.open(size));
  for (int64_t frame = 0; frame < size.frames; ++frame) {
    if (output.options().is_stopped()) return stopped_status();
    uint8_t* pixels = nullptr;
    int time_ms = 0;
    if (!WebPAnimDecoderGetNext(decoder.get(), &pixels, &time_ms)) {
      return make_status(Code::kBadAttr, "contents: not a valid WebP: frame %lld is damaged",
                         static_cast<long long>(frame));
    }
    write_frame(output, size, frame, pixels, 4);
  }
  return {};
}

}  // namespace

Status decode_webp(Bytes contents, ImageOutput& output) {
  WebPBitstreamFeatures features;
  TFJS_RETURN_IF_ERROR(status_of(WebPGetFeatures(contents.data(), contents.size(), &features)));
  const int own_channels = features.has_alpha ? 4 : 3;
  const int channels = output.options().channels == 0 ? own_channels : output.options().channels;
  const ImageSize size = {.height = features.height,
                          .width = features.width,
                          .channels = channels,
                          .is_animated = features.has_animation != 0};
  // Also before libwebp makes canvases of its own.
  TFJS_RETURN_IF_ERROR(output.check(size));
  return size.is_animated ? decode_animation(contents, size, output)
                          : decode_still(contents, size, output);
}

}  // namespace tfjs_native
