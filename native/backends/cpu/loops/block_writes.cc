#include "backends/cpu/loops/block_writes.h"

#include <hwy/cache_control.h>

#include <algorithm>
#include <cstring>

#include "backends/cpu/loops/cache_line.h"
#include "backends/cpu/loops/stream_bytes.h"
#include "backends/cpu/loops/strided_copy.h"

namespace tfjs_native {
namespace {

constexpr int64_t kBlockBytes = 8192;

}  // namespace

BlockWrites::BlockWrites(int64_t count, int64_t element_bytes, bool is_in_place)
    : element_bytes_(element_bytes),
      way_(is_in_place                              ? Way::kCopy
           : outgrows_caches(count * element_bytes) ? Way::kStream
                                                    : Way::kDirect) {}

void BlockWrites::run(void* dst, int64_t begin, int64_t end,
                      FunctionRef<const void*(int64_t, int64_t, char*)> compute) const {
  char* const origin = static_cast<char*>(dst);
  if (way_ == Way::kDirect) {
    compute(begin, end, origin + begin * element_bytes_);
    return;
  }
  alignas(64) char block[kBlockBytes];
  while (begin < end) {
    char* const to = origin + begin * element_bytes_;
    // The first block ends with a line, so that the others are whole lines.
    const auto place = static_cast<int64_t>(reinterpret_cast<uintptr_t>(to) % kLine);
    const int64_t count = std::min(end - begin, (kBlockBytes - place) / element_bytes_);
    const void* const next = compute(begin, begin + count, block);
    if (way_ == Way::kStream) {
      stream_bytes(to, block, count * element_bytes_, next);
    } else {
      std::memcpy(to, block, static_cast<size_t>(count * element_bytes_));
    }
    begin += count;
  }
  if (way_ == Way::kStream) hwy::FlushStream();
}

}  // namespace tfjs_native
