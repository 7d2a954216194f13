#include "backends/cpu/array/index_tuples.h"

#include <algorithm>

namespace tfjs_native {

IndexTuples::IndexTuples(const Shape& shape, size_t depth, int64_t count)
    : shape_(shape), depth_(depth), count_(count) {}

bool IndexTuples::are_inside(const int32_t* indices) const {
  bool is_outside = false;
  if (depth_ == 1) {
    // No index is larger than int32 holds.
    const auto extent = static_cast<uint32_t>(std::min(shape_[0], int64_t{1} << 31));
    for (int64_t i = 0; i < count_; ++i) is_outside |= static_cast<uint32_t>(indices[i]) >= extent;
  } else {
    for (int64_t i = 0; i < count_; ++i) is_outside |= slice(indices, i) < 0;
  }
  return !is_outside;
}

Status IndexTuples::outside(const int32_t* indices, int64_t i, const char* where) const {
  const int32_t* tuple = indices + i * static_cast<int64_t>(depth_);
  return make_status(Code::kBadAttr, "indices: %s is outside of %s %s",
                     to_string(Ints(tuple, tuple + depth_)).c_str(), where,
                     to_string(shape_).c_str());
}

}  // namespace tfjs_native
