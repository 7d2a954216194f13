#pragma once

#include <atomic>
#include <string>
#include <vector>

#include "codecs/byte_sink.h"
#include "codecs/codecs.h"
#include "tensor/dtype.h"

namespace tfjs_native {

/// Values of an image, dense. They become bytes as in a Uint8Array of JavaScript: without their
/// fractions, modulo 256.
struct Pixels {
  const void* data = nullptr;
  DType dtype = DType::kInt32;  // Or float32, or bool.
  int64_t height = 0;
  int64_t width = 0;
  int channels = 0;

  int64_t row_values() const { return width * channels; }
  /// One row as bytes.
  void read_row(int64_t y, uint8_t* dst) const;
};

struct EncodeOptions {
  ImageFormat format = ImageFormat::kPng;  // Or JPEG, or WebP.
  int quality = 95;                        // 0 to 100, of JPEG and lossy WebP.

  // Of JPEG.
  bool is_progressive = false;
  bool is_optimized = false;  // Costs time, and saves bytes.
  bool has_chroma_downsampling = true;
  bool is_density_per_cm = false;  // Else per inch.
  int x_density = 300;
  int y_density = 300;
  std::string xmp;  // Metadata; empty: none.

  int compression = 1;  // Of PNG: -1 (zlib's choice), 0 to 9.

  // Of WebP.
  bool is_lossless = false;
  int effort = 4;  // 0 (fast) to 6 (small).

  /// As in DecodeOptions.
  const std::atomic<bool>* stop = nullptr;

  bool is_stopped() const { return stop != nullptr && stop->load(std::memory_order_relaxed); }
};

/// The file. Errors: BAD_SHAPE (channels or extents that the format does not have), BAD_ATTR (an
/// option), OUT_OF_MEMORY, DISPOSED (stopped).
Result<ByteSink> encode_image(const Pixels& pixels, const EncodeOptions& options);

// One a format, which has checked `pixels` for nothing but that they are some.
Status encode_jpeg(const Pixels& pixels, const EncodeOptions& options, ByteSink& sink);
Status encode_png(const Pixels& pixels, const EncodeOptions& options, ByteSink& sink);
Status encode_webp(const Pixels& pixels, const EncodeOptions& options, ByteSink& sink);

/// Hands all rows to a writer that has been started, and ends the file.
template <typename Writer>
Status write_rows(const Pixels& pixels, const EncodeOptions& options, Writer& writer) {
  std::vector<uint8_t> row(static_cast<size_t>(pixels.row_values()));
  for (int64_t y = 0; y < pixels.height; ++y) {
    if (options.is_stopped()) return stopped_status();
    pixels.read_row(y, row.data());
    if (!writer.write_row(row.data())) return writer.status();
  }
  return writer.finish() ? Status() : writer.status();
}

/// BAD_SHAPE where an extent is larger than the format has.
Status check_extents(const Pixels& pixels, ImageFormat format, int64_t most);

}  // namespace tfjs_native
