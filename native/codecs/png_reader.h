#pragma once

#include <png.h>

#include <csetjmp>

#include "codecs/codecs.h"

namespace tfjs_native {

/// A decoder of libpng over bytes in memory. Errors leave the library by longjmp() to where this
/// class has set that; frames between the two have nothing to destroy. Its functions return false
/// after an error, which status() tells.
class PngReader {
 public:
  PngReader(Bytes contents, int channels) : contents_(contents), channels_(channels) {}
  ~PngReader() { png_destroy_read_struct(&png_, &info_, nullptr); }
  PngReader(const PngReader&) = delete;
  PngReader& operator=(const PngReader&) = delete;

  /// Reads what stands before the pixels, and chooses how they are to be.
  bool read_header();
  /// Allocates rows.
  bool start();
  /// One row of `channels()` bytes a pixel. Where there are several passes, every row is to be read
  /// as often, into what the pass before it has left.
  bool read_row(uint8_t* row);
  /// Checks what follows the pixels.
  bool read_end();

  int64_t width() const { return width_; }
  int64_t height() const { return height_; }
  int channels() const { return channels_; }
  /// 1, or as many as an interlaced file has.
  int passes() const { return passes_; }
  Status status() const;

 private:
  static void on_error(png_structp png, png_const_charp text);
  static void on_warning(png_structp, png_const_charp) {}
  static void on_read(png_structp png, png_bytep dst, size_t size_bytes);
  void choose_pixels();

  Bytes contents_;
  int channels_;
  png_structp png_ = nullptr;
  png_infop info_ = nullptr;
  std::jmp_buf jump_;
  char message_[128] = {};
  int64_t width_ = 0;
  int64_t height_ = 0;
  int passes_ = 1;
};

}  // namespace tfjs_native
