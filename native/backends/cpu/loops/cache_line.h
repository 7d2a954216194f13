#pragma once

#include <cstdint>

namespace tfjs_native {

/// Bytes of a cache line.
constexpr int64_t kLine = 64;

}  // namespace tfjs_native
