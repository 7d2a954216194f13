#pragma once

#include "device/attrs.h"
#include "tensor/window.h"

namespace tfjs_native {

/// Hands the geometry that inference resolved on to kernels, as the attribute "window".
void set_window(Attrs& attrs, const Window& window);

/// The geometry that set_window() stored.
Window window_of(const Attrs& attrs);

}  // namespace tfjs_native
