#pragma once

#include <cstdint>

#include "base/function_ref.h"

namespace tfjs_native {

/// How a kernel's loops write the elements of its output: where they belong or, a block after
/// another, through memory that stays in the nearest cache. In blocks where the output lies over an
/// input, which loops may read again; and where it outgrows the caches, so that it goes past them:
/// memory that is written in whole lines need not be read before.
class BlockWrites {
 public:
  BlockWrites(int64_t count, int64_t element_bytes, bool is_in_place);

  bool is_direct() const { return way_ == Way::kDirect; }

  /// Calls `compute(begin, end, to)` for ranges that make up [begin, end), to write their elements
  /// from `to` on; it returns what it will read next, or null. `dst` is where element 0 belongs. On
  /// the calling thread.
  void run(void* dst, int64_t begin, int64_t end,
           FunctionRef<const void*(int64_t begin, int64_t end, char* to)> compute) const;

 private:
  enum class Way { kDirect, kCopy, kStream };

  const int64_t element_bytes_;
  const Way way_;
};

}  // namespace tfjs_native
