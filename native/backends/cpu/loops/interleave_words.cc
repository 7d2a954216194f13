// Words of several lists, one after another. Compiled once for each instruction set.
#include "backends/cpu/loops/interleave_words.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/cpu/loops/interleave_words.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace tfjs_native {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

const uint32_t* words_of(const void* list) { return static_cast<const uint32_t*>(list); }
uint32_t* words_of(void* list) { return static_cast<uint32_t*>(list); }

template <int kCount>
void join(const void* const* lists, int64_t words, void* joined) {
  const hn::ScalableTag<uint32_t> d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  uint32_t* const to = words_of(joined);
  int64_t i = 0;
  for (; i + lanes <= words; i += lanes) {
    const auto v0 = hn::LoadU(d, words_of(lists[0]) + i);
    const auto v1 = hn::LoadU(d, words_of(lists[1]) + i);
    if constexpr (kCount == 2) {
      hn::StoreInterleaved2(v0, v1, d, to + kCount * i);
    } else if constexpr (kCount == 3) {
      const auto v2 = hn::LoadU(d, words_of(lists[2]) + i);
      hn::StoreInterleaved3(v0, v1, v2, d, to + kCount * i);
    } else {
      const auto v2 = hn::LoadU(d, words_of(lists[2]) + i);
      const auto v3 = hn::LoadU(d, words_of(lists[3]) + i);
      hn::StoreInterleaved4(v0, v1, v2, v3, d, to + kCount * i);
    }
  }
  for (; i < words; ++i) {
    for (int list = 0; list < kCount; ++list) to[kCount * i + list] = words_of(lists[list])[i];
  }
}

template <int kCount>
void split(const void* joined, int64_t words, void* const* lists) {
  const hn::ScalableTag<uint32_t> d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  const uint32_t* const from = words_of(joined);
  int64_t i = 0;
  for (; i + lanes <= words; i += lanes) {
    auto v0 = hn::Zero(d);
    auto v1 = v0;
    auto v2 = v0;
    auto v3 = v0;
    if constexpr (kCount == 2) {
      hn::LoadInterleaved2(d, from + kCount * i, v0, v1);
    } else if constexpr (kCount == 3) {
      hn::LoadInterleaved3(d, from + kCount * i, v0, v1, v2);
    } else {
      hn::LoadInterleaved4(d, from + kCount * i, v0, v1, v2, v3);
    }
    hn::StoreU(v0, d, words_of(lists[0]) + i);
    hn::StoreU(v1, d, words_of(lists[1]) + i);
    if constexpr (kCount > 2) hn::StoreU(v2, d, words_of(lists[2]) + i);
    if constexpr (kCount > 3) hn::StoreU(v3, d, words_of(lists[3]) + i);
  }
  for (; i < words; ++i) {
    for (int list = 0; list < kCount; ++list) words_of(lists[list])[i] = from[kCount * i + list];
  }
}

void join_lists(const void* const* lists, int64_t count, int64_t words, void* joined) {
  if (count == 2) return join<2>(lists, words, joined);
  return count == 3 ? join<3>(lists, words, joined) : join<4>(lists, words, joined);
}

void split_lists(const void* joined, int64_t count, int64_t words, void* const* lists) {
  if (count == 2) return split<2>(joined, words, lists);
  return count == 3 ? split<3>(joined, words, lists) : split<4>(joined, words, lists);
}

}  // namespace HWY_NAMESPACE
}  // namespace tfjs_native
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tfjs_native {

HWY_EXPORT(join_lists);
HWY_EXPORT(split_lists);

void join_words(const void* const* lists, int64_t count, int64_t words, void* joined) {
  HWY_DYNAMIC_DISPATCH(join_lists)(lists, count, words, joined);
}

void split_words(const void* joined, int64_t count, int64_t words, void* const* lists) {
  HWY_DYNAMIC_DISPATCH(split_lists)(joined, count, words, lists);
}

}  // namespace tfjs_native
#endif
