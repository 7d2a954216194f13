// Convolutions of two and three dimensions, depthwise ones, and those with a fused tail.
#include <algorithm>

#include "runtime/self_test/call.h"
#include "runtime/self_test/geometry.h"

namespace tfjs_native::self_test {
namespace {

Call make_call(const char* op, const Geometry& geometry, const Shape& image, int64_t last,
               bool depthwise, uint32_t seed) {
  const Convolution convolution = convolution_of(geometry, image, last, depthwise);
  Call call;
  call.op = op;
  call.note = geometry.text();
  call.inputs = {random_tensor(image, seed), random_tensor(convolution.filter_shape(), seed + 1)};
  call.attrs = geometry.attrs();
  call.expected = output_of(convolution, call.inputs[0].values, call.inputs[1].values);
  call.tolerance = kSumTolerance;
  call.runs = 2;
  return call;
}

/// The same with a bias for each channel and relu fused into it.
Call with_tail(Call call, const char* op, int64_t channels, int64_t positions, bool channels_first,
               uint32_t seed) {
  call.op = op;
  call.note += ", relu";
  call.inputs.push_back(random_tensor({channels}, seed));
  call.inputs.push_back({{}, {}, false});
  call.attrs.add("activation", choice("relu"));
  const std::vector<float>& bias = call.inputs[2].values;
  for (size_t i = 0; i < call.expected.size(); ++i) {
    const size_t step = channels_first ? static_cast<size_t>(positions) : 1;
    const size_t channel = i / step % static_cast<size_t>(channels);
    call.expected[i] = std::max(0.0, call.expected[i] + static_cast<double>(bias[channel]));
  }
  return call;
}

void make_planes(Sink sink) {
  uint32_t seed = 1;
  for (const int64_t channels : kChannels) {
    const int64_t depths[][2] = {{channels, 5}, {3, channels}, {channels, channels}};
    for (const auto& [in, out] : depths) {
      // Every geometry meets every kind of depth.
      const Geometry& geometry = plane_geometry(seed + seed / 3);
      const Ints extents{6 + seed % 5, 7 + seed % 4};
      const Shape image = image_shape(geometry, 1 + seed % 2, extents, in);
      const Call call = make_call("Conv2D", geometry, image, out, false, seed);
      sink(call);
      if (seed % 4 == 0) {
        const int64_t positions = static_cast<int64_t>(call.expected.size()) / (out * image[0]);
        sink(with_tail(call, "FusedConv2D", out, positions, geometry.channels_first, seed));
      }
      ++seed;
    }
  }
  // Deep ones, whose blocks caches decide about.
  for (const int64_t out : {1000, 1001}) {
    sink(make_call("Conv2D", plane_geometry(0), {1, 2, 3, 512}, out, false, seed));
  }
}

void make_depthwise(Sink sink) {
  uint32_t seed = 1;
  for (const int64_t channels : kChannels) {
    for (const int64_t multiplier : {1, 2 + static_cast<int>(seed % 3)}) {
      const Geometry& geometry = plane_geometry(seed);
      const Ints extents{6 + seed % 5, 7 + seed % 4};
      const Shape image = image_shape(geometry, 1 + seed % 2, extents, channels);
      const Call call = make_call("DepthwiseConv2dNative", geometry, image, multiplier, true, seed);
      sink(call);
      if (seed % 4 < 2) {
        const int64_t out = channels * multiplier;
        const int64_t positions = static_cast<int64_t>(call.expected.size()) / (out * image[0]);
        sink(
            with_tail(call, "FusedDepthwiseConv2D", out, positions, geometry.channels_first, seed));
      }
      ++seed;
    }
  }
  const Geometry wide{{3, 3}, {1, 1}, {12, 12}, {Padding::Kind::kSame, {}}};
  sink(make_call("DepthwiseConv2dNative", wide, {1, 16, 16, 64}, 1, true, seed));
}

void make_volumes(Sink sink) {
  uint32_t seed = 1;
  for (const int64_t channels : {1, 3, 7, 8, 15, 16, 17, 33}) {
    const int64_t depths[][2] = {{channels, 5}, {3, channels}};
    for (const auto& [in, out] : depths) {
      const Geometry& geometry = volume_geometry(seed);
      const Shape image = image_shape(geometry, 1, {3 + seed % 2, 4, 5}, in);
      sink(make_call("Conv3D", geometry, image, out, false, seed));
      ++seed;
    }
  }
}

}  // namespace

void make_convolutions(Sink sink) {
  make_planes(sink);
  make_depthwise(sink);
  make_volumes(sink);
}

}  // namespace tfjs_native::self_test
