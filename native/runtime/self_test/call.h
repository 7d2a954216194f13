#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/function_ref.h"
#include "device/attr_values.h"
#include "tensor/shape.h"

namespace tfjs_native::self_test {

/// A float32 tensor on the host; one that is not present stands for an optional input left out.
struct Tensor {
  Shape shape;
  std::vector<float> values;
  bool present = true;
};

/// One call of an operator, and what it must give.
struct Call {
  const char* op = "";
  std::string note;  // For people: what the inputs' shapes do not tell.
  std::vector<Tensor> inputs;
  Attrs attrs;
  std::vector<double> expected;
  double tolerance = 0;
  int runs = 1;  // On the same inputs: what a kernel packs once is used again.
};

using Sink = FunctionRef<void(const Call&)>;

// Each makes the calls of one family.
void make_products(Sink sink);
void make_convolutions(Sink sink);
void make_convolution_gradients(Sink sink);
void make_reductions(Sink sink);
void make_elementwise(Sink sink);

/// Extents at which the vectors, blocks and tails of SSE4 to AVX-512 begin and end.
inline constexpr int64_t kChannels[] = {1,  2,  3,  4,  5,  6,  7,  8,  9,  10,  11, 12,
                                        13, 14, 15, 16, 17, 31, 33, 63, 65, 127, 129};
/// Likewise, with long ones that are no multiple of any block.
inline constexpr int64_t kExtents[] = {1,  2,   3,   4,   5,   6,    7,    8,   9,  10,
                                       11, 12,  13,  14,  15,  16,   17,   31,  33, 63,
                                       65, 127, 129, 255, 257, 1000, 1001, 1400};

/// Half of what two different sums of products of random_tensor()s differ by at least.
inline constexpr double kSumTolerance = 1.0 / 512;

/// Random multiples of 1/16 in [-2, 2): float32 holds their products, and sums of some thousands of
/// those, exactly, whatever the order of the additions, and so do the narrower types that a device
/// may multiply in.
Tensor random_tensor(Shape shape, uint32_t seed);

}  // namespace tfjs_native::self_test
