#pragma once

#include <hwy/cache_control.h>

#include <cstdint>

namespace tfjs_native {

/// Bytes of a cache line.
constexpr int64_t kLine = 64;

/// Reads a line ahead into the second-level cache only. Lines a power of two apart share few places
/// in the first, which has what is worked on.
inline void prefetch_to_second_level(const void* line) {
#if defined(__GNUC__)
  __builtin_prefetch(line, 0, 2);
#else
  hwy::Prefetch(static_cast<const char*>(line));
#endif
}

}  // namespace tfjs_native
