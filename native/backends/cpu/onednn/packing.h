#pragma once

#include <oneapi/dnnl/dnnl.hpp>

#include "backends/cpu/derived_form.h"

namespace tfjs_native {

/// The reorder from one layout to another as a form that a buffer keeps. Empty when the layouts are
/// equal. Throws dnnl::error.
DerivedForm packed_form(const dnnl::memory::desc& from, const dnnl::memory::desc& to);

}  // namespace tfjs_native
