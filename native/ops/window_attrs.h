#pragma once

#include "device/attrs.h"
#include "tensor/window.h"

namespace tfjs_native {

/// The sliding window that a call's attributes describe: strides, pad, and where the operator has
/// them dilations, dimRoundingMode and dataFormat. `filter` holds the filter's spatial extents.
WindowSpec window_spec(const Attrs& attrs, Ints filter);

}  // namespace tfjs_native
