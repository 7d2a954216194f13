#pragma once

#include <cstdint>
#include <vector>

#include "tensor/window.h"

namespace tfjs_native::self_test {

/// A convolution between x, a filter [spatial..., in, last] and y. `last` is the number of output
/// channels, or of outputs for each input channel where it is depthwise.
struct Convolution {
  Window window;
  int64_t last = 1;
  bool depthwise = false;

  int64_t out_channels() const { return depthwise ? window.channels * last : last; }
  Shape filter_shape() const;
};

// What one of the three is for the other two, by plain loops over their elements.
std::vector<double> output_of(const Convolution& convolution, const std::vector<float>& x,
                              const std::vector<float>& filter);
std::vector<double> input_gradient_of(const Convolution& convolution,
                                      const std::vector<float>& filter,
                                      const std::vector<float>& dy);
std::vector<double> filter_gradient_of(const Convolution& convolution, const std::vector<float>& x,
                                       const std::vector<float>& dy);

}  // namespace tfjs_native::self_test
