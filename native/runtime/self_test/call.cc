#include "runtime/self_test/call.h"

namespace tfjs_native::self_test {

Tensor random_tensor(Shape shape, uint32_t seed) {
  Tensor tensor{std::move(shape), {}};
  tensor.values.resize(static_cast<size_t>(num_elements(tensor.shape)));
  uint32_t state = seed * 2654435761u + 1;
  for (float& value : tensor.values) {
    state = state * 1664525u + 1013904223u;
    value = static_cast<float>(static_cast<int>(state >> 26) - 32) / 16;
  }
  return tensor;
}

}  // namespace tfjs_native::self_test
