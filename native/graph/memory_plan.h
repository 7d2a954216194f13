#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace tfjs_native {

/// Memory that is in use from the begin of one step to the end of another.
struct Lifetime {
  size_t size_bytes = 0;
  size_t first_step = 0;
  size_t last_step = 0;  // Included.
};

struct MemoryPlan {
  std::vector<size_t> offsets;  // One for each lifetime; multiples of kArenaAlignment.
  size_t arena_bytes = 0;
};

constexpr size_t kArenaAlignment = 64;

/// Places in one arena, such that what is in use at the same step does not overlap: the largest
/// first, each into the smallest gap that holds it. (Greedy by size: Pisarchyk and Lee, Efficient
/// Memory Management for Deep Neural Net Inference, 2020.)
MemoryPlan plan_memory(std::span<const Lifetime> lifetimes);

}  // namespace tfjs_native
