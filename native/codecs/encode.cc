#include <cmath>

#include "codecs/encoders.h"
#include "codecs/image_output.h"

namespace tfjs_native {
namespace {

/// JavaScript's ToUint8; NaN and infinities are 0.
uint8_t byte_of(float value) {
  if (!std::isfinite(value)) return 0;
  return static_cast<uint8_t>(static_cast<int64_t>(std::fmod(std::trunc(value), 256.0f)));
}

}  // namespace

void Pixels::read_row(int64_t y, uint8_t* dst) const {
  const int64_t count = row_values();
  if (dtype == DType::kFloat32) {
    const float* const src = static_cast<const float*>(data) + y * count;
    for (int64_t i = 0; i < count; ++i) dst[i] = byte_of(src[i]);
  } else if (dtype == DType::kInt32) {
    const int32_t* const src = static_cast<const int32_t*>(data) + y * count;
    for (int64_t i = 0; i < count; ++i) dst[i] = static_cast<uint8_t>(src[i]);
  } else {
    const uint8_t* const src = static_cast<const uint8_t*>(data) + y * count;
    std::memcpy(dst, src, static_cast<size_t>(count));
  }
}

Status check_extents(const Pixels& pixels, ImageFormat format, int64_t most) {
  if (pixels.height <= most && pixels.width <= most) return {};
  return make_status(Code::kBadShape, "image: expected at most %lld x %lld for %s, got %lld x %lld",
                     static_cast<long long>(most), static_cast<long long>(most),
                     image_format_name(format), static_cast<long long>(pixels.width),
                     static_cast<long long>(pixels.height));
}

Result<ByteSink> encode_image(const Pixels& pixels, const EncodeOptions& options) {
  if (pixels.dtype != DType::kInt32 && pixels.dtype != DType::kFloat32 &&
      pixels.dtype != DType::kBool) {
    return make_status(Code::kBadDtype, "image: expected int32, float32 or bool, got %s",
                       dtype_name(pixels.dtype));
  }
  if (pixels.height < 1 || pixels.width < 1) {
    return make_status(Code::kBadShape, "image: expected some pixels, got %lld x %lld",
                       static_cast<long long>(pixels.width), static_cast<long long>(pixels.height));
  }
  if (options.is_stopped()) return stopped_status();
  ByteSink sink;
  switch (options.format) {
    case ImageFormat::kJpeg:
      TFJS_RETURN_IF_ERROR(encode_jpeg(pixels, options, sink));
      return sink;
    case ImageFormat::kPng:
      TFJS_RETURN_IF_ERROR(encode_png(pixels, options, sink));
      return sink;
    case ImageFormat::kWebp:
      TFJS_RETURN_IF_ERROR(encode_webp(pixels, options, sink));
      return sink;
    case ImageFormat::kGif:
    case ImageFormat::kBmp:
    case ImageFormat::kUnknown:
      break;
  }
  return make_status(Code::kUnsupported, "%s is not written", image_format_name(options.format));
}

}  // namespace tfjs_native
