#include "graph/memory_plan.h"

#include <algorithm>
#include <limits>
#include <numeric>

namespace tfjs_native {
namespace {

size_t aligned(size_t size_bytes) {
  return (size_bytes + kArenaAlignment - 1) / kArenaAlignment * kArenaAlignment;
}

bool meet(const Lifetime& a, const Lifetime& b) {
  return a.first_step <= b.last_step && b.first_step <= a.last_step;
}

}  // namespace

MemoryPlan plan_memory(std::span<const Lifetime> lifetimes) {
  MemoryPlan plan;
  plan.offsets.assign(lifetimes.size(), 0);
  std::vector<size_t> by_size(lifetimes.size());
  std::iota(by_size.begin(), by_size.end(), size_t{0});
  std::stable_sort(by_size.begin(), by_size.end(), [&](size_t a, size_t b) {
    return lifetimes[a].size_bytes > lifetimes[b].size_bytes;
  });
  std::vector<size_t> placed;  // In the order of their offsets.
  for (const size_t index : by_size) {
    const Lifetime& lifetime = lifetimes[index];
    const size_t size = aligned(lifetime.size_bytes);
    if (size == 0) continue;
    size_t best = 0;
    size_t best_gap = std::numeric_limits<size_t>::max();
    size_t end = 0;  // Of what has been looked at and is in use at the same time.
    for (const size_t other : placed) {
      if (!meet(lifetime, lifetimes[other])) continue;
      const size_t begin = plan.offsets[other];
      if (begin > end && begin - end >= size && begin - end < best_gap) {
        best = end;
        best_gap = begin - end;
      }
      end = std::max(end, begin + aligned(lifetimes[other].size_bytes));
    }
    const size_t offset = best_gap == std::numeric_limits<size_t>::max() ? end : best;
    plan.offsets[index] = offset;
    plan.arena_bytes = std::max(plan.arena_bytes, offset + size);
    const auto place =
        std::upper_bound(placed.begin(), placed.end(), offset,
                         [&](size_t value, size_t other) { return value < plan.offsets[other]; });
    placed.insert(place, index);
  }
  return plan;
}

}  // namespace tfjs_native
