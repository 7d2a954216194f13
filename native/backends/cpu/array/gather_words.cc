// Words picked from a line. Compiled once for each instruction set.
#include "backends/cpu/array/gather_words.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/cpu/array/gather_words.cc"
#include <hwy/cache_control.h>
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include <algorithm>
#include <cstring>

#include "backends/cpu/loops/cache_line.h"

HWY_BEFORE_NAMESPACE();
namespace tfjs_native {
namespace HWY_NAMESPACE {

/// One word, where they are copied one by one.
HWY_INLINE void gather_one(const WordGather& gather, int64_t i) {
  std::memcpy(gather.dst + i * 4, gather.src + int64_t{gather.indices[i]} * 4, 4);
}

#if HWY_TARGET == HWY_SCALAR

void gather_line(const WordGather& gather) {
  for (int64_t i = 0; i < gather.count; ++i) gather_one(gather, i);
}

#else

namespace hn = hwy::HWY_NAMESPACE;

constexpr int64_t kWords = 16;  // Of a line.

template <bool kStream>
void gather_lines(const WordGather& gather) {
  const hn::FixedTag<uint64_t, 2> d;
  const char* const src = gather.src;
  const int32_t* const indices = gather.indices;
  const int64_t count = gather.count;
  // One at a time they would be more stores than a processor makes beside as many loads.
  const auto pair = [&](int64_t i) HWY_ATTR {
    uint32_t low;
    uint32_t high;
    std::memcpy(&low, src + int64_t{indices[i]} * 4, 4);
    std::memcpy(&high, src + int64_t{indices[i + 1]} * 4, 4);
    return hn::Set(d, low | uint64_t{high} << 32);
  };
  int64_t i = 0;
  while (kStream && i < count && reinterpret_cast<uintptr_t>(gather.dst + i * 4) % 16 != 0) {
    gather_one(gather, i++);
  }
  // Bytes that are read ahead for each line that is written. So sparse a choice that it wants many
  // lines for one needs few of them.
  const int64_t step = gather.next_bytes / std::max<int64_t>(1, count / kWords) + 1;
  const int64_t next_bytes = step > 4 * kLine ? 0 : gather.next_bytes;
  int64_t ahead = 0;
  for (; i + kWords <= count; i += kWords) {
    for (const int64_t end = std::min(next_bytes, ahead + step); ahead < end; ahead += kLine) {
      hwy::Prefetch(gather.next + ahead);
    }
    for (int64_t k = i; k < i + kWords; k += 4) {
      const auto four = hn::InterleaveLower(d, pair(k), pair(k + 2));
      auto* const to = reinterpret_cast<uint64_t*>(gather.dst + k * 4);
      if constexpr (kStream) {
        hn::Stream(four, d, to);
      } else {
        hn::StoreU(four, d, to);
      }
    }
  }
  for (; i < count; ++i) gather_one(gather, i);
}

void gather_line(const WordGather& gather) {
  gather.streams ? gather_lines<true>(gather) : gather_lines<false>(gather);
}

#endif

}  // namespace HWY_NAMESPACE
}  // namespace tfjs_native
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tfjs_native {

HWY_EXPORT(gather_line);

void gather_words(const WordGather& gather) { HWY_DYNAMIC_DISPATCH(gather_line)(gather); }

}  // namespace tfjs_native
#endif
