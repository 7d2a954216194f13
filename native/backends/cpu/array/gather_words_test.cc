#include "backends/cpu/array/gather_words.h"

#include <gtest/gtest.h>

#include <vector>

namespace tfjs_native {
namespace {

TEST(GatherWords, TakesWordsFromAnywhereToAnywhere) {
  constexpr int32_t kExtent = 1000;
  std::vector<float> lines(2 * kExtent);
  for (size_t i = 0; i < lines.size(); ++i) lines[i] = static_cast<float>(i) + 0.5f;
  for (const int64_t count : {0, 1, 15, 16, 17, 100, 4099}) {
    std::vector<int32_t> indices(static_cast<size_t>(count));
    for (size_t i = 0; i < indices.size(); ++i) {
      indices[i] = static_cast<int32_t>((i * 2654435761u) % kExtent);
    }
    for (const size_t offset : {0, 1, 3}) {
      for (const bool streams : {false, true}) {
        std::vector<float> dst(indices.size() + offset + 1, -1);
        gather_words({reinterpret_cast<const char*>(lines.data()),
                      reinterpret_cast<const char*>(lines.data() + kExtent), kExtent * 4,
                      indices.data(), count, reinterpret_cast<char*>(dst.data() + offset),
                      streams});
        for (size_t i = 0; i < dst.size(); ++i) {
          const bool is_taken = i >= offset && i < offset + indices.size();
          ASSERT_EQ(dst[i], is_taken ? static_cast<float>(indices[i - offset]) + 0.5f : -1)
              << "word " << i << " of " << count << " from " << offset;
        }
      }
    }
  }
}

}  // namespace
}  // namespace tfjs_native
