// Transform: projective transforms of images. Coordinates are computed in double, as in tfjs. What
// is done for every channel is compiled once for each instruction set.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/cpu/image/transform.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "backends/cpu/kernel_list.h"
#include "base/thread_pool.h"

#ifndef TFJS_TRANSFORM_CORNERS
#define TFJS_TRANSFORM_CORNERS
namespace tfjs_native {
namespace {

/// The pixels around a place, and how much of each there is in it.
struct Corners {
  const float* top_left;
  const float* top_right;
  const float* bottom_left;
  const float* bottom_right;
  double left;
  double right;
  double above;
  double below;
};

/// dst = the place's channels.
using BlendCorners = void (*)(const Corners& corners, int64_t channels, float* dst);

}  // namespace
}  // namespace tfjs_native
#endif

HWY_BEFORE_NAMESPACE();
namespace tfjs_native {
namespace HWY_NAMESPACE {

void blend_corners(const Corners& corners, int64_t channels, float* dst) {
  const float* HWY_RESTRICT top_left = corners.top_left;
  const float* HWY_RESTRICT top_right = corners.top_right;
  const float* HWY_RESTRICT bottom_left = corners.bottom_left;
  const float* HWY_RESTRICT bottom_right = corners.bottom_right;
  float* HWY_RESTRICT out = dst;
  for (int64_t c = 0; c < channels; ++c) {
    const double top = corners.left * static_cast<double>(top_left[c]) +
                       corners.right * static_cast<double>(top_right[c]);
    const double bottom = corners.left * static_cast<double>(bottom_left[c]) +
                          corners.right * static_cast<double>(bottom_right[c]);
    out[c] = static_cast<float>(corners.above * top + corners.below * bottom);
  }
}

BlendCorners select_blend() { return blend_corners; }

}  // namespace HWY_NAMESPACE
}  // namespace tfjs_native
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tfjs_native {

HWY_EXPORT(select_blend);

namespace {

constexpr int64_t kGrain = 4 * 1024;

/// Brings a coordinate outside [0, extent - 1] back, by fillMode.
using MapCoordinate = double (*)(double coordinate, double extent);

double clamp_inside(double coordinate, double extent) {
  // NaN stays, and counts as outside.
  if (coordinate > extent - 1) coordinate = extent - 1;
  return coordinate < 0 ? 0 : coordinate;
}

double map_constant(double coordinate, double) { return coordinate; }

double map_nearest(double coordinate, double extent) { return clamp_inside(coordinate, extent); }

/// dcba|abcd|dcba
double map_reflect(double coordinate, double extent) {
  const double period = 2 * extent;
  if (coordinate < 0) {
    if (extent <= 1) return 0;
    if (coordinate < period) coordinate += period * std::trunc(-coordinate / period);
    coordinate = coordinate < -extent ? coordinate + period : -coordinate - 1;
  } else if (coordinate > extent - 1) {
    if (extent <= 1) return 0;
    coordinate -= period * std::trunc(coordinate / period);
    if (coordinate >= extent) coordinate = period - coordinate - 1;
  }
  return clamp_inside(coordinate, extent);
}

/// abcd|abcd|abcd
double map_wrap(double coordinate, double extent) {
  const double span = extent - 1;
  if (coordinate < 0) {
    if (extent <= 1) return 0;
    coordinate += extent * (std::trunc(-coordinate / span) + 1);
  } else if (coordinate > span) {
    if (extent <= 1) return 0;
    coordinate -= extent * std::trunc(coordinate / span);
  }
  return clamp_inside(coordinate, extent);
}

MapCoordinate map_of(const std::string& fill_mode) {
  if (fill_mode == "reflect") return map_reflect;
  if (fill_mode == "wrap") return map_wrap;
  if (fill_mode == "nearest") return map_nearest;
  return map_constant;
}

class Transform : public PreparedKernel {
 public:
  explicit Transform(const Descriptor& descriptor)
      : blend_(HWY_DYNAMIC_DISPATCH(select_blend)()),
        bilinear_(descriptor.attrs.text("interpolation") == "bilinear"),
        map_(map_of(descriptor.attrs.text("fillMode"))),
        one_for_all_(descriptor.inputs[1].shape[0] == 1) {
    const Shape& image = descriptor.inputs[0].shape;
    const Shape& out = descriptor.outputs[0].shape;
    height_ = image[1];
    width_ = image[2];
    channels_ = image[3];
    out_height_ = out[1];
    out_width_ = out[2];
    rows_ = num_elements(out) == 0 ? 0 : out[0] * out[1];
    if (rows_ == 0) return;
    fill_pixel_.assign(static_cast<size_t>(channels_),
                       static_cast<float>(descriptor.attrs.number("fillValue")));
    count_held(fill_pixel_.size() * sizeof(float));
  }

  Status run(const Operands& operands, DeviceStream&) const override {
    if (rows_ == 0) return {};
    const float* images = operands.input<float>(0);
    const float* transforms = operands.input<float>(1);
    float* dst = operands.output<float>();
    const int64_t row_size = out_width_ * channels_;
    ThreadPool::instance().parallel_for(
        rows_, std::max<int64_t>(1, kGrain / row_size), [&](int64_t begin, int64_t end) {
          for (int64_t row = begin; row < end; ++row) {
            const int64_t image = row / out_height_;
            transform_row(images + image * height_ * width_ * channels_,
                          transforms + (one_for_all_ ? 0 : 8 * image), row % out_height_,
                          dst + row * row_size);
          }
        });
    return {};
  }

 private:
  void transform_row(const float* image, const float* t, int64_t row, float* dst) const {
    const auto y = static_cast<double>(row);
    for (int64_t i = 0; i < out_width_; ++i, dst += channels_) {
      const auto x = static_cast<double>(i);
      const double projection = t[6] * x + t[7] * y + 1;
      if (projection == 0) {
        std::copy_n(fill_pixel_.data(), channels_, dst);
        continue;
      }
      const double from_x =
          map_((t[0] * x + t[1] * y + t[2]) / projection, static_cast<double>(width_));
      const double from_y =
          map_((t[3] * x + t[4] * y + t[5]) / projection, static_cast<double>(height_));
      if (bilinear_) {
        blend(image, from_y, from_x, dst);
      } else {
        std::copy_n(pixel_at(image, std::floor(from_y + 0.5), std::floor(from_x + 0.5)), channels_,
                    dst);
      }
    }
  }

  /// A pixel of fill values where the image has none. NaN is nowhere.
  const float* pixel_at(const float* image, double y, double x) const {
    const bool inside =
        y >= 0 && y < static_cast<double>(height_) && x >= 0 && x < static_cast<double>(width_);
    if (!inside) return fill_pixel_.data();
    return image + (static_cast<int64_t>(y) * width_ + static_cast<int64_t>(x)) * channels_;
  }

  void blend(const float* image, double y, double x, float* dst) const {
    const double top = std::floor(y);
    const double left = std::floor(x);
    // The complements are differences of coordinates, not 1 - part: they are not finite where the
    // coordinates are not.
    blend_(
        {pixel_at(image, top, left), pixel_at(image, top, left + 1), pixel_at(image, top + 1, left),
         pixel_at(image, top + 1, left + 1), left + 1 - x, x - left, top + 1 - y, y - top},
        channels_, dst);
  }

  const BlendCorners blend_;
  const bool bilinear_;
  const MapCoordinate map_;
  std::vector<float> fill_pixel_;
  const bool one_for_all_;
  int64_t height_;
  int64_t width_;
  int64_t channels_;
  int64_t out_height_;
  int64_t out_width_;
  int64_t rows_;
};

}  // namespace

std::span<const Kernel> transform_kernels() {
  static const Kernel kKernels[] = {
      {"Transform", "plain", {.dtypes = kTfjsReals}, prepare_as<Transform>},
  };
  return kKernels;
}

}  // namespace tfjs_native
#endif
