#include <string_view>
#include <vector>

#include "codecs/encoders.h"
#include "codecs/image_output.h"
#include "codecs/jpeg_errors.h"

namespace tfjs_native {
namespace {

constexpr std::string_view kXmpHeader("http://ns.adobe.com/xap/1.0/\0", 29);
// Of a segment, without its marker and length.
constexpr size_t kMaxSegmentBytes = 65533;

/// Where libjpeg writes: to a buffer, which goes to the sink once it is full.
struct SinkDestination : jpeg_destination_mgr {
  ByteSink* sink = nullptr;
  JOCTET buffer[16384];

  void rewind() {
    next_output_byte = buffer;
    free_in_buffer = sizeof buffer;
  }
};

void begin(j_compress_ptr info) { static_cast<SinkDestination*>(info->dest)->rewind(); }

void hand_over(j_compress_ptr info, size_t count) {
  auto* const destination = static_cast<SinkDestination*>(info->dest);
  if (!destination->sink->append(destination->buffer, count)) {
    static_cast<JpegErrors*>(info->err)->leave_without_memory();
  }
  destination->rewind();
}

boolean flush(j_compress_ptr info) {
  hand_over(info, sizeof static_cast<SinkDestination*>(info->dest)->buffer);
  return TRUE;
}

void end(j_compress_ptr info) {
  auto* const destination = static_cast<SinkDestination*>(info->dest);
  hand_over(info, sizeof destination->buffer - destination->free_in_buffer);
}

/// A compressor of libjpeg; its functions return false after an error.
class JpegWriter {
 public:
  JpegWriter(const Pixels& pixels, const EncodeOptions& options, ByteSink& sink)
      : pixels_(pixels), options_(options) {
    info_.err = &errors_;
    destination_.init_destination = begin;
    destination_.empty_output_buffer = flush;
    destination_.term_destination = end;
    destination_.sink = &sink;
  }
  ~JpegWriter() { jpeg_destroy_compress(&info_); }
  JpegWriter(const JpegWriter&) = delete;
  JpegWriter& operator=(const JpegWriter&) = delete;

  bool start() {
    if (setjmp(errors_.jump)) return false;
    jpeg_create_compress(&info_);
    info_.dest = &destination_;
    info_.image_width = static_cast<JDIMENSION>(pixels_.width);
    info_.image_height = static_cast<JDIMENSION>(pixels_.height);
    info_.input_components = pixels_.channels;
    info_.in_color_space = pixels_.channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
    jpeg_set_defaults(&info_);
    jpeg_set_quality(&info_, options_.quality, TRUE);
    info_.optimize_coding = options_.is_optimized ? TRUE : FALSE;
    info_.density_unit = options_.is_density_per_cm ? 2 : 1;
    info_.X_density = static_cast<UINT16>(options_.x_density);
    info_.Y_density = static_cast<UINT16>(options_.y_density);
    if (!options_.has_chroma_downsampling) {
      for (int i = 0; i < info_.num_components; ++i) {
        info_.comp_info[i].h_samp_factor = 1;
        info_.comp_info[i].v_samp_factor = 1;
      }
    }
    if (options_.is_progressive) jpeg_simple_progression(&info_);
    jpeg_start_compress(&info_, TRUE);
    return true;
  }

  bool write_segment(const std::string& bytes) {
    if (setjmp(errors_.jump)) return false;
    jpeg_write_marker(&info_, JPEG_APP0 + 1, reinterpret_cast<const JOCTET*>(bytes.data()),
                      static_cast<unsigned>(bytes.size()));
    return true;
  }

  bool write_row(uint8_t* row) {
    if (setjmp(errors_.jump)) return false;
    jpeg_write_scanlines(&info_, &row, 1);
    return true;
  }

  bool finish() {
    if (setjmp(errors_.jump)) return false;
    jpeg_finish_compress(&info_);
    return true;
  }

  Status status() const { return errors_.status("image: it cannot be written as JPEG"); }

 private:
  const Pixels& pixels_;
  const EncodeOptions& options_;
  JpegErrors errors_;
  SinkDestination destination_ = {};
  jpeg_compress_struct info_ = {};
};

}  // namespace

Status encode_jpeg(const Pixels& pixels, const EncodeOptions& options, ByteSink& sink) {
  if (pixels.channels != 1 && pixels.channels != 3) {
    return make_status(Code::kBadShape, "image: expected 1 or 3 channels, got %d", pixels.channels);
  }
  TFJS_RETURN_IF_ERROR(check_extents(pixels, ImageFormat::kJpeg, JPEG_MAX_DIMENSION));
  std::string xmp;
  if (!options.xmp.empty()) xmp = std::string(kXmpHeader) + options.xmp;
  if (xmp.size() > kMaxSegmentBytes) {
    return make_status(Code::kBadAttr, "xmpMetadata: expected at most %zu bytes, got %zu",
                       kMaxSegmentBytes - kXmpHeader.size(), options.xmp.size());
  }
  JpegWriter writer(pixels, options, sink);
  if (!writer.start()) return writer.status();
  if (!xmp.empty() && !writer.write_segment(xmp)) return writer.status();
  return write_rows(pixels, options, writer);
}

}  // namespace tfjs_native
