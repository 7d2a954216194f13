#pragma once

#include "base/status.h"

namespace tfjs_native {

/// 0 unless TFJS_NATIVE_VERBOSE is set: 1 prints each kernel chosen and why others declined, 2 also
/// each graph that is recorded.
int verbosity();

/// Writes one line to stderr, prefixed with the product's name.
void log_line(const char* format, ...) TFJS_PRINTF_LIKE(1, 2);

}  // namespace tfjs_native
