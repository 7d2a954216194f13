// CropAndResize: cuts boxes out of images and resizes them.
#include <algorithm>
#include <cmath>
#include <limits>

#include "backends/cpu/kernel_list.h"
#include "base/thread_pool.h"
#include "tensor/element_type.h"

namespace tfjs_native {
namespace {

constexpr int64_t kGrain = 16 * 1024;

/// Positions in the image along one dimension of a crop.
class CropAxis {
 public:
  CropAxis(double begin, double end, int64_t crop, int64_t image)
      : begin_(begin),
        end_(end),
        steps_(static_cast<double>(crop - 1)),
        last_(static_cast<double>(image - 1)) {
    // Nothing lies a step away from infinity.
    if (crop > 1 && std::isinf(begin)) begin_ = std::numeric_limits<double>::quiet_NaN();
  }

  /// In pixels. Weighs begin and end instead of adding steps up: the products of float32 values and
  /// whole numbers are exact in double precision, so that no rounding moves a sample on the image's
  /// edge off the image.
  double at(int64_t i) const {
    if (steps_ == 0) return 0.5 * (begin_ + end_) * last_;
    const auto step = static_cast<double>(i);
    return (begin_ * (steps_ - step) + end_ * step) * last_ / steps_;
  }
  bool outside(double position) const { return position < 0 || position > last_; }

 private:
  double begin_;  // In units of the image's extent less one.
  double end_;
  double steps_;
  double last_;
};

template <typename T>
class CropAndResize : public PreparedKernel {
 public:
  explicit CropAndResize(const Descriptor& descriptor)
      : bilinear_(descriptor.attrs.text("method") != "nearest"),
        extrapolation_(static_cast<float>(descriptor.attrs.number("extrapolationValue"))),
        is_empty_(descriptor.outputs[0].num_elements() == 0) {
    const Shape& image = descriptor.inputs[0].shape;
    const Shape& crops = descriptor.outputs[0].shape;
    batch_ = image[0];
    height_ = image[1];
    width_ = image[2];
    channels_ = image[3];
    boxes_ = crops[0];
    crop_height_ = crops[1];
    crop_width_ = crops[2];
  }

  Status run(const Operands& operands, DeviceStream&) const override {
    // First: beside an extent of 0 the others may be so large that their product does not fit.
    if (is_empty_) return {};
    const int64_t row_size = crop_width_ * channels_;
    const T* images = operands.input<T>(0);
    const float* boxes = operands.input<float>(1);
    const int32_t* indices = operands.input<int32_t>(2);
    float* dst = operands.output<float>();
    ThreadPool::instance().parallel_for(boxes_ * crop_height_,
                                        std::max<int64_t>(1, kGrain / row_size),
                                        [&](int64_t begin, int64_t end) {
                                          for (int64_t row = begin; row < end; ++row) {
                                            const int64_t box = row / crop_height_;
                                            crop_row(images, indices[box], boxes + 4 * box,
                                                     row % crop_height_, dst + row * row_size);
                                          }
                                        });
    return {};
  }

 private:
  /// `box`: y1, x1, y2, x2, in units of the image's extent less one.
  void crop_row(const T* images, int64_t index, const float* box, int64_t y, float* dst) const {
    const int64_t row_size = crop_width_ * channels_;
    if (index >= batch_) {
      std::fill_n(dst, row_size, 0.0f);
      return;
    }
    const CropAxis rows(box[0], box[2], crop_height_, height_);
    const CropAxis columns(box[1], box[3], crop_width_, width_);
    const double from_y = rows.at(y);
    if (rows.outside(from_y)) {
      std::fill_n(dst, row_size, extrapolation_);
      return;
    }
    for (int64_t x = 0; x < crop_width_; ++x, dst += channels_) {
      const double from_x = columns.at(x);
      if (columns.outside(from_x)) {
        std::fill_n(dst, channels_, extrapolation_);
      } else if (index < 0 || std::isnan(from_x) || std::isnan(from_y)) {
        std::fill_n(dst, channels_, std::numeric_limits<float>::quiet_NaN());
      } else if (bilinear_) {
        blend(images + index * height_ * width_ * channels_, from_y, from_x, dst);
      } else {
        const auto near_y = static_cast<int64_t>(std::floor(from_y + 0.5));
        const auto near_x = static_cast<int64_t>(std::floor(from_x + 0.5));
        const T* pixel = images + ((index * height_ + near_y) * width_ + near_x) * channels_;
        for (int64_t c = 0; c < channels_; ++c) dst[c] = static_cast<float>(pixel[c]);
      }
    }
  }

  void blend(const T* image, double y, double x, float* dst) const {
    const auto top = static_cast<int64_t>(std::floor(y));
    const auto bottom = static_cast<int64_t>(std::ceil(y));
    const auto left = static_cast<int64_t>(std::floor(x));
    const auto right = static_cast<int64_t>(std::ceil(x));
    const auto down = static_cast<float>(y - static_cast<double>(top));
    const auto along = static_cast<float>(x - static_cast<double>(left));
    const T* top_left = image + (top * width_ + left) * channels_;
    const T* top_right = image + (top * width_ + right) * channels_;
    const T* bottom_left = image + (bottom * width_ + left) * channels_;
    const T* bottom_right = image + (bottom * width_ + right) * channels_;
    const auto mix = [](T a, T b, float part) {
      return static_cast<float>(a) + (static_cast<float>(b) - static_cast<float>(a)) * part;
    };
    for (int64_t c = 0; c < channels_; ++c) {
      const float above = mix(top_left[c], top_right[c], along);
      const float below = mix(bottom_left[c], bottom_right[c], along);
      dst[c] = above + (below - above) * down;
    }
  }

  const bool bilinear_;
  const float extrapolation_;
  const bool is_empty_;
  int64_t batch_;
  int64_t height_;
  int64_t width_;
  int64_t channels_;
  int64_t boxes_;
  int64_t crop_height_;
  int64_t crop_width_;
};

Result<PreparedKernelPtr> prepare_crop_and_resize(const Descriptor& descriptor, Device&) {
  return with_tfjs_real(descriptor.inputs[0].dtype, [&](auto tag) {
    return make_prepared<CropAndResize<TypeIn<decltype(tag)>>>(descriptor);
  });
}

}  // namespace

std::span<const Kernel> crop_and_resize_kernels() {
  static const Kernel kKernels[] = {
      {"CropAndResize", "plain", {.dtypes = kTfjsReals}, prepare_crop_and_resize},
  };
  return kKernels;
}

}  // namespace tfjs_native
