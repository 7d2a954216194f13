#pragma once

#include "ops/op_table.h"
#include "ops/window_attrs.h"

namespace tfjs_native {

/// The window of a convolution over `spatial` dimensions whose input has shape `x`, with a filter
/// [spatial..., in, out]. Errors (BAD_SHAPE, BAD_ATTR) name the input `x_name`.
Result<Window> convolution_window(const Shape& x, const char* x_name, const Shape& filter,
                                  const Attrs& attrs, size_t spatial);

}  // namespace tfjs_native
