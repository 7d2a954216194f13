#include "codecs/decoders.h"

namespace tfjs_native {
namespace {

Status decode_as(ImageFormat format, Bytes contents, ImageOutput& output) {
  switch (format) {
    case ImageFormat::kJpeg:
      return decode_jpeg(contents, output);
    case ImageFormat::kPng:
      return decode_png(contents, output);
    case ImageFormat::kGif:
      return decode_gif(contents, output);
    case ImageFormat::kBmp:
      return decode_bmp(contents, output);
    case ImageFormat::kWebp:
      return decode_webp(contents, output);
    case ImageFormat::kUnknown:
      break;
  }
  return Status(Code::kBadAttr, "contents: expected a JPEG, PNG, GIF, BMP or WebP file");
}

}  // namespace

Result<DecodedImage> decode_image(Bytes contents, const DecodeOptions& options,
                                  MemorySource& memory) {
  const int channels = options.channels;
  if (channels != 0 && channels != 1 && channels != 3 && channels != 4) {
    return make_status(Code::kBadAttr, "channels: expected 0, 1, 3 or 4, got %d", channels);
  }
  const ImageFormat format = image_format_of(contents);
  const int orientation = options.is_oriented ? exif_orientation(contents, format) : 1;
  ImageOutput output(options, memory, orientation);
  if (options.is_stopped()) return stopped_status();
  TFJS_RETURN_IF_ERROR(decode_as(format, contents, output));
  return output.finish();
}

}  // namespace tfjs_native
