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

    // Arrays:
    add(concat_kernels());
    add(slice_kernels());
    add(pad_kernels());
    add(permute_kernels());
    add(space_to_batch_kernels());
    add(gather_kernels());
    add(create_kernels());
    add(scatter_kernels());
    add(count_kernels());

    // Reduction, scan, softmax:

    // Pooling, normalization, images:

    return list;
  }();
  return *all;
}

}  // namespace tfjs_native
