#include <png.h>

#include <csetjmp>
#include <cstdio>
#include <vector>

#include "codecs/encoders.h"
#include "codecs/image_output.h"

namespace tfjs_native {
namespace {

/// A writer of libpng; errors leave the library as in PngReader. Its functions return false after
/// one.
class PngWriter {
 public:
  explicit PngWriter(ByteSink& sink) : sink_(sink) {}
  ~PngWriter() { png_destroy_write_struct(&png_, &info_); }
  PngWriter(const PngWriter&) = delete;
  PngWriter& operator=(const PngWriter&) = delete;

  bool start(const Pixels& pixels, int compression) {
    static constexpr int kColorTypes[] = {PNG_COLOR_TYPE_GRAY, PNG_COLOR_TYPE_GRAY_ALPHA,
                                          PNG_COLOR_TYPE_RGB, PNG_COLOR_TYPE_RGB_ALPHA};
    constexpr int kMaxMemoryLevel = 9;
    if (setjmp(jump_)) return false;
    png_ = png_create_write_struct(PNG_LIBPNG_VER_STRING, this, on_error, on_warning);
    if (png_ != nullptr) info_ = png_create_info_struct(png_);
    if (info_ == nullptr) return false;
    png_set_user_limits(png_, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
    png_set_write_fn(png_, this, on_write, on_flush);
    png_set_compression_level(png_, compression);
    png_set_compression_mem_level(png_, kMaxMemoryLevel);
    png_set_IHDR(png_, info_, static_cast<png_uint_32>(pixels.width),
                 static_cast<png_uint_32>(pixels.height), 8, kColorTypes[pixels.channels - 1],
                 PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_write_info(png_, info_);
    return true;
  }

  bool write_row(const uint8_t* row) {
    if (setjmp(jump_)) return false;
    png_write_row(png_, row);
    return true;
  }

  bool finish() {
    if (setjmp(jump_)) return false;
    png_write_end(png_, nullptr);
    return true;
  }

  Status status() const {
    if (is_out_of_memory_ || info_ == nullptr) {
      return Status(Code::kOutOfMemory, "the host is out of memory");
    }
    return make_status(Code::kBadAttr, "image: it cannot be written as PNG: %s", message_);
  }

 private:
  static void on_error(png_structp png, png_const_charp text) {
    auto* const self = static_cast<PngWriter*>(png_get_error_ptr(png));
    std::snprintf(self->message_, sizeof self->message_, "%s", text);
    std::longjmp(self->jump_, 1);
  }
  static void on_warning(png_structp, png_const_charp) {}
  static void on_write(png_structp png, png_bytep bytes, size_t count) {
    auto* const self = static_cast<PngWriter*>(png_get_io_ptr(png));
    if (self->sink_.append(bytes, count)) return;
    self->is_out_of_memory_ = true;
    png_error(png, "out of memory");
  }
  static void on_flush(png_structp) {}

  ByteSink& sink_;
  png_structp png_ = nullptr;
  png_infop info_ = nullptr;
  std::jmp_buf jump_;
  char message_[128] = {};
  bool is_out_of_memory_ = false;
};

}  // namespace

Status encode_png(const Pixels& pixels, const EncodeOptions& options, ByteSink& sink) {
  if (pixels.channels < 1 || pixels.channels > 4) {
    return make_status(Code::kBadShape, "image: expected 1 to 4 channels, got %d", pixels.channels);
  }
  TFJS_RETURN_IF_ERROR(check_extents(pixels, ImageFormat::kPng, PNG_UINT_31_MAX));
  PngWriter writer(sink);
  if (!writer.start(pixels, options.compression)) return writer.status();
  return write_rows(pixels, options, writer);
}

}  // namespace tfjs_native
