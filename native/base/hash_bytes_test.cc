#include "base/hash_bytes.h"

#include <gtest/gtest.h>

#include <set>
#include <vector>

namespace tfjs_native {
namespace {

TEST(HashBytes, EqualContentsHaveEqualNumbersWhereverTheyLie) {
  for (const size_t size : {0, 1, 7, 8, 63, 64, 65, 1000}) {
    std::vector<unsigned char> first(size + 3);
    for (size_t i = 0; i < size; ++i) first[i] = static_cast<unsigned char>(i * 7 + 1);
    std::vector<unsigned char> second(size + 3, 0xff);
    std::copy_n(first.begin(), size, second.begin() + 3);
    EXPECT_EQ(hash_bytes(first.data(), size), hash_bytes(second.data() + 3, size)) << size;
  }
}

TEST(HashBytes, EveryBitCounts) {
  std::vector<unsigned char> bytes(200);
  std::set<uint64_t> seen{hash_bytes(bytes.data(), bytes.size())};
  for (unsigned char& byte : bytes) {
    for (int bit = 0; bit < 8; ++bit) {
      byte = static_cast<unsigned char>(1 << bit);
      EXPECT_TRUE(seen.insert(hash_bytes(bytes.data(), bytes.size())).second);
    }
    byte = 0;
  }
}

TEST(HashBytes, ZerosOfOtherLengthsDiffer) {
  const std::vector<unsigned char> zeros(300);
  std::set<uint64_t> seen;
  for (size_t size = 0; size <= zeros.size(); ++size) {
    EXPECT_TRUE(seen.insert(hash_bytes(zeros.data(), size)).second) << size;
  }
}

TEST(HashBytes, WordsThatChangePlacesDiffer) {
  std::vector<uint64_t> words(32);
  for (size_t i = 0; i < words.size(); ++i) words[i] = i;
  std::set<uint64_t> seen{hash_bytes(words.data(), words.size() * sizeof(uint64_t))};
  for (size_t i = 0; i < words.size(); ++i) {
    for (size_t j = 0; j < i; ++j) {
      std::swap(words[i], words[j]);
      EXPECT_TRUE(seen.insert(hash_bytes(words.data(), words.size() * sizeof(uint64_t))).second);
      std::swap(words[i], words[j]);
    }
  }
}

}  // namespace
}  // namespace tfjs_native
