#include <gif_lib.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <vector>

#include "codecs/decoders.h"

namespace tfjs_native {
namespace {

constexpr int kChannels = 3;

/// A GIF that is read from its beginning.
class GifFile {
 public:
  explicit GifFile(Bytes contents) : left_(contents), file_(DGifOpen(this, read, &error_)) {}
  ~GifFile() {
    int ignored = 0;
    if (file_ != nullptr) DGifCloseFile(file_, &ignored);
  }
  GifFile(const GifFile&) = delete;
  GifFile& operator=(const GifFile&) = delete;

  GifFileType* get() const { return file_; }
  /// Why the last function failed.
  Status status() const {
    const char* const text = GifErrorString(file_ == nullptr ? error_ : file_->Error);
    return make_status(Code::kBadAttr, "contents: not a valid GIF: %s",
                       text == nullptr ? "unknown error" : text);
  }

 private:
  static int read(GifFileType* file, GifByteType* dst, int size) {
    auto* const self = static_cast<GifFile*>(file->UserData);
    const size_t count = std::min(static_cast<size_t>(size), self->left_.size());
    if (count > 0) std::memcpy(dst, self->left_.data(), count);
    self->left_ = self->left_.subspan(count);
    return static_cast<int>(count);
  }

  Bytes left_;
  int error_ = 0;
  GifFileType* file_;
};

/// What an extension says of the frame that follows it.
struct FrameControl {
  int disposal = DISPOSAL_UNSPECIFIED;
  int transparent = NO_TRANSPARENT_COLOR;
};

/// Reads all blocks of an extension.
bool read_extension(GifFileType* file, FrameControl& control) {
  int code = 0;
  GifByteType* block = nullptr;
  if (DGifGetExtension(file, &code, &block) != GIF_OK) return false;
  while (block != nullptr) {
    GraphicsControlBlock graphics = {};
    // The first byte of a block is its length.
    if (code == GRAPHICS_EXT_FUNC_CODE && block[0] >= 4 &&
        DGifExtensionToGCB(block[0], block + 1, &graphics) == GIF_OK) {
      control = {graphics.DisposalMode, graphics.TransparentColor};
    }
    if (DGifGetExtensionNext(file, &block) != GIF_OK) return false;
  }
  return true;
}

/// Reads up to the next frame and its description; false where there is none. Many files lack the
/// end's mark, or have something else in its place.
Result<bool> next_frame(GifFile& gif, FrameControl& control) {
  control = {};
  GifFileType* const file = gif.get();
  while (true) {
    GifRecordType type = UNDEFINED_RECORD_TYPE;
    if (DGifGetRecordType(file, &type) != GIF_OK) return false;
    switch (type) {
      case TERMINATE_RECORD_TYPE:
        return false;
      case IMAGE_DESC_RECORD_TYPE:
        if (DGifGetImageDesc(file) != GIF_OK) return gif.status();
        return true;
      case EXTENSION_RECORD_TYPE:
        if (!read_extension(file, control)) return gif.status();
        break;
      default:
        break;
    }
  }
}

bool skip_pixels(GifFileType* file) {
  int code_size = 0;
  GifByteType* block = nullptr;
  if (DGifGetCode(file, &code_size, &block) != GIF_OK) return false;
  while (block != nullptr) {
    if (DGifGetCodeNext(file, &block) != GIF_OK) return false;
  }
  return true;
}

/// A part of the canvas, which a frame covers.
struct Area {
  int64_t left = 0;
  int64_t top = 0;
  int64_t width = 0;
  int64_t height = 0;
};

/// What a viewer shows: frames are drawn upon one another.
class Canvas {
 public:
  Canvas(int64_t width, int64_t height)
      : width_(width), height_(height), pixels_(static_cast<size_t>(width * height) * kChannels) {}

  const uint8_t* row(int64_t y) const { return pixels_.data() + y * width_ * kChannels; }

  /// Does what the frame before has asked for, and draws the one that has been described.
  Status draw(GifFile& gif, const FrameControl& control, const DecodeOptions& options) {
    dispose();
    const GifImageDesc& desc = gif.get()->Image;
    area_ = {desc.Left, desc.Top, desc.Width, desc.Height};
    disposal_ = control.disposal;
    if (disposal_ == DISPOSE_PREVIOUS) before_ = pixels_;
    const ColorMapObject* const colors =
        desc.ColorMap != nullptr ? desc.ColorMap : gif.get()->SColorMap;
    if (colors == nullptr) return Status(Code::kBadAttr, "contents: a GIF without colours");
    if (area_.width == 0 || area_.height == 0) {
      return skip_pixels(gif.get()) ? Status() : gif.status();
    }
    indices_.resize(static_cast<size_t>(area_.width));
    static constexpr int kStarts[] = {0, 4, 2, 1};
    static constexpr int kSteps[] = {8, 8, 4, 2};
    const int passes = desc.Interlace ? 4 : 1;
    for (int pass = 0; pass < passes; ++pass) {
      const int64_t step = desc.Interlace ? kSteps[pass] : 1;
      for (int64_t y = desc.Interlace ? kStarts[pass] : 0; y < area_.height; y += step) {
        if (options.is_stopped()) return stopped_status();
        if (DGifGetLine(gif.get(), indices_.data(), static_cast<int>(area_.width)) != GIF_OK) {
          return gif.status();
        }
        draw_row(y, *colors, control.transparent);
      }
    }
    return {};
  }

