#include "runtime/self_test/convolution_reference.h"

namespace tfjs_native::self_test {
namespace {

/// An element of the filter on an element of the input for one window, as flat spatial positions.
struct Tap {
  int64_t in = 0;
  int64_t filter = 0;
  int64_t out = 0;
};

std::vector<Tap> taps_of(const Window& window) {
  std::vector<Tap> taps;
  for (int64_t out = 0; out < window.out_size(); ++out) {
    for (int64_t filter = 0; filter < window.filter_size(); ++filter) {
      Tap tap{0, filter, out};
      int64_t out_left = out;
      int64_t filter_left = filter;
      int64_t in_step = 1;
      bool inside = true;
      for (size_t i = window.dims.size(); i-- > 0;) {
        const WindowDim& dim = window.dims[i];
        const int64_t in = out_left % dim.out * dim.stride - dim.pad_begin +
                           filter_left % dim.filter * dim.dilation;
        inside = inside && in >= 0 && in < dim.in;
        tap.in += in * in_step;
        in_step *= dim.in;
        out_left /= dim.out;
        filter_left /= dim.filter;
      }
      if (inside) taps.push_back(tap);
    }
  }
  return taps;
}

/// Calls visit(x, filter, y) with the indices of each product that the convolution adds up.
template <typename Visit>
void for_each_product(const Convolution& convolution, Visit visit) {
  const Window& window = convolution.window;
  const int64_t in_channels = window.channels;
  const int64_t out_channels = convolution.out_channels();
  const auto index = [&](int64_t batch, int64_t position, int64_t channel, int64_t positions,
                         int64_t channels) {
    return static_cast<size_t>(window.channels_first
                                   ? (batch * channels + channel) * positions + position
                                   : (batch * positions + position) * channels + channel);
  };
  const std::vector<Tap> taps = taps_of(window);
  for (int64_t batch = 0; batch < window.batch; ++batch) {
    for (const Tap& tap : taps) {
      for (int64_t in = 0; in < in_channels; ++in) {
        const size_t x = index(batch, tap.in, in, window.in_size(), in_channels);
        for (int64_t i = 0; i < convolution.last; ++i) {
          const int64_t out = convolution.depthwise ? in * convolution.last + i : i;
          visit(x, static_cast<size_t>((tap.filter * in_channels + in) * convolution.last + i),
                index(batch, tap.out, out, window.out_size(), out_channels));
        }
      }
    }
  }
}

double product(float a, float b) { return static_cast<double>(a) * static_cast<double>(b); }

}  // namespace

Shape Convolution::filter_shape() const {
  Shape shape;
  for (const WindowDim& dim : window.dims) shape.push_back(dim.filter);
  shape.push_back(window.channels);
  shape.push_back(last);
  return shape;
}

std::vector<double> output_of(const Convolution& convolution, const std::vector<float>& x,
                              const std::vector<float>& filter) {
  const Shape shape = convolution.window.output_shape(convolution.out_channels());
  std::vector<double> y(static_cast<size_t>(num_elements(shape)));
  for_each_product(convolution, [&](size_t at_x, size_t at_filter, size_t at_y) {
    y[at_y] += product(x[at_x], filter[at_filter]);
  });
  return y;
}

std::vector<double> input_gradient_of(const Convolution& convolution,
                                      const std::vector<float>& filter,
                                      const std::vector<float>& dy) {
  const Window& window = convolution.window;
  std::vector<double> dx(static_cast<size_t>(window.batch * window.in_size() * window.channels));
  for_each_product(convolution, [&](size_t at_x, size_t at_filter, size_t at_y) {
    dx[at_x] += product(filter[at_filter], dy[at_y]);
  });
  return dx;
}

std::vector<double> filter_gradient_of(const Convolution& convolution, const std::vector<float>& x,
                                       const std::vector<float>& dy) {
  std::vector<double> df(static_cast<size_t>(num_elements(convolution.filter_shape())));
  for_each_product(convolution, [&](size_t at_x, size_t at_filter, size_t at_y) {
    df[at_filter] += product(x[at_x], dy[at_y]);
  });
  return df;
}

}  // namespace tfjs_native::self_test
