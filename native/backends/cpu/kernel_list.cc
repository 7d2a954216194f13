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
    add(arithmetic_kernels());

    // Convolution and matrix product:
    add(convolution_kernels());
    add(integer_convolution_kernels());
    add(transposed_convolution_kernels());
    add(convolution_gradient_kernels());
    add(matmul_kernels());
    add(integer_matmul_kernels());

    // Arrays:

    // Reduction, scan, softmax:

    // Pooling, normalization, images:

    return list;
  }();
  return *all;
}

}  // namespace tfjs_native
