#pragma once

#include <span>

#include "device/kernel.h"

namespace tfjs_native {

/// All kernels of the CPU. For an operator with several the order is the order of preference.
std::span<const Kernel> cpu_kernels();

// One list for each file of kernels in this folder.
#define KERNELS(name) std::span<const Kernel> name##_kernels();
#include "backends/cpu/kernel_list.inc"
#undef KERNELS

}  // namespace tfjs_native
