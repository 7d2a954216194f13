#include "base/hash_bytes.h"

#include <cstring>

namespace tfjs_native {
namespace {

// Odd, with bits in no order.
constexpr uint64_t kFactor = 0x9e3779b97f4a7c15ull;

uint64_t stir(uint64_t hash, uint64_t word) {
  hash = (hash ^ word) * kFactor;
  return hash ^ (hash >> 32);  // The upper bits know of all others.
}

uint64_t finish(uint64_t hash) {
  hash = (hash ^ (hash >> 32)) * kFactor;
  hash = (hash ^ (hash >> 29)) * kFactor;
  return hash ^ (hash >> 32);
}

}  // namespace

uint64_t hash_bytes(const void* data, size_t size_bytes) {
  // Words that lie apart go to chains of their own: a multiplication takes longer than a word takes
  // to load.
  constexpr size_t kChains = 8;
  const auto* bytes = static_cast<const unsigned char*>(data);
  uint64_t chains[kChains];
  for (size_t i = 0; i < kChains; ++i) chains[i] = finish(i + 1);
  size_t left = size_bytes;
  uint64_t words[kChains];
  for (; left >= sizeof words; left -= sizeof words, bytes += sizeof words) {
    std::memcpy(words, bytes, sizeof words);
    for (size_t i = 0; i < kChains; ++i) chains[i] = stir(chains[i], words[i]);
  }
  if (left > 0) {
    std::memset(words, 0, sizeof words);
    std::memcpy(words, bytes, left);
    for (size_t i = 0; i < kChains; ++i) chains[i] = stir(chains[i], words[i]);
  }
  uint64_t hash = size_bytes;
  for (const uint64_t chain : chains) hash = stir(hash, finish(chain));
  return finish(hash);
}

}  // namespace tfjs_native
