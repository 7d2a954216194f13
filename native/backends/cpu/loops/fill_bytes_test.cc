#include "backends/cpu/loops/fill_bytes.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "base/machine.h"

namespace tfjs_native {
namespace {

TEST(FillBytes, RepeatsUnitsAndNothingElse) {
  const unsigned char pattern[8] = {1, 2, 3, 4, 5, 6, 7, 8};
  constexpr size_t kMargin = 64;
  for (const size_t unit : {1, 2, 4, 8}) {
    for (const size_t count : {0, 1, 3, 8, 15, 64, 67, 300}) {
      for (const size_t offset : {0, 1, 5}) {
        for (const bool streams : {false, true}) {
          const size_t begin = kMargin + offset * unit;
          std::vector<uint64_t> memory(60 + count * unit / 8);
          auto* const bytes = reinterpret_cast<unsigned char*>(memory.data());
          const size_t size = memory.size() * 8;
          fill_bytes(bytes + begin, static_cast<int64_t>(count * unit), pattern,
                     static_cast<int64_t>(unit), streams);
          for (size_t i = 0; i < size; ++i) {
            const bool is_inside = i >= begin && i < begin + count * unit;
            ASSERT_EQ(bytes[i], is_inside ? pattern[(i - begin) % unit] : 0)
                << "byte " << i << " of " << count << " units of " << unit;
          }
        }
      }
    }
  }
}

TEST(FillBytes, RepeatsOneByteOverWhatOutgrowsTheSecondCache) {
  const unsigned char pattern[4] = {7, 7, 7, 7};
  const size_t size = machine().cache_bytes(2) / 4 * 4 + 1028;
  for (const bool streams : {false, true}) {
    std::vector<unsigned char> bytes(size + 8);
    fill_bytes(bytes.data() + 4, static_cast<int64_t>(size), pattern, 4, streams);
    EXPECT_EQ(std::count(bytes.begin() + 4, bytes.end() - 4, 7), static_cast<int64_t>(size));
    EXPECT_EQ(std::count(bytes.begin(), bytes.begin() + 4, 0), 4);
    EXPECT_EQ(std::count(bytes.end() - 4, bytes.end(), 0), 4);
  }
}

}  // namespace
}  // namespace tfjs_native
