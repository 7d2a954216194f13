#include "base/status.h"

#include <cstdarg>
#include <cstdio>

namespace tfjs_native {
namespace {

std::string formatted(const char* format, va_list arguments) {
  char text[1024];
  vsnprintf(text, sizeof text, format, arguments);
  return text;
}

}  // namespace

const char* code_name(Code code) {
  switch (code) {
    case Code::kBadShape:
      return "BAD_SHAPE";
    case Code::kBadDtype:
      return "BAD_DTYPE";
    case Code::kBadAttr:
      return "BAD_ATTR";
    case Code::kUnsupported:
      return "UNSUPPORTED";
    case Code::kOutOfMemory:
      return "OUT_OF_MEMORY";
    case Code::kDisposed:
      return "DISPOSED";
    case Code::kDeviceLost:
      return "DEVICE_LOST";
    case Code::kBadModel:
      return "BAD_MODEL";
    case Code::kInternal:
      break;
  }
  return "INTERNAL";
}

Status Status::at(const std::string& op, const std::string& device) const {
  if (ok() || !error_->op.empty()) return *this;
  Error named = *error_;
  named.op = op;
  named.device = device;
  return Status(std::move(named));
}

Status make_status(Code code, const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  Status status(code, formatted(format, arguments));
  va_end(arguments);
  return status;
}

Status make_verbatim_status(Code code, const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  Status status(Error{code, formatted(format, arguments), {}, {}, true});
  va_end(arguments);
  return status;
}

}  // namespace tfjs_native
