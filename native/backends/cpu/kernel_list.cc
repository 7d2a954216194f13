#include "backends/cpu/kernel_list.h"

#include <vector>

namespace tfjs_native {

std::span<const Kernel> cpu_kernels() {
  static const auto* const all = [] {
    auto* list = new std::vector<Kernel>;
    for (const auto part : {
#define KERNELS(name) name##_kernels(),
#include "backends/cpu/kernel_list.inc"
#undef KERNELS
         }) {
      list->insert(list->end(), part.begin(), part.end());
    }
    return list;
  }();
  return *all;
}

}  // namespace tfjs_native
