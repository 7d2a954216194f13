#pragma once

#include <cstdint>

#include "backends/cpu/pooling/pool_geometry.h"
#include "tensor/dtype.h"

namespace tfjs_native {

/// For output pixels [begin, end) and each channel: where in its window the maximum stands, as
/// (z * filter_height + y) * filter_width + x, or -1 where nothing exceeds -Infinity (NaNs never
/// count). `maxima` of the source's type receives the maxima, and where there is none -Infinity or
/// the least integer; it may be null.
using PoolPositions = void (*)(const PoolGeometry& geometry, const void* src, void* maxima,
                               int32_t* positions, int64_t begin, int64_t end);

/// `last`: of equal elements the last wins (and -Infinity counts), else the first.
PoolPositions pool_positions(DType dtype, bool last);

}  // namespace tfjs_native
