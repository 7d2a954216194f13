#pragma once

#include <cstdint>

namespace tfjs_native {

/// Repeats a pattern over `size_bytes` bytes from `dst` on, on the calling thread. `unit_bytes`,
/// the pattern's size, is a power of two of at most 8 and divides `dst` and `size_bytes`. Where it
/// streams, past the caches.
void fill_bytes(void* dst, int64_t size_bytes, const void* pattern, int64_t unit_bytes,
                bool streams);

}  // namespace tfjs_native
