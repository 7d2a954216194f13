#include "codecs/image_output.h"

#include <algorithm>

#include "base/checked_math.h"

namespace tfjs_native {
namespace {

/// Whether EXIF's orientation exchanges width and height.
bool is_transposed(int orientation) { return orientation >= 5; }

/// Where the pixels of a row go, in elements: that of column x to start + x * step.
struct RowPlace {
  int64_t start = 0;
  int64_t step = 0;
};

RowPlace place_of_row(int orientation, const ImageSize& size, int64_t y) {
  const int64_t channels = size.channels;
  const int64_t last_x = size.width - 1;
  const int64_t flipped_y = size.height - 1 - y;
  const int64_t line = (is_transposed(orientation) ? size.height : size.width) * channels;
  switch (orientation) {
    case 2:  // Mirrored.
      return {y * line + last_x * channels, -channels};
    case 3:  // Turned around.
      return {flipped_y * line + last_x * channels, -channels};
    case 4:  // Upside down.
      return {flipped_y * line, channels};
    case 5:  // Rows are columns.
      return {y * channels, line};
    case 6:
      return {flipped_y * channels, line};
    case 7:
      return {last_x * line + flipped_y * channels, -line};
    case 8:
      return {last_x * line + y * channels, -line};
    default:
      return {y * line, channels};
  }
}

void widen(const uint8_t* src, int32_t* dst, int64_t count) {
  for (int64_t i = 0; i < count; ++i) dst[i] = src[i];
}

template <int64_t kChannels>
void scatter(const uint8_t* src, int32_t* dst, int64_t step, int64_t width) {
  for (int64_t x = 0; x < width; ++x, src += kChannels, dst += step) {
    for (int64_t c = 0; c < kChannels; ++c) dst[c] = src[c];
  }
}

}  // namespace

Shape ImageOutput::shape_of(const ImageSize& size) const {
  Shape shape;
  const bool has_frames = size.is_animated ? options_.is_expanded : options_.is_still_expanded;
  if (has_frames) shape.push_back(size.frames);
  shape.push_back(is_transposed(orientation_) ? size.width : size.height);
  shape.push_back(is_transposed(orientation_) ? size.height : size.width);
  shape.push_back(size.channels);
  return shape;
}

Status ImageOutput::check(const ImageSize& size) const {
  int64_t bytes = sizeof(int32_t);
  for (const int64_t extent : {size.frames, size.height, size.width, size.channels}) {
    if (extent < 1) {
      return make_status(Code::kBadAttr, "contents: an image of %lld x %lld pixels",
                         static_cast<long long>(size.width), static_cast<long long>(size.height));
    }
    if (!multiply_checked(bytes, extent, bytes) || bytes > options_.max_bytes) {
      return make_status(Code::kBadShape,
                         "contents: %s, as int32, would take more than the %lld bytes of maxBytes",
                         to_string(shape_of(size)).c_str(),
                         static_cast<long long>(options_.max_bytes));
    }
  }
  return {};
}

Status ImageOutput::open(const ImageSize& size) {
  TFJS_RETURN_IF_ERROR(check(size));
  size_ = size;
  shape_ = shape_of(size);
  buffer_ = make_ref<Buffer>(memory_, static_cast<size_t>(num_elements(shape_)) * sizeof(int32_t));
  return buffer_->allocate();
}

void ImageOutput::write_row(int64_t frame, int64_t y, const uint8_t* row) {
  const int64_t frame_start = frame * size_.height * size_.width * size_.channels;
  const RowPlace place = place_of_row(orientation_, size_, y);
  int32_t* const dst = static_cast<int32_t*>(buffer_->data()) + frame_start + place.start;
  if (place.step == size_.channels) {
    widen(row, dst, size_.width * size_.channels);
    return;
  }
  switch (size_.channels) {
    case 1:
      return scatter<1>(row, dst, place.step, size_.width);
    case 2:
      return scatter<2>(row, dst, place.step, size_.width);
    case 3:
      return scatter<3>(row, dst, place.step, size_.width);
    default:
      return scatter<4>(row, dst, place.step, size_.width);
  }
}

void ImageOutput::write_black_row(int64_t frame, int64_t y) {
  const std::vector<uint8_t> row(static_cast<size_t>(size_.width * size_.channels));
  write_row(frame, y, row.data());
}

}  // namespace tfjs_native
