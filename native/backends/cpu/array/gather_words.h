#pragma once

#include <cstdint>

namespace tfjs_native {

/// dst[i] = src[indices[i]], of 4-byte elements that lie anywhere.
struct WordGather {
  const char* src;
  /// What is gathered from next: read ahead, as indices in any order hide it from the processor.
  const char* next;
  int64_t next_bytes;
  const int32_t* indices;
  int64_t count;
  char* dst;
  bool streams;  // Past the caches: the caller flushes the stream at its end.
};

/// On the calling thread. The indices must have been checked.
void gather_words(const WordGather& gather);

}  // namespace tfjs_native
