#include "codecs/jpeg_errors.h"

#include <jerror.h>

namespace tfjs_native {
namespace {

Code code_of(int message) {
  switch (message) {
    case JERR_OUT_OF_MEMORY:
      return Code::kOutOfMemory;
    case JERR_ARITH_NOTIMPL:
    case JERR_BAD_PRECISION:
    case JERR_CCIR601_NOTIMPL:
    case JERR_CONVERSION_NOTIMPL:
    case JERR_FRACT_SAMPLE_NOTIMPL:
    case JERR_NOT_COMPILED:
    case JERR_SOF_UNSUPPORTED:
      return Code::kUnsupported;
    default:
      return Code::kBadAttr;
  }
}

void error_exit(j_common_ptr info) {
  auto* const errors = static_cast<JpegErrors*>(info->err);
  errors->format_message(info, errors->message);
  errors->code = code_of(errors->msg_code);
  std::longjmp(errors->jump, 1);
}

void ignore_message(j_common_ptr, int) {}
void ignore_output(j_common_ptr) {}

}  // namespace

JpegErrors::JpegErrors() : jpeg_error_mgr{} {
  jpeg_std_error(this);
  this->error_exit = tfjs_native::error_exit;
  emit_message = ignore_message;
  output_message = ignore_output;
}

Status JpegErrors::status(const char* what) const {
  return make_status(code, "%s: %s", what, message);
}

void JpegErrors::leave(const char* text) {
  std::snprintf(message, sizeof message, "%s", text);
  std::longjmp(jump, 1);
}

void JpegErrors::leave_without_memory() {
  code = Code::kOutOfMemory;
  leave("the host is out of memory");
}

}  // namespace tfjs_native
