#include "backends/cpu/pooling/pool_geometry.h"

#include <algorithm>

namespace tfjs_native {

PoolGeometry::PoolGeometry(const Window& window) : batch(window.batch), channels(window.channels) {
  const size_t missing = dims.size() - window.dims.size();
  for (size_t i = 0; i < dims.size(); ++i) {
    WindowDim& dim = dims[i];
    if (i < missing) {
      dim.in = dim.out = 1;
    } else {
      dim = window.dims[i - missing];
    }
  }
  // Where there is no window, other extents may be larger than any memory.
  const auto has_none = [](const WindowDim& dim) { return dim.out == 0; };
  if (batch == 0 || channels == 0 || std::any_of(dims.begin(), dims.end(), has_none)) return;
  for (size_t i = 0; i < dims.size(); ++i) {
    const WindowDim& dim = dims[i];
    ranges[i].reserve(static_cast<size_t>(dim.out));
    for (int64_t out = 0; out < dim.out; ++out) {
      const int64_t corner = out * dim.stride - dim.pad_begin;
      const int64_t begin = std::max<int64_t>(0, corner);
      ranges[i].push_back({begin, std::max(begin, std::min(dim.in, corner + dim.filter)), corner});
    }
  }
}

PoolGeometry::Range PoolGeometry::windows_at(size_t d, int64_t i) const {
  const WindowDim& dim = dims[d];
  const int64_t padded = i + dim.pad_begin;
  const int64_t last = padded < 0 ? -1 : padded / dim.stride;
  const int64_t beyond = padded - dim.filter;  // The last corner that is too early.
  const int64_t first = beyond < 0 ? 0 : beyond / dim.stride + 1;
  return {first, std::max(first, std::min(dim.out, last + 1)), 0};
}

}  // namespace tfjs_native
