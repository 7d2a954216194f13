// Copies past the caches. Compiled once for each instruction set.
#include "backends/cpu/loops/stream_bytes.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/cpu/loops/stream_bytes.cc"
#include <hwy/cache_control.h>
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include <algorithm>
#include <cstring>

#include "backends/cpu/loops/cache_line.h"

HWY_BEFORE_NAMESPACE();
namespace tfjs_native {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// `dst` and `size_bytes` are whole lines. Reads ahead from `next` on.
void stream_lines(uint8_t* HWY_RESTRICT dst, const uint8_t* HWY_RESTRICT src, int64_t size_bytes,
                  const uint8_t* next) {
  const hn::CappedTag<uint8_t, kLine> d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  for (int64_t line = 0; line < size_bytes; line += kLine) {
    hwy::Prefetch(next + line);
    for (int64_t i = line; i < line + kLine; i += lanes) {
      hn::Stream(hn::LoadU(d, src + i), d, dst + i);
    }
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace tfjs_native
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tfjs_native {

HWY_EXPORT(stream_lines);

void stream_bytes(void* dst, const void* src, int64_t size_bytes, const void* next) {
  auto* to = static_cast<uint8_t*>(dst);
  const auto* from = static_cast<const uint8_t*>(src);
  const auto place = static_cast<int64_t>(reinterpret_cast<uintptr_t>(to) % kLine);
  const int64_t head = std::min(size_bytes, place == 0 ? 0 : kLine - place);
  const int64_t body = (size_bytes - head) / kLine * kLine;
  const int64_t tail = size_bytes - head - body;
  if (head > 0) std::memcpy(to, from, static_cast<size_t>(head));
  if (body > 0) HWY_DYNAMIC_DISPATCH(stream_lines)
  (to + head, from + head, body, next == nullptr ? from : static_cast<const uint8_t*>(next));
  if (tail > 0) std::memcpy(to + head + body, from + head + body, static_cast<size_t>(tail));
}

}  // namespace tfjs_native
#endif
