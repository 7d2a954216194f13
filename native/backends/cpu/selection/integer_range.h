#pragma once

#include <algorithm>
#include <cstdint>

namespace tfjs_native {

/// The extremes of `count` > 0 integers.
struct IntegerRange {
  IntegerRange(const int32_t* x, int64_t count) : least(x[0]), most(x[0]) {
    for (int64_t i = 1; i < count; ++i) {
      least = std::min(least, x[i]);
      most = std::max(most, x[i]);
    }
  }
  int64_t size() const { return int64_t{most} - least + 1; }

  int32_t least;
  int32_t most;
};

}  // namespace tfjs_native
