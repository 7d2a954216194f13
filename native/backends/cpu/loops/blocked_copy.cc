#include "backends/cpu/loops/blocked_copy.h"

#include <algorithm>
#include <cstring>

#include "base/thread_pool.h"

namespace tfjs_native {
namespace {

constexpr int64_t kGrain = 32 * 1024;  // Elements that are worth another thread.

/// Elements that lie together on the plain side, one run after another.
int64_t common_run(const std::vector<int64_t>& offsets) {
  const auto size = static_cast<int64_t>(offsets.size());
  int64_t run = 1;
  while (run < size && offsets[static_cast<size_t>(run)] == offsets[0] + run) ++run;
  for (; run > 1; --run) {
    if (size % run != 0) continue;
    bool is_common = true;
    for (int64_t i = 0; i < size && is_common; ++i) {
      is_common =
          offsets[static_cast<size_t>(i)] == offsets[static_cast<size_t>(i - i % run)] + i % run;
    }
    if (is_common) break;
  }
  return run;
}

}  // namespace

BlockedCopy::BlockedCopy(const BlockedLayout& blocked, const Ints& plain_strides,
                         int64_t plain_offset)
    : blocked_offset_(blocked.offset), plain_offset_(plain_offset) {
  const size_t rank = blocked.extents.size();
  int64_t inner_size = 1;
  for (const int64_t extent : blocked.inner_extents) inner_size *= extent;
  plain_offsets_.assign(static_cast<size_t>(inner_size), 0);
  for (size_t d = 0; d < rank; ++d) {
    Dim dim{blocked.extents[d], 1, 0, blocked.strides[d], 0, {}};
    dim.inner.assign(static_cast<size_t>(inner_size), 0);
    // From the innermost cut outwards: `below` elements of the inner block lie within one step of
    // this cut, and `dim.block` indices of the dimension do.
    int64_t below = 1;
    for (size_t i = blocked.inner_extents.size(); i-- > 0;) {
      const int64_t extent = blocked.inner_extents[i];
      if (blocked.inner_dims[i] == static_cast<int64_t>(d)) {
        for (int64_t e = 0; e < inner_size; ++e) {
          dim.inner[static_cast<size_t>(e)] += e / below % extent * dim.block;
        }
        dim.block *= extent;
      }
      below *= extent;
    }
    dim.count = blocked.padded_extents[d] / dim.block;
    dim.plain_step = dim.block * plain_strides[d];
    for (size_t e = 0; e < plain_offsets_.size(); ++e) {
      plain_offsets_[e] += dim.inner[e] * plain_strides[d];
    }
    blocks_ *= dim.count;
    dims_.push_back(std::move(dim));
  }
  std::stable_sort(dims_.begin(), dims_.end(),
                   [](const Dim& a, const Dim& b) { return a.blocked_step > b.blocked_step; });
  run_ = common_run(plain_offsets_);
}

template <typename Visit>
void BlockedCopy::walk(int64_t begin, int64_t end, Visit visit) const {
  Ints places(dims_.size(), 0);
  int64_t blocked = blocked_offset_;
  int64_t plain = plain_offset_;
  int64_t rest = begin;
  for (size_t d = dims_.size(); d-- > 0;) {
    places[d] = rest % dims_[d].count;
    rest /= dims_[d].count;
    blocked += places[d] * dims_[d].blocked_step;
    plain += places[d] * dims_[d].plain_step;
  }
  for (int64_t i = begin; i < end; ++i) {
    bool is_whole = true;
    for (size_t d = 0; d < dims_.size(); ++d) {
      if ((places[d] + 1) * dims_[d].block > dims_[d].extent) is_whole = false;
    }
    visit(blocked, plain, places, is_whole);
    for (size_t d = dims_.size(); d-- > 0;) {
      blocked += dims_[d].blocked_step;
      plain += dims_[d].plain_step;
      if (++places[d] < dims_[d].count) break;
      blocked -= places[d] * dims_[d].blocked_step;
      plain -= places[d] * dims_[d].plain_step;
      places[d] = 0;
    }
  }
}

bool BlockedCopy::is_inside(const Ints& places, size_t element) const {
  for (size_t d = 0; d < dims_.size(); ++d) {
    if (places[d] * dims_[d].block + dims_[d].inner[element] >= dims_[d].extent) return false;
  }
  return true;
}

template <typename Copy>
void BlockedCopy::for_each_block(Copy copy) const {
  const auto inner_size = static_cast<int64_t>(plain_offsets_.size());
  ThreadPool::instance().parallel_for(blocks_, std::max<int64_t>(1, kGrain / inner_size),
                                      [&](int64_t begin, int64_t end) { walk(begin, end, copy); });
}

void BlockedCopy::pack(const void* plain, void* blocked) const {
  const auto* from = static_cast<const uint32_t*>(plain);
  auto* to = static_cast<uint32_t*>(blocked);
  const size_t size = plain_offsets_.size();
  const auto run = static_cast<size_t>(run_);
  for_each_block([&](int64_t at, int64_t plain_at, const Ints& places, bool is_whole) {
    uint32_t* dst = to + at;
    const uint32_t* src = from + plain_at;
    if (!is_whole) {
      for (size_t i = 0; i < size; ++i) {
        dst[i] = is_inside(places, i) ? src[plain_offsets_[i]] : 0;
      }
    } else if (run >= 4) {
      for (size_t i = 0; i < size; i += run) {
        std::memcpy(dst + i, src + plain_offsets_[i], run * sizeof(uint32_t));
      }
    } else {
      for (size_t i = 0; i < size; ++i) dst[i] = src[plain_offsets_[i]];
    }
  });
}

void BlockedCopy::unpack(const void* blocked, void* plain) const {
  const auto* from = static_cast<const uint32_t*>(blocked);
  auto* to = static_cast<uint32_t*>(plain);
  const size_t size = plain_offsets_.size();
  const auto run = static_cast<size_t>(run_);
  for_each_block([&](int64_t at, int64_t plain_at, const Ints& places, bool is_whole) {
    const uint32_t* src = from + at;
    uint32_t* dst = to + plain_at;
    if (!is_whole) {
      for (size_t i = 0; i < size; ++i) {
        if (is_inside(places, i)) dst[plain_offsets_[i]] = src[i];
      }
    } else if (run >= 4) {
      for (size_t i = 0; i < size; i += run) {
        std::memcpy(dst + plain_offsets_[i], src + i, run * sizeof(uint32_t));
      }
    } else {
      for (size_t i = 0; i < size; ++i) dst[plain_offsets_[i]] = src[i];
    }
  });
}

}  // namespace tfjs_native
