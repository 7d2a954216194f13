#pragma once

#include <cstdint>
#include <vector>

#include "tensor/shape.h"

namespace tfjs_native {

/// A layout in which dimensions are cut into blocks, as oneDNN packs weights: element x lies at
/// offset + sum of (x[d] / block of d) * strides[d], and within its inner block, which is dense, by
/// what is left of its indices. A dimension may be cut more than once (16 and then 4 of the 16).
/// Offsets and strides count elements.
struct BlockedLayout {
  Ints extents;
  Ints padded_extents;  // Whole blocks; what lies beyond the extents holds zeros.
  Ints strides;         // From block to block.
  Ints inner_extents;   // Of the inner block, outermost first: all that are cut off one dimension,
  Ints inner_dims;      // multiplied, are its block; inner_dims[i] is the dimension.
  int64_t offset = 0;
};

/// A copy of 4-byte elements between a plain strided array and a blocked layout of the same
/// extents. oneDNN's own reorders are not used: theirs lose values where a block is cut off (a
/// tail) and a cache is small. Immutable; any thread may run it; large ones are divided over the
/// thread pool.
class BlockedCopy {
 public:
  BlockedCopy(const BlockedLayout& blocked, const Ints& plain_strides, int64_t plain_offset);

  /// Writes the blocked form of `plain`, its padding included.
  void pack(const void* plain, void* blocked) const;
  /// The other way round; elements of `plain` that the strides leave out stay as they are.
  void unpack(const void* blocked, void* plain) const;

 private:
  /// A dimension as the walk over the blocks sees it.
  struct Dim {
    int64_t extent;
    int64_t block;
    int64_t count;  // Blocks.
    int64_t blocked_step;
    int64_t plain_step;          // For a whole block.
    std::vector<int64_t> inner;  // Index within the block, for each element of the inner block.
  };

  /// Calls visit(blocked_offset, plain_offset, places, is_whole) for the blocks from `begin` to
  /// `end`: where a block starts on both sides, its place along each dimension, and whether all of
  /// its elements are there.
  template <typename Visit>
  void walk(int64_t begin, int64_t end, Visit visit) const;
  template <typename Copy>
  void for_each_block(Copy copy) const;
  bool is_inside(const Ints& places, size_t element) const;

  std::vector<Dim> dims_;               // In the order in which the blocks lie.
  std::vector<int64_t> plain_offsets_;  // For each element of the inner block.
  int64_t run_ = 1;  // Elements that lie together on both sides, a divisor of the inner block's.
  int64_t blocks_ = 1;
  int64_t blocked_offset_;
  int64_t plain_offset_;
};

}  // namespace tfjs_native
