#include "codecs/jpeg_errors.h"

#include <jerror.h>

namespace tfjs_native {
namespace {

void error_exit(j_common_ptr info) {
  auto* const errors = static_cast<JpegErrors*>(info->err);
  errors->format_message(info, errors->message);
  errors->is_out_of_memory = errors->msg_code == JERR_OUT_OF_MEMORY;
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
  const Code code = is_out_of_memory ? Code::kOutOfMemory : Code::kBadAttr;
  return make_status(code, "%s: %s", what, message);
}

void JpegErrors::leave(const char* text) {
  std::snprintf(message, sizeof message, "%s", text);
  std::longjmp(jump, 1);
}

void JpegErrors::leave_without_memory() {
  is_out_of_memory = true;
  leave("the host is out of memory");
}

}  // namespace tfjs_native
