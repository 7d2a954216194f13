#pragma once

#include <oneapi/dnnl/dnnl.hpp>

#include "backends/cpu/derived_form.h"
#include "backends/cpu/loops/blocked_copy.h"

namespace tfjs_native {

/// The layout of float32 weights. Throws dnnl::error, "unimplemented", where it is none with
/// blocks.
BlockedLayout blocked_layout(const dnnl::memory::desc& desc);

/// The copy of float32 values from one layout to another as a form that a buffer keeps. One of the
/// two must be plain (strided), the other may be blocked, and its padding is written as zeros.
/// Empty when the layouts are equal. Throws as blocked_layout() does.
DerivedForm packed_form(const dnnl::memory::desc& from, const dnnl::memory::desc& to);

}  // namespace tfjs_native
