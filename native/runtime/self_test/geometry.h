#pragma once

#include <cstdint>
#include <string>

#include "device/attrs.h"
#include "runtime/self_test/convolution_reference.h"

namespace tfjs_native::self_test {

/// How a filter moves, in tfjs's terms.
struct Geometry {
  Ints filter;
  Ints strides;
  Ints dilations;
  Padding padding;
  bool channels_first = false;

  /// Without dilations and channels first, which not every operator has.
  bool is_plain() const;
  /// strides, pad, and where they are not the default dilations and dataFormat.
  Attrs attrs() const;
  std::string text() const;
};

/// One of those of images, which `turn` goes through, and of volumes.
const Geometry& plane_geometry(uint32_t turn);
const Geometry& volume_geometry(uint32_t turn);

/// [batch, spatial..., channels] in the geometry's layout.
Shape image_shape(const Geometry& geometry, int64_t batch, const Ints& extents, int64_t channels);

/// The convolution of such an image.
Convolution convolution_of(const Geometry& geometry, const Shape& image, int64_t last,
                           bool depthwise = false);

}  // namespace tfjs_native::self_test
