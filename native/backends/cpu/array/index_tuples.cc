#include "backends/cpu/array/index_tuples.h"

namespace tfjs_native {

IndexTuples::IndexTuples(const Shape& shape, size_t depth, int64_t count)
    : shape_(shape), depth_(depth), count_(count) {}

Status IndexTuples::outside(const int32_t* indices, int64_t i, const char* where) const {
  const int32_t* tuple = indices + i * static_cast<int64_t>(depth_);
  return make_status(Code::kBadAttr, "indices: %s is outside of %s %s",
                     to_string(Ints(tuple, tuple + depth_)).c_str(), where,
                     to_string(shape_).c_str());
}

}  // namespace tfjs_native
