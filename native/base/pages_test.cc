#include "base/pages.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <vector>

namespace tfjs_native {
namespace {

constexpr size_t kKiB = 1024;
constexpr size_t kMiB = 1024 * kKiB;

/// Around the sizes of huge pages, which are 2 MiB mostly.
const size_t kSizes[] = {128 * kKiB, 2 * kMiB,        8 * kMiB,  8 * kMiB + 4 * kKiB,
                         9 * kMiB,   11 * kMiB + 100, 48 * kMiB, 48 * kMiB + 64 * kKiB};

bool holds(const void* data, size_t size_bytes, unsigned char value) {
  const auto* const bytes = static_cast<const unsigned char*>(data);
  return bytes[0] == value && std::memcmp(bytes, bytes + 1, size_bytes - 1) == 0;
}

TEST(Pages, AreZeroAndNobodyElses) {
  std::vector<void*> blocks;
  for (const size_t size : kSizes) {
    void* const block = map_pages(size);
    ASSERT_NE(block, nullptr);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(block) % 4096, 0u);
    blocks.push_back(block);
  }
  for (size_t i = 0; i < blocks.size(); ++i) {
#if !defined(__SANITIZE_ADDRESS__)
    EXPECT_TRUE(holds(blocks[i], kSizes[i], 0)) << kSizes[i];
#endif
    std::memset(blocks[i], static_cast<int>(i + 1), kSizes[i]);
  }
  // Every other one goes: the rest stays as it is, to both its ends.
  for (size_t i = 0; i < blocks.size(); i += 2) unmap_pages(blocks[i], kSizes[i]);
  for (size_t i = 1; i < blocks.size(); i += 2) {
    EXPECT_TRUE(holds(blocks[i], kSizes[i], static_cast<unsigned char>(i + 1))) << kSizes[i];
    unmap_pages(blocks[i], kSizes[i]);
  }
}

}  // namespace
}  // namespace tfjs_native
