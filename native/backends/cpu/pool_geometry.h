#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "tensor/window.h"

namespace tfjs_native {

/// A pooling over three spatial dimensions, outermost first, channels last; poolings over fewer
/// have leading dimensions of extent 1.
struct PoolGeometry {
  explicit PoolGeometry(const Window& window);

  /// Input positions that one window covers in one dimension; begin == end where it lies in the
  /// padding. `corner` is where the filter begins, padding included.
  struct Range {
    int64_t begin;
    int64_t end;
    int64_t corner;
    int64_t size() const { return end - begin; }
  };

  /// One window: its image and its range in each dimension.
  struct Place {
    int64_t image;
    Range z;
    Range y;
    Range x;
    int64_t count() const { return z.size() * y.size() * x.size(); }
  };

  /// Of all output pixels, counted over all images.
  Place place(int64_t pixel) const {
    const int64_t x = pixel % dims[2].out;
    pixel /= dims[2].out;
    const int64_t y = pixel % dims[1].out;
    pixel /= dims[1].out;
    return {pixel / dims[0].out, ranges[0][pixel % dims[0].out], ranges[1][y], ranges[2][x]};
  }

  /// The windows [begin, end) that cover input position i of dimension `d`.
  Range windows_at(size_t d, int64_t i) const;

  int64_t in_pixels() const { return dims[0].in * dims[1].in * dims[2].in; }
  int64_t out_pixels() const { return dims[0].out * dims[1].out * dims[2].out; }
  int64_t filter_size() const { return dims[0].filter * dims[1].filter * dims[2].filter; }

  int64_t batch;
  int64_t channels;
  std::array<WindowDim, 3> dims;
  std::array<std::vector<Range>, 3> ranges;  // By output position.
};

}  // namespace tfjs_native
