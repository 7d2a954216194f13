#include "runtime/self_test/geometry.h"

#include <algorithm>
#include <iterator>

#include "ops/window_attrs.h"
#include "runtime/self_test/call.h"

namespace tfjs_native::self_test {
namespace {

const char* data_format(const Geometry& geometry) {
  const bool is_volume = geometry.filter.size() == 3;
  if (geometry.channels_first) return is_volume ? "NCDHW" : "NCHW";
  return is_volume ? "NDHWC" : "NHWC";
}

}  // namespace

const Geometry& plane_geometry(uint32_t turn) {
  static const Padding kSame{Padding::Kind::kSame, {}};
  static const Padding kValid{Padding::Kind::kValid, {}};
  static const Padding kUneven{Padding::Kind::kExplicit, {0, 0, 2, 1, 0, 3, 0, 0}};
  static const Geometry kGeometries[] = {
      {{1, 1}, {1, 1}, {1, 1}, kValid},      {{3, 3}, {1, 1}, {1, 1}, kSame},
      {{3, 3}, {2, 2}, {1, 1}, kSame},       {{3, 3}, {1, 1}, {2, 2}, kSame},
      {{2, 3}, {2, 1}, {1, 1}, kValid},      {{5, 5}, {3, 3}, {1, 1}, kSame},
      {{1, 1}, {2, 2}, {1, 1}, kSame},       {{3, 2}, {1, 2}, {1, 1}, kUneven},
      {{3, 3}, {1, 1}, {1, 1}, kSame, true},
  };
  return kGeometries[turn % std::size(kGeometries)];
}

const Geometry& volume_geometry(uint32_t turn) {
  static const Geometry kGeometries[] = {
      {{1, 1, 1}, {1, 1, 1}, {1, 1, 1}, {Padding::Kind::kValid, {}}},
      {{3, 3, 3}, {1, 1, 1}, {1, 1, 1}, {Padding::Kind::kSame, {}}},
      {{2, 3, 2}, {1, 2, 2}, {1, 1, 1}, {Padding::Kind::kValid, {}}},
  };
  return kGeometries[turn % std::size(kGeometries)];
}

bool Geometry::is_plain() const {
  return !channels_first && std::all_of(dilations.begin(), dilations.end(),
                                        [](int64_t dilation) { return dilation == 1; });
}

Attrs Geometry::attrs() const {
  Attrs attrs;
  attrs.add("strides", numbers(strides));
  AttrValue pad;
  pad.present = true;
  pad.padding = padding;
  attrs.add("pad", std::move(pad));
  if (is_plain()) return attrs;
  attrs.add("dilations", numbers(dilations));
  attrs.add("dataFormat", choice(data_format(*this)));
  return attrs;
}

std::string Geometry::text() const {
  std::string text = ", strides " + to_string(strides);
  if (!is_plain()) {
    text += ", dilations " + to_string(dilations) + ", " + data_format(*this);
  }
  switch (padding.kind) {
    case Padding::Kind::kSame:
      return text + ", same";
    case Padding::Kind::kValid:
      return text + ", valid";
    case Padding::Kind::kNumber:
    case Padding::Kind::kExplicit:
      return text + ", padded unevenly";
  }
  return text;
}

Shape image_shape(const Geometry& geometry, int64_t batch, const Ints& extents, int64_t channels) {
  Shape shape{batch};
  if (geometry.channels_first) shape.push_back(channels);
  for (const int64_t extent : extents) shape.push_back(extent);
  if (!geometry.channels_first) shape.push_back(channels);
  return shape;
}

Convolution convolution_of(const Geometry& geometry, const Shape& image, int64_t last,
                           bool depthwise) {
  // The geometries fit the images of this room's calls.
  return {resolve_window(image, window_spec(geometry.attrs(), geometry.filter)).value(), last,
          depthwise};
}

}  // namespace tfjs_native::self_test
