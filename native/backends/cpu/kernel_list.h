#pragma once

#include <span>

#include "device/kernel.h"

namespace tfjs_native {

/// All kernels of the CPU. For an operator with several the order is the order of preference.
std::span<const Kernel> cpu_kernels();

// One list for each file of kernels in this folder.

// Element-wise:
std::span<const Kernel> unary_kernels();
std::span<const Kernel> binary_kernels();
std::span<const Kernel> cast_kernels();
std::span<const Kernel> select_kernels();
std::span<const Kernel> add_n_kernels();

// Convolution and matrix product:

// Arrays:

// Reduction, scan, softmax:

// Pooling, normalization, images:

}  // namespace tfjs_native
