#pragma once

#include "codecs/codecs.h"
#include "codecs/jpeg_errors.h"

namespace tfjs_native {

/// A decompressor of libjpeg over bytes in memory. Its functions return false after an error, which
/// errors() tells.
class JpegReader {
 public:
  JpegReader(Bytes contents, const DecodeOptions& options);
  ~JpegReader();
  JpegReader(const JpegReader&) = delete;
  JpegReader& operator=(const JpegReader&) = delete;

  /// How far a function came.
  enum class Step { kDone, kTruncated, kFailed };

  /// Reads the header, and calculates the size of the output.
  Step read_header();
  Step start();
  /// Reads the next row, of `row_bytes()`.
  Step read_row(uint8_t* row);

  const jpeg_decompress_struct& info() const { return info_; }
  /// The pixels come in several scans.
  bool has_scans() const { return has_scans_; }
  const JpegErrors& errors() const { return errors_; }
  /// The output is CMYK, which libjpeg does not turn into RGB.
  bool is_cmyk() const { return info_.out_color_space == JCS_CMYK; }
  int64_t row_bytes() const { return int64_t{info_.output_width} * info_.output_components; }

 private:
  void choose_colors();

  const Bytes contents_;
  const DecodeOptions& options_;
  JpegErrors errors_;
  jpeg_source_mgr source_ = {};
  jpeg_progress_mgr progress_ = {};
  jpeg_decompress_struct info_ = {};
  bool has_scans_ = false;
};

}  // namespace tfjs_native
