// codecs/: files of images <-> pixels in memory of tensors.
// May include: base/, tensor/, and the libraries of the formats.
// Threads: any; a call shares nothing with another one.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/status.h"
#include "tensor/buffer.h"
#include "tensor/shape.h"

namespace tfjs_native {

using Bytes = std::span<const uint8_t>;

enum class ImageFormat { kUnknown, kJpeg, kPng, kGif, kBmp, kWebp };

/// By the first bytes.
ImageFormat image_format_of(Bytes contents);
/// "JPEG".
const char* image_format_name(ImageFormat format);

enum class DctMethod { kFast, kAccurate };

struct DecodeOptions {
  /// Of the result's pixels: 1 (grey), 3 (RGB) or 4 (RGB and alpha); 0: as many as the file has.
  /// GIFs always have 3.
  int channels = 0;
  /// A result of frames, [frames, height, width, channels]; without it animations are cut off after
  /// the first one. Still images have frames only where `is_still_expanded`.
  bool is_expanded = false;
  bool is_still_expanded = false;
  /// Turns and mirrors the image as its EXIF metadata asks for.
  bool is_oriented = false;
  /// What the result may take.
  int64_t max_bytes = int64_t{1} << 31;

  // Of JPEG.
  int ratio = 1;  // Scales down by 1, 2, 4 or 8.
  bool has_fancy_upscaling = true;
  bool can_recover_truncated = false;  // What is missing is taken to be grey.
  double acceptable_fraction = 1;      // Of the rows; those that are missing are black.
  DctMethod dct_method = DctMethod::kFast;

  /// Another thread sets it where nobody waits for the result any more.
  const std::atomic<bool>* stop = nullptr;

  bool is_stopped() const { return stop != nullptr && stop->load(std::memory_order_relaxed); }
};

/// Values from 0 to 255 as int32, dense.
struct DecodedImage {
  Shape shape;
  Ref<Buffer> buffer;
};

/// Decodes a file of whichever format; the buffer's memory is taken from `memory`.
/// Errors: BAD_ATTR (no such file, or a damaged one), UNSUPPORTED (a kind that is not read),
/// BAD_SHAPE (more than `max_bytes`, found before anything of that size is allocated),
/// OUT_OF_MEMORY, DISPOSED (stopped).
Result<DecodedImage> decode_image(Bytes contents, const DecodeOptions& options,
                                  MemorySource& memory);

/// What a decoder answers with that was told to stop.
inline Status stopped_status() {
  return Status(Code::kDisposed, "the environment is shutting down");
}

}  // namespace tfjs_native
