#pragma once

#include <csetjmp>
// libjpeg's header needs this one before it.
#include <cstdio>

#include <jpeglib.h>

#include "base/status.h"

namespace tfjs_native {

/// libjpeg's error handling for both directions: errors leave the library by longjmp() to `jump`,
/// where whoever calls it has set that, and texts go to `message`. Frames between the two have
/// nothing to destroy.
struct JpegErrors : jpeg_error_mgr {
  std::jmp_buf jump;
  char message[JMSG_LENGTH_MAX] = {};
  Code code = Code::kBadAttr;

  JpegErrors();
  Status status(const char* what) const;
  /// Leaves the library with a text of our own.
  [[noreturn]] void leave(const char* text);
  [[noreturn]] void leave_without_memory();
};

}  // namespace tfjs_native
