#pragma once

#include <cstdint>

#include "backends/cpu/image/resize_taps.h"
#include "device/descriptor.h"

namespace tfjs_native {

/// What both resizes know of the shapes. An image without pixels has none to give: tfjs writes
/// what an undefined value becomes, NaN or 0.
struct ResizeShape {
  explicit ResizeShape(const Descriptor& descriptor) {
    const Shape& in = descriptor.inputs[0].shape;
    const Shape& out = descriptor.outputs[0].shape;
    batch = in[0];
    in_height = in[1];
    in_width = in[2];
    channels = in[3];
    out_height = out[1];
    out_width = out[2];
    no_source = num_elements(in) == 0;
    align_corners = descriptor.attrs.flag("alignCorners");
    half_pixel = descriptor.attrs.flag("halfPixelCenters");
  }
  Scale rows() const { return {in_height, out_height, align_corners, half_pixel}; }
  Scale columns() const { return {in_width, out_width, align_corners, half_pixel}; }
  int64_t out_size() const { return batch * out_height * out_width * channels; }

  int64_t batch, in_height, in_width, channels, out_height, out_width;
  bool no_source, align_corners, half_pixel;
};

}  // namespace tfjs_native
