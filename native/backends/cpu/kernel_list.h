#pragma once

#include <span>

#include "device/kernel.h"

namespace tfjs_native {

/// All kernels of the CPU. For an operator with several the order is the order of preference.
std::span<const Kernel> cpu_kernels();

// One list for each file of kernels in this folder.

// Element-wise:
std::span<const Kernel> arithmetic_kernels();

// Convolution and matrix product:
std::span<const Kernel> convolution_kernels();
std::span<const Kernel> integer_convolution_kernels();
std::span<const Kernel> transposed_convolution_kernels();
std::span<const Kernel> convolution_gradient_kernels();
std::span<const Kernel> matmul_kernels();
std::span<const Kernel> integer_matmul_kernels();

// Arrays:

// Reduction, scan, softmax:

// Pooling, normalization, images:

}  // namespace tfjs_native
