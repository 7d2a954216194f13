#include "base/log.h"

#include <cstdarg>
#include <cstdio>
#include <cstdlib>

namespace tfjs_native {

int verbosity() {
  static const int level = [] {
    const char* text = std::getenv("TFJS_NATIVE_VERBOSE");
    return text == nullptr ? 0 : std::atoi(text);
  }();
  return level;
}

void log_line(const char* format, ...) {
  char text[1024];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  fprintf(stderr, "tfjs-native: %s\n", text);
}

}  // namespace tfjs_native
