#include "backends/cpu/kernel_list.h"

#include <vector>

namespace tfjs_native {

std::span<const Kernel> cpu_kernels() {
  static const auto* const all = [] {
    auto* list = new std::vector<Kernel>;
    const auto add = [list](std::span<const Kernel> part) {
      list->insert(list->end(), part.begin(), part.end());
    };
    // Element-wise:
    add(unary_kernels());
    add(binary_kernels());
    add(cast_kernels());
    add(select_kernels());
    add(add_n_kernels());

    // Convolution and matrix product:
    add(convolution_kernels());
    add(integer_convolution_kernels());
    add(transposed_convolution_kernels());
    add(convolution_gradient_kernels());
    add(matmul_kernels());
    add(integer_matmul_kernels());

    // Arrays:
    add(concat_kernels());
    add(slice_kernels());
    add(pad_kernels());
    add(permute_kernels());
    add(space_to_batch_kernels());
    add(gather_kernels());
    add(create_kernels());
    add(scatter_kernels());
    add(segment_sum_kernels());
    add(count_kernels());

    // Reduction, scan, softmax:
    add(reduction_kernels());
    add(arg_reduction_kernels());
    add(softmax_kernels());
    add(scan_kernels());
    add(top_k_kernels());

    // Pooling, normalization, images:
    add(pooling_kernels());
    add(pool_argmax_kernels());
    add(pool_grad_kernels());
    add(batch_norm_kernels());
    add(lrn_kernels());
    add(resize_kernels());
    add(resize_grad_kernels());
    add(crop_and_resize_kernels());
    add(rotate_kernels());
    add(transform_kernels());
    add(dilation_kernels());

    return list;
  }();
  return *all;
}

}  // namespace tfjs_native
