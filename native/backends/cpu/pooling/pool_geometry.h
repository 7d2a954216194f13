#pragma once

#include <array>
#include <cstddef>
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

  /// One window: its output pixel, and its image and ranges in the input.
  struct Place {
    int64_t pixel;
    int64_t out_x;
    int64_t image;
    Range z;
    Range y;
    Range x;
    int64_t count() const { return z.size() * y.size() * x.size(); }
  };

  /// Of all output pixels, counted over all images.
  Place place(int64_t pixel) const {
    const int64_t x = pixel % dims[2].out;
    const int64_t row = pixel / dims[2].out;
    const int64_t y = row % dims[1].out;
    const int64_t plane = row / dims[1].out;
    return {pixel,        x,           plane / dims[0].out, ranges[0][plane % dims[0].out],
            ranges[1][y], ranges[2][x]};
  }

  /// To the next output pixel; cheaper than place(), which divides.
  void advance(Place& place) const {
    ++place.pixel;
    if (++place.out_x == dims[2].out) {
      place = this->place(place.pixel);
    } else {
      place.x = ranges[2][place.out_x];
    }
  }

  /// The windows [begin, end) that cover input position i of dimension `d`.
  Range windows_at(size_t d, int64_t i) const;

  int64_t in_pixels() const { return dims[0].in * dims[1].in * dims[2].in; }
  int64_t out_pixels() const { return dims[0].out * dims[1].out * dims[2].out; }
  size_t table_bytes() const {
    return (ranges[0].size() + ranges[1].size() + ranges[2].size()) * sizeof(Range);
  }
  int64_t filter_size() const { return dims[0].filter * dims[1].filter * dims[2].filter; }

  int64_t batch;
  int64_t channels;
  std::array<WindowDim, 3> dims;
  std::array<std::vector<Range>, 3> ranges;  // By output position.
};

}  // namespace tfjs_native
