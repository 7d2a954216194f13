#pragma once

#include "codecs/codecs.h"

namespace tfjs_native {

/// What a file says of its pixels.
struct ImageSize {
  int64_t frames = 1;
  int64_t height = 0;
  int64_t width = 0;
  int64_t channels = 0;
  bool is_animated = false;  // Of a format, or in a file, that may have more than one frame.
};

/// The result of a decoder, which hands over its rows: they become int32 and take their places,
/// turned as the orientation asks for, while they are warm.
class ImageOutput {
 public:
  /// `orientation` is EXIF's, 1 to 8.
  ImageOutput(const DecodeOptions& options, MemorySource& memory, int orientation)
      : options_(options), memory_(memory), orientation_(orientation) {}

  const DecodeOptions& options() const { return options_; }

  /// BAD_SHAPE where the result would take more than it may. Nothing is allocated.
  Status check(const ImageSize& size) const;
  /// Checks, and allocates. To be called once.
  Status open(const ImageSize& size);
  /// After open(), before finish(): `width * channels` bytes. Every row is to be written.
  void write_row(int64_t frame, int64_t y, const uint8_t* row);
  void write_black_row(int64_t frame, int64_t y);
  DecodedImage finish() { return {shape_, std::move(buffer_)}; }

 private:
  Shape shape_of(const ImageSize& size) const;

  const DecodeOptions& options_;
  MemorySource& memory_;
  const int orientation_;
  ImageSize size_;
  Shape shape_;
  Ref<Buffer> buffer_;
};

}  // namespace tfjs_native
