// FlipLeftRight and RotateWithOffset: pixels move, values stay.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "backends/cpu/kernel_list.h"
#include "backends/cpu/loops/element.h"
#include "base/thread_pool.h"

namespace tfjs_native {
namespace {

constexpr int64_t kGrain = 16 * 1024;

/// Images [batch, height, width, channels] as rows of pixels of so many bytes.
struct Pixels {
  explicit Pixels(const TensorDesc& images)
      : rows(images.shape[0] * images.shape[1]),
        height(images.shape[1]),
        width(images.shape[2]),
        channels(images.shape[3]),
        element_bytes(size_of(images.dtype)),
        pixel_bytes(static_cast<size_t>(channels) * element_bytes) {}

  bool empty() const { return rows * width * channels == 0; }
  int64_t grain() const { return std::max<int64_t>(1, kGrain / (width * channels)); }

  int64_t rows;  // Of all images.
  int64_t height;
  int64_t width;
  int64_t channels;
  size_t element_bytes;
  size_t pixel_bytes;
};

class Flip : public PreparedKernel {
 public:
  explicit Flip(const Descriptor& descriptor) : pixels_(descriptor.inputs[0]) {}

  Status run(const Operands& operands, DeviceStream&) const override {
    if (pixels_.empty()) return {};
    const char* src = operands.input<char>(0);
    char* dst = operands.output<char>();
    const size_t row_bytes = static_cast<size_t>(pixels_.width) * pixels_.pixel_bytes;
    ThreadPool::instance().parallel_for(
        pixels_.rows, pixels_.grain(), [&](int64_t begin, int64_t end) {
          for (int64_t row = begin; row < end; ++row) {
            const char* in = src + (static_cast<size_t>(row) + 1) * row_bytes;
            char* out = dst + static_cast<size_t>(row) * row_bytes;
            for (int64_t x = 0; x < pixels_.width; ++x, out += pixels_.pixel_bytes) {
              in -= pixels_.pixel_bytes;
              std::memcpy(out, in, pixels_.pixel_bytes);
            }
          }
        });
    return {};
  }

 private:
  const Pixels pixels_;
};

class Rotate : public PreparedKernel {
 public:
  explicit Rotate(const Descriptor& descriptor)
      : pixels_(descriptor.inputs[0]),
        sine_(std::sin(descriptor.attrs.number("radians"))),
        cosine_(std::cos(descriptor.attrs.number("radians"))) {
    const Doubles& center = descriptor.attrs.numbers("center");
    const double default_center = center.empty() ? 0.5 : center[0];
    center_x_ = static_cast<double>(pixels_.width) * default_center;
    center_y_ =
        static_cast<double>(pixels_.height) * (center.size() > 1 ? center[1] : default_center);
    for (int64_t c = 0; c < pixels_.channels; ++c) {
      const Element element =
          make_element(descriptor.inputs[0].dtype, fill_of(descriptor.attrs, c));
      fill_.insert(fill_.end(), element.bytes, element.bytes + pixels_.element_bytes);
    }
  }

  Status run(const Operands& operands, DeviceStream&) const override {
    if (pixels_.empty()) return {};
    const char* src = operands.input<char>(0);
    char* dst = operands.output<char>();
    ThreadPool::instance().parallel_for(pixels_.rows, pixels_.grain(),
                                        [&](int64_t begin, int64_t end) {
                                          for (int64_t row = begin; row < end; ++row)
                                            rotate_row(src, dst, row);
                                        });
    return {};
  }

 private:
  /// One number fills all channels; of a list the alpha channel is opaque, and channels that it
  /// does not name are NaN.
  static double fill_of(const Attrs& attrs, int64_t channel) {
    const Doubles& fill = attrs.numbers("fillValue");
    if (fill.empty()) return 0;
    if (fill.size() == 1) return fill[0];
    if (channel == 3) return 255;
    return channel < static_cast<int64_t>(fill.size()) ? fill[static_cast<size_t>(channel)]
                                                       : std::numeric_limits<double>::quiet_NaN();
  }

  void rotate_row(const char* src, char* dst, int64_t row) const {
    const double y = static_cast<double>(row % pixels_.height) - center_y_;
    const int64_t image = row / pixels_.height * pixels_.height * pixels_.width;
    char* out = dst + static_cast<size_t>(row * pixels_.width) * pixels_.pixel_bytes;
    for (int64_t i = 0; i < pixels_.width; ++i, out += pixels_.pixel_bytes) {
      const double x = static_cast<double>(i) - center_x_;
      const double from_x = std::floor(x * cosine_ - y * sine_ + center_x_ + 0.5);
      const double from_y = std::floor(x * sine_ + y * cosine_ + center_y_ + 0.5);
      const bool inside = from_x >= 0 && from_x < static_cast<double>(pixels_.width) &&
                          from_y >= 0 && from_y < static_cast<double>(pixels_.height);
      const char* in = fill_.data();
      if (inside) {
        const int64_t pixel =
            image + static_cast<int64_t>(from_y) * pixels_.width + static_cast<int64_t>(from_x);
        in = src + static_cast<size_t>(pixel) * pixels_.pixel_bytes;
      }
      std::memcpy(out, in, pixels_.pixel_bytes);
    }
  }

  const Pixels pixels_;
  const double sine_;
  const double cosine_;
  double center_x_;
  double center_y_;
  std::vector<char> fill_;  // One pixel.
};

}  // namespace

std::span<const Kernel> rotate_kernels() {
  static const Kernel kKernels[] = {
      {"FlipLeftRight", "copy", accept_all, prepare_as<Flip>},
      {"RotateWithOffset", "copy", accept_all, prepare_as<Rotate>},
  };
  return kKernels;
}

}  // namespace tfjs_native
