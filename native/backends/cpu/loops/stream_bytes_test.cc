#include "backends/cpu/loops/stream_bytes.h"

#include <gtest/gtest.h>
#include <hwy/cache_control.h>

#include <vector>

namespace tfjs_native {
namespace {

TEST(StreamBytes, CopiesBytesFromAnywhereToAnywhere) {
  std::vector<unsigned char> src(5000);
  for (size_t i = 0; i < src.size(); ++i) {
    src[i] = static_cast<unsigned char>((i * 2654435761u) >> 13);
  }
  for (const size_t size : {0, 1, 63, 64, 65, 128, 1000, 4096}) {
    for (const size_t from : {0, 3, 32}) {
      for (const size_t to : {0, 1, 60, 64}) {
        std::vector<unsigned char> dst(to + size + 70, 0xA5);
        const void* const next = to == 1 ? nullptr : src.data();
        stream_bytes(dst.data() + to, src.data() + from, static_cast<int64_t>(size), next);
        hwy::FlushStream();
        for (size_t i = 0; i < dst.size(); ++i) {
          const bool is_inside = i >= to && i < to + size;
          ASSERT_EQ(dst[i], is_inside ? src[from + i - to] : 0xA5)
              << "byte " << i << " of " << size << " from " << from << " to " << to;
        }
      }
    }
  }
}

}  // namespace
}  // namespace tfjs_native
