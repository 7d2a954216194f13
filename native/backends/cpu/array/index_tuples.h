#pragma once

#include <cstdint>

#include "base/status.h"
#include "tensor/tensor_desc.h"

namespace tfjs_native {

/// The tuples of an int32 tensor, each of which names a slice of a tensor of some shape by the
/// slice's indices along its outermost dimensions.
class IndexTuples {
 public:
  IndexTuples() = default;
  /// `count` tuples of `depth` indices each lie one after another. The shape must hold elements.
  IndexTuples(const Shape& shape, size_t depth, int64_t count);

  size_t depth() const { return depth_; }
  int64_t count() const { return count_; }

  /// The number of the slice that tuple `i` names, or -1 where an index is outside of its
  /// dimension.
  int64_t slice(const int32_t* indices, int64_t i) const {
    const int32_t* tuple = indices + i * static_cast<int64_t>(depth_);
    int64_t number = 0;
    for (size_t d = 0; d < depth_; ++d) {
      if (tuple[d] < 0 || tuple[d] >= shape_[d]) return -1;
      number = number * shape_[d] + tuple[d];
    }
    return number;
  }

  /// True where every tuple names a slice.
  bool are_inside(const int32_t* indices) const;

  /// The error for a tuple without a slice. `where` names the tensor: "params of shape".
  Status outside(const int32_t* indices, int64_t i, const char* where) const;

 private:
  Shape shape_;
  size_t depth_ = 0;
  int64_t count_ = 0;
};

}  // namespace tfjs_native
