#pragma once

#include <span>

#include "device/kernel.h"

namespace tfjs_native::cuda {

/// All kernels for NVIDIA GPUs. For an operator with several the order is the order of preference.
std::span<const Kernel> cuda_kernels();

// One list for each file of kernels in this folder.
std::span<const Kernel> arithmetic_kernels();
std::span<const Kernel> matmul_kernels();
std::span<const Kernel> convolution_kernels();

}  // namespace tfjs_native::cuda
