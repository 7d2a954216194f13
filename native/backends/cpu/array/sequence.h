#pragma once

#include <cstdint>

namespace tfjs_native {

/// dst[i] = start + step * i, computed in double and rounded once.
void write_sequence(float* dst, int64_t count, double start, double step);

}  // namespace tfjs_native
