#include "tensor/shape.h"

#include <algorithm>

namespace tfjs_native {

Ints strides_of(const Shape& shape) {
  Ints strides(shape.size(), 1);
  for (size_t i = shape.size(); i-- > 1;) {
    // Unsigned: beside an extent of 0 the others may be so large that the product wraps.
    strides[i - 1] =
        static_cast<int64_t>(static_cast<uint64_t>(strides[i]) * static_cast<uint64_t>(shape[i]));
  }
  return strides;
}

std::string to_string(const Ints& values) {
  std::string text = "[";
  for (size_t i = 0; i < values.size(); ++i) {
    if (i > 0) text += ',';
    text += std::to_string(values[i]);
  }
  return text + "]";
}

Status check_shape(const Shape& shape) {
  double count = 1;
  for (const int64_t extent : shape) {
    if (extent < 0) {
      return make_status(Code::kBadShape, "shape %s: extents must not be negative",
                         to_string(shape).c_str());
    }
    count *= static_cast<double>(extent);
  }
  if (count > 9007199254740992.0) {
    return make_status(Code::kBadShape, "shape %s: too many elements", to_string(shape).c_str());
  }
  return {};
}

Result<Shape> broadcast_shapes(const Shape& a, const Shape& b) {
  const size_t rank = std::max(a.size(), b.size());
  Shape out(rank, 1);
  for (size_t i = 0; i < rank; ++i) {
    const int64_t from_a = i < a.size() ? a[a.size() - 1 - i] : 1;
    const int64_t from_b = i < b.size() ? b[b.size() - 1 - i] : 1;
    if (from_a != from_b && from_a != 1 && from_b != 1) {
      return make_status(Code::kBadShape, "shapes %s and %s cannot be broadcast together",
                         to_string(a).c_str(), to_string(b).c_str());
    }
    out[rank - 1 - i] = from_a == 1 ? from_b : from_a;
  }
  return out;
}

Ints broadcast_strides(const Shape& from, const Shape& to) {
  const Ints dense = strides_of(from);
  Ints strides(to.size(), 0);
  const size_t lead = to.size() - from.size();
  for (size_t i = 0; i < from.size(); ++i) {
    strides[lead + i] = from[i] == 1 ? 0 : dense[i];
  }
  return strides;
}

Result<int64_t> normalize_axis(int64_t axis, size_t rank, const char* what) {
  const int64_t signed_rank = static_cast<int64_t>(rank);
  if (axis < -signed_rank || axis >= signed_rank) {
    return make_status(Code::kBadAttr, "%s: expected a value in [%lld, %lld), got %lld", what,
                       static_cast<long long>(-signed_rank), static_cast<long long>(signed_rank),
                       static_cast<long long>(axis));
  }
  return axis < 0 ? axis + signed_rank : axis;
}

}  // namespace tfjs_native
