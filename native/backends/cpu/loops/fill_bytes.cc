// Memory filled with one value. Compiled once for each instruction set.
#include "backends/cpu/loops/fill_bytes.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/cpu/loops/fill_bytes.cc"
#include <hwy/cache_control.h>
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include <algorithm>
#include <cstring>

#include "backends/cpu/loops/cache_line.h"
#include "base/machine.h"

HWY_BEFORE_NAMESPACE();
namespace tfjs_native {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// `dst` and `size_bytes` are whole lines, all of which are the same.
void fill_lines(uint8_t* HWY_RESTRICT dst, int64_t size_bytes, const uint8_t* line, bool streams) {
  const hn::CappedTag<uint8_t, kLine> d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  const auto value = hn::Load(d, line);
  if (streams) {
    for (int64_t i = 0; i < size_bytes; i += lanes) hn::Stream(value, d, dst + i);
    hwy::FlushStream();
  } else {
    for (int64_t i = 0; i < size_bytes; i += lanes) hn::Store(value, d, dst + i);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace tfjs_native
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tfjs_native {

HWY_EXPORT(fill_lines);

namespace {

/// Whether memset() is the better way: it can fill lines of a farther cache that nobody has read
/// before, where stores read them first.
bool suits_memset(const uint8_t* line, int64_t size_bytes) {
  return size_bytes > static_cast<int64_t>(machine().cache_bytes(2)) &&
         std::all_of(line, line + kLine, [line](uint8_t byte) { return byte == line[0]; });
}

}  // namespace

void fill_bytes(void* dst, int64_t size_bytes, const void* pattern, int64_t unit_bytes,
                bool streams) {
  alignas(kLine) uint8_t line[kLine];
  for (int64_t i = 0; i < kLine; i += unit_bytes) {
    std::memcpy(line + i, pattern, static_cast<size_t>(unit_bytes));
  }
  auto* to = static_cast<uint8_t*>(dst);
  if (!streams && suits_memset(line, size_bytes)) {
    std::memset(to, line[0], static_cast<size_t>(size_bytes));
    return;
  }
  // Every part is whole units, so that the pattern begins anew with each.
  const auto place = static_cast<int64_t>(reinterpret_cast<uintptr_t>(to) % kLine);
  const int64_t head = std::min(size_bytes, place == 0 ? 0 : kLine - place);
  const int64_t body = (size_bytes - head) / kLine * kLine;
  if (head > 0) std::memcpy(to, line, static_cast<size_t>(head));
  if (body > 0) HWY_DYNAMIC_DISPATCH(fill_lines)(to + head, body, line, streams);
  const int64_t tail = size_bytes - head - body;
  if (tail > 0) std::memcpy(to + head + body, line, static_cast<size_t>(tail));
}

}  // namespace tfjs_native
#endif
