#include "backends/cuda/kernel_list.h"

#include <vector>

namespace tfjs_native::cuda {

std::span<const Kernel> cuda_kernels() {
  static const auto* const all = [] {
    auto* list = new std::vector<Kernel>;
    for (const std::span<const Kernel> part :
         {arithmetic_kernels(), matmul_kernels(), convolution_kernels()}) {
      list->insert(list->end(), part.begin(), part.end());
    }
    return list;
  }();
  return *all;
}

}  // namespace tfjs_native::cuda
