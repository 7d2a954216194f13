#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace tfjs_native {

/// One dimension of a resize, with tfjs's three ways to place output positions in the source.
struct Scale {
  int64_t in;
  int64_t out;
  bool align_corners;
  bool half_pixel_centers;

  /// Source positions for a step of one output position.
  double ratio() const {
    const bool between_corners = align_corners && out > 1;
    return static_cast<double>(between_corners ? in - 1 : in) /
           static_cast<double>(between_corners ? out - 1 : out);
  }
};

/// Between which two source positions each output position lies:
/// low + (high - low) * fraction.
struct LinearTaps {
  std::vector<int32_t> low;
  std::vector<int32_t> high;
  std::vector<float> fraction;

  size_t size_bytes() const {
    return low.size() * (sizeof(low[0]) + sizeof(high[0]) + sizeof(fraction[0]));
  }
};

/// `scale.in` must be positive.
LinearTaps linear_taps(const Scale& scale);

/// The source position nearest to each output position. `scale.in` must be positive.
std::vector<int32_t> nearest_taps(const Scale& scale);

}  // namespace tfjs_native
