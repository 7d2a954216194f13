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

// Arrays:

// Reduction, scan, softmax:
std::span<const Kernel> reduction_kernels();
std::span<const Kernel> arg_reduction_kernels();
std::span<const Kernel> softmax_kernels();
std::span<const Kernel> scan_kernels();
std::span<const Kernel> top_k_kernels();

// Pooling, normalization, images:
std::span<const Kernel> pooling_kernels();
std::span<const Kernel> pool_argmax_kernels();
std::span<const Kernel> pool_grad_kernels();
std::span<const Kernel> batch_norm_kernels();
std::span<const Kernel> resize_kernels();

}  // namespace tfjs_native
