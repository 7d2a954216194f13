#pragma once

#include <bit>
#include <cstdint>

#include "tensor/element_type.h"

namespace tfjs_native {

/// Equal for values that are the same in JavaScript's collections: every NaN is every other, and -0
/// is 0. No other two share a key, and no float has the key 0xffffffff.
inline uint32_t key_of(float value) {
  if (value == 0) return 0;
  return value == value ? std::bit_cast<uint32_t>(value) : 0x7fc00000u;
}
inline uint32_t key_of(int32_t value) { return static_cast<uint32_t>(value); }
inline uint32_t key_of(Bool value) { return value; }

/// Every input bit moves every output bit; no two inputs give the same (MurmurHash3's finalizer).
inline uint32_t mixed(uint32_t hash) {
  hash ^= hash >> 16;
  hash *= 0x85ebca6bu;
  hash ^= hash >> 13;
  hash *= 0xc2b2ae35u;
  return hash ^ (hash >> 16);
}

}  // namespace tfjs_native
