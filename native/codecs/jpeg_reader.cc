#include "codecs/jpeg_reader.h"

#include <algorithm>

namespace tfjs_native {
namespace {

/// Scans of a progressive file. Each goes over the whole image, so that a small file could keep a
/// thread busy for hours; encoders write about ten.
constexpr int kMaxScans = 500;

const JOCTET kEndOfImage[] = {0xFF, JPEG_EOI};

void nothing_to_do(j_decompress_ptr) {}

/// There is no more: suspends, so that libjpeg says how far it came.
boolean suspend(j_decompress_ptr) { return FALSE; }

/// There is no more: ends the image here, and libjpeg makes up the rest.
boolean end_here(j_decompress_ptr info) {
  info->src->next_input_byte = kEndOfImage;
  info->src->bytes_in_buffer = sizeof kEndOfImage;
  return TRUE;
}

void skip(j_decompress_ptr info, long count) {
  if (count <= 0) return;
  const size_t skipped = std::min(static_cast<size_t>(count), info->src->bytes_in_buffer);
  info->src->next_input_byte += skipped;
  info->src->bytes_in_buffer -= skipped;
}

/// Called many times while a progressive file is read.
void watch_scans(j_common_ptr common) {
  auto* const info = reinterpret_cast<j_decompress_ptr>(common);
  auto* const errors = static_cast<JpegErrors*>(common->err);
  if (info->input_scan_number > kMaxScans) errors->leave("it has too many scans");
  const auto* const options = static_cast<const DecodeOptions*>(common->client_data);
  if (options->is_stopped()) errors->leave("stopped");
}

}  // namespace

JpegReader::JpegReader(Bytes contents, const DecodeOptions& options)
    : contents_(contents), options_(options) {
  info_.err = &errors_;
}

JpegReader::~JpegReader() { jpeg_destroy_decompress(&info_); }

JpegReader::Step JpegReader::read_header() {
  if (setjmp(errors_.jump)) return Step::kFailed;
  jpeg_create_decompress(&info_);
  info_.client_data = const_cast<DecodeOptions*>(&options_);
  source_.next_input_byte = contents_.data();
  source_.bytes_in_buffer = contents_.size();
  source_.init_source = nothing_to_do;
  source_.fill_input_buffer = options_.can_recover_truncated ? end_here : suspend;
  source_.skip_input_data = skip;
  source_.resync_to_restart = jpeg_resync_to_restart;
  source_.term_source = nothing_to_do;
  info_.src = &source_;
  progress_.progress_monitor = watch_scans;
  info_.progress = &progress_;
  if (jpeg_read_header(&info_, TRUE) == JPEG_SUSPENDED) return Step::kTruncated;
  has_scans_ = jpeg_has_multiple_scans(&info_) != FALSE;
  choose_colors();
  info_.do_fancy_upsampling = options_.has_fancy_upscaling ? TRUE : FALSE;
  info_.scale_num = 1;
  info_.scale_denom = static_cast<unsigned>(options_.ratio);
  info_.dct_method = options_.dct_method == DctMethod::kFast ? JDCT_IFAST : JDCT_ISLOW;
  jpeg_calc_output_dimensions(&info_);
  return Step::kDone;
}

/// Grey where only that is wanted or there; libjpeg converts all but CMYK.
void JpegReader::choose_colors() {
  if (info_.jpeg_color_space == JCS_CMYK || info_.jpeg_color_space == JCS_YCCK) {
    info_.out_color_space = JCS_CMYK;
  } else if (options_.channels == 1 || info_.num_components == 1) {
    info_.out_color_space = JCS_GRAYSCALE;
  } else {
    info_.out_color_space = JCS_RGB;
  }
}

JpegReader::Step JpegReader::start() {
  if (setjmp(errors_.jump)) return Step::kFailed;
  return jpeg_start_decompress(&info_) ? Step::kDone : Step::kTruncated;
}

JpegReader::Step JpegReader::read_row(uint8_t* row) {
  if (setjmp(errors_.jump)) return Step::kFailed;
  return jpeg_read_scanlines(&info_, &row, 1) == 1 ? Step::kDone : Step::kTruncated;
}

}  // namespace tfjs_native
