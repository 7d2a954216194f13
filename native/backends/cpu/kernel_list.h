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
std::span<const Kernel> concat_kernels();
std::span<const Kernel> slice_kernels();
std::span<const Kernel> pad_kernels();
std::span<const Kernel> permute_kernels();
std::span<const Kernel> space_to_batch_kernels();
std::span<const Kernel> gather_kernels();
std::span<const Kernel> create_kernels();
std::span<const Kernel> scatter_kernels();
std::span<const Kernel> count_kernels();

// Reduction, scan, softmax:

// Pooling, normalization, images:

}  // namespace tfjs_native
