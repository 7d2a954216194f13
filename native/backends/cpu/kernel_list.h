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
std::span<const Kernel> convolution_kernels();
std::span<const Kernel> integer_convolution_kernels();
std::span<const Kernel> transposed_convolution_kernels();
std::span<const Kernel> convolution_gradient_kernels();
std::span<const Kernel> matmul_kernels();
std::span<const Kernel> integer_matmul_kernels();

// Arrays:
std::span<const Kernel> concat_kernels();
std::span<const Kernel> slice_kernels();
std::span<const Kernel> pad_kernels();
std::span<const Kernel> permute_kernels();
std::span<const Kernel> space_to_batch_kernels();
std::span<const Kernel> gather_kernels();
std::span<const Kernel> create_kernels();
std::span<const Kernel> scatter_kernels();
std::span<const Kernel> segment_sum_kernels();
std::span<const Kernel> count_kernels();

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
std::span<const Kernel> lrn_kernels();
std::span<const Kernel> resize_kernels();
std::span<const Kernel> resize_grad_kernels();
std::span<const Kernel> crop_and_resize_kernels();
std::span<const Kernel> rotate_kernels();
std::span<const Kernel> transform_kernels();
std::span<const Kernel> dilation_kernels();

}  // namespace tfjs_native
