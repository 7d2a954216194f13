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
      : pixels_(descriptor.inputs[0]), dtype_(descriptor.inputs[0].dtype) {}

  Status run(const Operands& operands, DeviceStream&) const override {
    if (pixels_.empty()) return {};
    const char* src = operands.input<char>(0);
    char* dst = operands.output<char>();
    const Rotation rotation = rotation_of(operands.scalars);
    ThreadPool::instance().parallel_for(pixels_.rows, pixels_.grain(),
                                        [&](int64_t begin, int64_t end) {
                                          for (int64_t row = begin; row < end; ++row)
                                            rotate_row(rotation, src, dst, row);
                                        });
    return {};
  }

 private:
  struct Rotation {
    double sine;
    double cosine;
    double center_x;
    double center_y;
    std::vector<char> fill;  // One pixel.
  };

  /// Of the run-time scalars: angle, centre, fill values.
  Rotation rotation_of(std::span<const double> scalars) const {
    Rotation rotation{std::sin(scalars[0]),
                      std::cos(scalars[0]),
                      static_cast<double>(pixels_.width) * scalars[1],
                      static_cast<double>(pixels_.height) * scalars[2],
                      {}};
    rotation.fill.reserve(pixels_.pixel_bytes);
    for (int64_t c = 0; c < pixels_.channels; ++c) {
      const Element element = make_element(dtype_, fill_of(scalars.subspan(3), c));
      rotation.fill.insert(rotation.fill.end(), element.bytes,
                           element.bytes + pixels_.element_bytes);
    }
    return rotation;
  }

  /// One number fills all channels; of a list the alpha channel is opaque, and channels that it
  /// does not name are NaN.
  static double fill_of(std::span<const double> fill, int64_t channel) {
    if (fill.empty()) return 0;
    if (fill.size() == 1) return fill[0];
    if (channel == 3) return 255;
    return channel < static_cast<int64_t>(fill.size()) ? fill[static_cast<size_t>(channel)]
                                                       : std::numeric_limits<double>::quiet_NaN();
  }

  void rotate_row(const Rotation& rotation, const char* src, char* dst, int64_t row) const {
    const double y = static_cast<double>(row % pixels_.height) - rotation.center_y;
    const int64_t image = row / pixels_.height * pixels_.height * pixels_.width;
    char* out = dst + static_cast<size_t>(row * pixels_.width) * pixels_.pixel_bytes;
    for (int64_t i = 0; i < pixels_.width; ++i, out += pixels_.pixel_bytes) {
      const double x = static_cast<double>(i) - rotation.center_x;
      const double from_x =
          std::floor(x * rotation.cosine - y * rotation.sine + rotation.center_x + 0.5);
      const double from_y =
          std::floor(x * rotation.sine + y * rotation.cosine + rotation.center_y + 0.5);
      const bool inside = from_x >= 0 && from_x < static_cast<double>(pixels_.width) &&
                          from_y >= 0 && from_y < static_cast<double>(pixels_.height);
      const char* in = rotation.fill.data();
      if (inside) {
        const int64_t pixel =
            image + static_cast<int64_t>(from_y) * pixels_.width + static_cast<int64_t>(from_x);
        in = src + static_cast<size_t>(pixel) * pixels_.pixel_bytes;
      }
      std::memcpy(out, in, pixels_.pixel_bytes);
    }
  }

  const Pixels pixels_;
  const DType dtype_;
};

}  // namespace

std::span<const Kernel> rotate_kernels() {
  static const Kernel kKernels[] = {
      {"FlipLeftRight", "copy", {.dtypes = kRealTypes}, prepare_as<Flip>},
      {"RotateWithOffset", "copy", {.dtypes = kRealTypes}, prepare_as<Rotate>},
  };
  return kKernels;
}

}  // namespace tfjs_native
