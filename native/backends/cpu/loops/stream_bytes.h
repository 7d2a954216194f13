#pragma once

#include <cstdint>

namespace tfjs_native {

/// Bytes of a run that is worth writing past the caches: little of it is in lines that it shares.
constexpr int64_t kStreamedRun = 1024;

/// Copies bytes as memcpy() does, but past the caches, and meanwhile reads as many ahead from
/// `next` on, where the following call will find its own; null where there is none. On the calling
/// thread, which flushes the stream (hwy::FlushStream()) when it has written all.
void stream_bytes(void* dst, const void* src, int64_t size_bytes, const void* next);

}  // namespace tfjs_native
