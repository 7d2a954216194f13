// Gradients of convolutions; that of the input is a transposed convolution as well.
#include "runtime/self_test/call.h"
#include "runtime/self_test/geometry.h"

namespace tfjs_native::self_test {
namespace {

Tensor random_dy(const Convolution& convolution, uint32_t seed) {
  return random_tensor(convolution.window.output_shape(convolution.out_channels()), seed);
}

Call input_gradient(const char* op, const Geometry& geometry, const Shape& image,
                    const Convolution& convolution, uint32_t seed) {
  Call call;
  call.op = op;
  call.note = geometry.text();
  call.inputs = {random_dy(convolution, seed), random_tensor(convolution.filter_shape(), seed + 1)};
  call.attrs = geometry.attrs();
  call.attrs.add("inputShape", numbers(image));
  call.expected = input_gradient_of(convolution, call.inputs[1].values, call.inputs[0].values);
  call.tolerance = kSumTolerance;
  call.runs = 2;
  return call;
}

Call filter_gradient(const char* op, const Geometry& geometry, const Shape& image,
                     const Convolution& convolution, uint32_t seed) {
  Call call;
  call.op = op;
  call.note = geometry.text();
  call.inputs = {random_tensor(image, seed), random_dy(convolution, seed + 1)};
  call.attrs = geometry.attrs();
  call.attrs.add("filterShape", numbers(convolution.filter_shape()));
  call.expected = filter_gradient_of(convolution, call.inputs[0].values, call.inputs[1].values);
  call.tolerance = kSumTolerance;
  return call;
}

/// The geometries in turn that an operator takes.
const Geometry& geometry_at(uint32_t turn, bool takes_dilations) {
  for (;; ++turn) {
    const Geometry& geometry = plane_geometry(turn);
    if (geometry.is_plain() || (takes_dilations && !geometry.channels_first)) return geometry;
  }
}

void make_planes(Sink sink) {
  uint32_t seed = 1;
  for (const int64_t channels : kChannels) {
    const int64_t depths[][2] = {{channels, 5}, {3, channels}};
    for (const auto& [in, out] : depths) {
      const Geometry& geometry = geometry_at(seed, false);
      const Shape image = image_shape(geometry, 1 + seed % 2, {6 + seed % 5, 7 + seed % 4}, in);
      const Convolution convolution = convolution_of(geometry, image, out);
      sink(input_gradient("Conv2DBackpropInput", geometry, image, convolution, seed));
      sink(filter_gradient("Conv2DBackpropFilter", geometry, image, convolution, seed));
      ++seed;
    }
  }
}

void make_depthwise(Sink sink) {
  uint32_t seed = 1;
  for (const int64_t channels : kChannels) {
    const Geometry& geometry = geometry_at(seed, true);
    const Shape image = image_shape(geometry, 1 + seed % 2, {6 + seed % 5, 7 + seed % 4}, channels);
    const Convolution convolution = convolution_of(geometry, image, 1 + seed % 3, true);
    sink(input_gradient("DepthwiseConv2dNativeBackpropInput", geometry, image, convolution, seed));
    sink(
        filter_gradient("DepthwiseConv2dNativeBackpropFilter", geometry, image, convolution, seed));
    ++seed;
  }
}

void make_volumes(Sink sink) {
  uint32_t seed = 1;
  for (const int64_t channels : {1, 3, 8, 15, 17}) {
    const Geometry& geometry = volume_geometry(seed);
    const Shape image = image_shape(geometry, 1, {3, 4, 5}, channels);
    const Convolution convolution = convolution_of(geometry, image, 1 + channels / 2);
    sink(input_gradient("Conv3DBackpropInputV2", geometry, image, convolution, seed));
    sink(filter_gradient("Conv3DBackpropFilterV2", geometry, image, convolution, seed));
    ++seed;
  }
}

}  // namespace

void make_convolution_gradients(Sink sink) {
  make_planes(sink);
  make_depthwise(sink);
  make_volumes(sink);
}

}  // namespace tfjs_native::self_test
