#pragma once

#include <algorithm>
#include <cstdint>

namespace tfjs_native::cuda {

constexpr int kBlockThreads = 256;

/// Blocks for a loop over `count` elements in which every thread strides by the whole grid: as many
/// as there are elements for, up to what fills any GPU several times over.
inline unsigned blocks_for(int64_t count) {
  return static_cast<unsigned>(
      std::clamp<int64_t>((count + kBlockThreads - 1) / kBlockThreads, 1, 1 << 16));
}

}  // namespace tfjs_native::cuda