 private:
  void draw_row(int64_t y, const ColorMapObject& colors, int transparent) {
    const int64_t canvas_y = area_.top + y;
    const int64_t end = std::min(area_.width, width_ - area_.left);
    if (canvas_y >= height_ || end <= 0) return;
    uint8_t* dst = pixels_.data() + (canvas_y * width_ + area_.left) * kChannels;
    for (int64_t x = 0; x < end; ++x, dst += kChannels) {
      const int index = indices_[static_cast<size_t>(x)];
      if (index == transparent || index >= colors.ColorCount) continue;
      const GifColorType& color = colors.Colors[index];
      dst[0] = color.Red;
      dst[1] = color.Green;
      dst[2] = color.Blue;
    }
  }

  void dispose() {
    if (disposal_ == DISPOSE_PREVIOUS) pixels_.swap(before_);
    if (disposal_ != DISPOSE_BACKGROUND) return;
    // Viewers clear to transparent, which is black here.
    const int64_t end = std::min(area_.width, width_ - area_.left);
    if (end <= 0) return;
    for (int64_t y = area_.top; y < std::min(area_.top + area_.height, height_); ++y) {
      uint8_t* const first = pixels_.data() + (y * width_ + area_.left) * kChannels;
      std::fill(first, first + end * kChannels, uint8_t{0});
    }
  }

  const int64_t width_;
  const int64_t height_;
  std::vector<uint8_t> pixels_;
  std::vector<uint8_t> before_;
  std::vector<uint8_t> indices_;
  Area area_;
  int disposal_ = DISPOSAL_UNSPECIFIED;
};

/// Its size as the header says, or, where that is none, that of the first frame.
ImageSize size_of(const GifFileType* file) {
  const bool has_size = file->SWidth > 0 && file->SHeight > 0;
  return {.height = has_size ? file->SHeight : file->Image.Height,
          .width = has_size ? file->SWidth : file->Image.Width,
          .channels = kChannels,
          .is_animated = true};
}

/// A frame may reach far beyond the canvas: it takes no memory, but time.
Status check_frame(const GifImageDesc& frame, const ImageOutput& output) {
  if (frame.Width == 0 || frame.Height == 0) return {};
  return output.check(
      {.height = frame.Height, .width = frame.Width, .channels = kChannels, .is_animated = true});
}

/// Goes through the file without its pixels, as far as frames are wanted.
Result<ImageSize> measure(Bytes contents, const ImageOutput& output) {
  GifFile gif(contents);
  if (gif.get() == nullptr) return gif.status();
  ImageSize size;
  FrameControl control;
  int64_t frames = 0;
  do {
    TFJS_ASSIGN_OR_RETURN(const bool is_there, next_frame(gif, control));
    if (!is_there) break;
    if (frames == 0) size = size_of(gif.get());
    size.frames = ++frames;
    TFJS_RETURN_IF_ERROR(output.check(size));
    TFJS_RETURN_IF_ERROR(check_frame(gif.get()->Image, output));
    if (!skip_pixels(gif.get())) return gif.status();
  } while (output.options().is_expanded && !output.options().is_stopped());
  if (frames == 0) return Status(Code::kBadAttr, "contents: a GIF without frames");
  return size;
}

}  // namespace

Status decode_gif(Bytes contents, ImageOutput& output) {
  TFJS_ASSIGN_OR_RETURN(const ImageSize size, measure(contents, output));
  TFJS_RETURN_IF_ERROR(output.open(size));
  GifFile gif(contents);
  if (gif.get() == nullptr) return gif.status();
  Canvas canvas(size.width, size.height);
  for (int64_t frame = 0; frame < size.frames; ++frame) {
    FrameControl control;
    TFJS_ASSIGN_OR_RETURN(const bool is_there, next_frame(gif, control));
    if (!is_there) return gif.status();
    TFJS_RETURN_IF_ERROR(canvas.draw(gif, control, output.options()));
    for (int64_t y = 0; y < size.height; ++y) output.write_row(frame, y, canvas.row(y));
  }
  return {};
}

}  // namespace tfjs_native
