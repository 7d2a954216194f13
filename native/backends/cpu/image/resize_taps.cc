#include "backends/cpu/image/resize_taps.h"

#include <algorithm>
#include <cmath>

namespace tfjs_native {

LinearTaps linear_taps(const Scale& scale) {
  const double ratio = scale.ratio();
  const auto last = static_cast<double>(scale.in - 1);
  LinearTaps taps;
  for (int64_t i = 0; i < scale.out; ++i) {
    const auto out = static_cast<double>(i);
    const double position = scale.half_pixel_centers ? ratio * (out + 0.5) - 0.5 : ratio * out;
    const double low = std::min(last, std::max(0.0, std::floor(position)));
    taps.low.push_back(static_cast<int32_t>(low));
    taps.high.push_back(static_cast<int32_t>(std::min(last, std::ceil(position))));
    taps.fraction.push_back(static_cast<float>(position - low));
  }
  return taps;
}

std::vector<int32_t> nearest_taps(const Scale& scale) {
  const double ratio = scale.ratio();
  const auto last = static_cast<double>(scale.in - 1);
  std::vector<int32_t> taps;
  for (int64_t i = 0; i < scale.out; ++i) {
    const auto out = static_cast<double>(i);
    const double position = ratio * (scale.half_pixel_centers ? out + 0.5 : out);
    // Math.round() rounds halves up.
    const double nearest = std::floor(scale.align_corners ? position + 0.5 : position);
    taps.push_back(static_cast<int32_t>(std::min(last, nearest)));
  }
  return taps;
}

}  // namespace tfjs_native
