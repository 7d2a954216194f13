#include "codecs/png_reader.h"

#include <cstdio>
#include <cstring>

namespace tfjs_native {
namespace {

// Neither text nor what is made for other programs is of use here, but it may be compressed.
const png_byte kIgnoredChunks[] = "tEXt\0zTXt\0iTXt\0sPLT\0hIST";
constexpr int kIgnoredCount = 5;

// As libjpeg weighs them; libpng knows that green has the rest.
constexpr double kRedWeight = 0.299;
constexpr double kGreenWeight = 0.587;

}  // namespace

void PngReader::on_error(png_structp png, png_const_charp text) {
  auto* const self = static_cast<PngReader*>(png_get_error_ptr(png));
  std::snprintf(self->message_, sizeof self->message_, "%s", text);
  std::longjmp(self->jump_, 1);
}

void PngReader::on_read(png_structp png, png_bytep dst, size_t size_bytes) {
  auto* const self = static_cast<PngReader*>(png_get_io_ptr(png));
  if (self->contents_.size() < size_bytes) png_error(png, "the file is truncated");
  std::memcpy(dst, self->contents_.data(), size_bytes);
  self->contents_ = self->contents_.subspan(size_bytes);
}

Status PngReader::status() const {
  const bool is_out_of_memory = std::strstr(message_, "memory") != nullptr;
  return make_status(is_out_of_memory ? Code::kOutOfMemory : Code::kBadAttr,
                     "contents: not a valid PNG: %s", message_);
}

bool PngReader::read_header() {
  if (setjmp(jump_)) return false;
  png_ = png_create_read_struct(PNG_LIBPNG_VER_STRING, this, on_error, on_warning);
  if (png_ != nullptr) info_ = png_create_info_struct(png_);
  if (info_ == nullptr) {
    std::snprintf(message_, sizeof message_, "out of memory");
    return false;
  }
  // The output has limits of its own.
  png_set_user_limits(png_, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
  png_set_keep_unknown_chunks(png_, PNG_HANDLE_CHUNK_NEVER, kIgnoredChunks, kIgnoredCount);
  png_set_read_fn(png_, this, on_read);
  png_read_info(png_, info_);
  width_ = png_get_image_width(png_, info_);
  height_ = png_get_image_height(png_, info_);
  choose_pixels();
  return true;
}

bool PngReader::start() {
  if (setjmp(jump_)) return false;
  passes_ = png_set_interlace_handling(png_);
  png_read_update_info(png_, info_);
  if (png_get_rowbytes(png_, info_) != static_cast<size_t>(width_) * static_cast<size_t>(channels_))
    png_error(png_, "pixels of an unknown kind");
  return true;
}

/// Bytes, as many a pixel as there are channels.
void PngReader::choose_pixels() {
  const int color_type = png_get_color_type(png_, info_);
  const bool is_grey = (color_type & PNG_COLOR_MASK_COLOR) == 0;
  const bool is_palette = color_type == PNG_COLOR_TYPE_PALETTE;
  const bool has_alpha = (color_type & PNG_COLOR_MASK_ALPHA) != 0;
  const bool has_transparency = png_get_valid(png_, info_, PNG_INFO_tRNS) != 0;
  if (channels_ == 0) {
    channels_ = is_palette ? (has_transparency ? 4 : 3) : png_get_channels(png_, info_);
  }
  const bool wants_alpha = channels_ % 2 == 0;
  const bool wants_grey = channels_ < 3;
  if (png_get_bit_depth(png_, info_) > 8) png_set_strip_16(png_);
  if (is_palette) png_set_palette_to_rgb(png_);
  if (is_grey) png_set_expand_gray_1_2_4_to_8(png_);
  if (wants_alpha) {
    if (has_transparency) png_set_tRNS_to_alpha(png_);
    if (!has_alpha && !has_transparency) png_set_add_alpha(png_, 255, PNG_FILLER_AFTER);
  } else if (has_alpha || has_transparency) {
    png_set_strip_alpha(png_);
  }
  if (wants_grey && !is_grey) {
    png_set_rgb_to_gray(png_, PNG_ERROR_ACTION_NONE, kRedWeight, kGreenWeight);
  } else if (!wants_grey && is_grey) {
    png_set_gray_to_rgb(png_);
  }
}

bool PngReader::read_row(uint8_t* row) {
  if (setjmp(jump_)) return false;
  png_read_row(png_, row, nullptr);
  return true;
}

bool PngReader::read_end() {
  if (setjmp(jump_)) return false;
  png_read_end(png_, nullptr);
  return true;
}

}  // namespace tfjs_native
