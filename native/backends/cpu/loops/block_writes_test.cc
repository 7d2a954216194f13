#include "backends/cpu/loops/block_writes.h"

#include <gtest/gtest.h>

#include <cstring>
#include <vector>

#include "base/machine.h"

namespace tfjs_native {
namespace {

/// Writes element i as i, in two ranges, to memory that begins `offset` elements behind a line.
template <typename T>
void expect_written(int64_t count, bool is_in_place, int64_t offset) {
  const BlockWrites writes(count, sizeof(T), is_in_place);
  const auto bytes = static_cast<size_t>(count) * sizeof(T);
  EXPECT_EQ(writes.is_direct(), !is_in_place && bytes <= machine().cache_bytes(3));
  constexpr T kGuard{77};
  std::vector<T> memory(static_cast<size_t>(count + offset + 16 + 64), kGuard);
  const auto place = reinterpret_cast<uintptr_t>(memory.data()) % 64;
  T* const dst = memory.data() + (place == 0 ? 0 : (64 - place) / sizeof(T)) + offset;
  dst[count] = kGuard;
  int64_t next = 0;
  const auto compute = [&](int64_t begin, int64_t end, char* to) -> const void* {
    EXPECT_EQ(begin, next);
    next = end;
    for (int64_t i = begin; i < end; ++i) {
      const T value = static_cast<T>(i);
      std::memcpy(to + (i - begin) * static_cast<int64_t>(sizeof(T)), &value, sizeof(T));
    }
    return end == count ? nullptr : to;
  };
  const int64_t middle = count / 3;
  writes.run(dst, 0, middle, compute);
  writes.run(dst, middle, count, compute);
  EXPECT_EQ(next, count);
  int64_t wrong = 0;
  for (int64_t i = 0; i < count; ++i) wrong += dst[i] == static_cast<T>(i) ? 0 : 1;
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(dst[count], kGuard);
}

TEST(BlockWrites, WhereElementsBelong) {
  expect_written<float>(0, false, 0);
  expect_written<float>(5000, false, 3);
}

TEST(BlockWrites, OverAnInput) {
  for (const int64_t count : {1, 5, 2048, 2049, 50000}) {
    for (const int64_t offset : {0, 1, 7}) {
      expect_written<float>(count, true, offset);
      expect_written<uint8_t>(count, true, offset);
      expect_written<double>(count, true, offset);
    }
  }
}

TEST(BlockWrites, PastTheCaches) {
  const auto bytes = static_cast<int64_t>(machine().cache_bytes(3));
  expect_written<float>(bytes / 4 + 1001, false, 0);
  expect_written<float>(bytes / 4 + 1001, false, 5);
  expect_written<uint8_t>(bytes + 1001, false, 33);
}

}  // namespace
}  // namespace tfjs_native
