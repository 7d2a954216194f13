#pragma once

#include <cstdint>

namespace tfjs_native {

/// dst[i * times + k] = src[i] for i below `count` and k below `times`.
void repeat_channels(const float* src, float* dst, int64_t count, int64_t times);

}  // namespace tfjs_native
