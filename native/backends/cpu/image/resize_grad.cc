// Gradients of ResizeBilinear and ResizeNearestNeighbor. As in tfjs, they know alignCorners but
// not halfPixelCenters.
#include <algorithm>

#include "backends/cpu/image/resize_taps.h"
#include "backends/cpu/kernel_list.h"
#include "base/thread_pool.h"

namespace tfjs_native {
namespace {

constexpr int64_t kGrain = 32 * 1024;

/// dx += dy * weight, for one pixel's channels.
void add_pixel(const float* dy, float weight, int64_t channels, float* dx) {
  for (int64_t c = 0; c < channels; ++c) dx[c] += dy[c] * weight;
}

/// Inputs: images, dy. The nearest neighbour is a tap of its own with all the weight.
class ResizeGrad : public PreparedKernel {
 public:
  ResizeGrad(const Descriptor& descriptor, bool linear) {
    const Shape& dx = descriptor.outputs[0].shape;
    const Shape& dy = descriptor.inputs[1].shape;
    batch_ = dx[0];
    in_height_ = dx[1];
    in_width_ = dx[2];
    channels_ = dx[3];
    // Of a dy without elements, which may claim any number of rows, nobody looks at one.
    const bool has_none = num_elements(dy) == 0;
    out_height_ = has_none ? 0 : dy[1];
    out_width_ = has_none ? 0 : dy[2];
    dx_size_ = num_elements(dx);
    if (dx_size_ == 0) return;
    const bool align_corners = descriptor.attrs.flag("alignCorners");
    rows_ = taps({in_height_, out_height_, align_corners, false}, linear);
    columns_ = taps({in_width_, out_width_, align_corners, false}, linear);
    count_held(rows_.size_bytes() + columns_.size_bytes());
  }

  Status run(const Operands& operands, DeviceStream&) const override {
    if (dx_size_ == 0) return {};
    const float* dy = operands.input<float>(1);
    float* dx = operands.output<float>();
    // A task owns rows of dx, and looks at all rows of dy for what they give to its own.
    const int64_t work = in_width_ * channels_ + out_height_ * out_width_ * channels_ / in_height_;
    ThreadPool::instance().parallel_for(
        batch_ * in_height_, std::max<int64_t>(1, kGrain / work), [&](int64_t begin, int64_t end) {
          std::fill(dx + begin * row_size(), dx + end * row_size(), 0.0f);
          gather_rows(dy, dx, begin, end);
        });
    return {};
  }

 private:
  static LinearTaps taps(const Scale& scale, bool linear) {
    if (linear) return linear_taps(scale);
    LinearTaps all;
    all.low = nearest_taps(scale);
    all.high = all.low;
    all.fraction.assign(all.low.size(), 0.0f);
    return all;
  }

  int64_t row_size() const { return in_width_ * channels_; }

  /// Rows [begin, end) of dx, counted over all images.
  void gather_rows(const float* dy, float* dx, int64_t begin, int64_t end) const {
    for (int64_t image = begin / in_height_; image * in_height_ < end; ++image) {
      const int64_t first = image * in_height_;
      for (int64_t y = 0; y < out_height_; ++y) {
        const float* row = dy + (image * out_height_ + y) * out_width_ * channels_;
        const int64_t low = first + rows_.low[y];
        const int64_t high = first + rows_.high[y];
        const float fraction = rows_.fraction[y];
        if (low >= begin && low < end) add_row(row, 1 - fraction, dx + low * row_size());
        if (fraction != 0 && high >= begin && high < end) {
          add_row(row, fraction, dx + high * row_size());
        }
      }
    }
  }

  void add_row(const float* dy, float weight, float* dx) const {
    for (int64_t x = 0; x < out_width_; ++x, dy += channels_) {
      const float fraction = columns_.fraction[x];
      add_pixel(dy, weight * (1 - fraction), channels_, dx + columns_.low[x] * channels_);
      if (fraction != 0) {
        add_pixel(dy, weight * fraction, channels_, dx + columns_.high[x] * channels_);
      }
    }
  }

  int64_t batch_;
  int64_t in_height_;
  int64_t in_width_;
  int64_t channels_;
  int64_t out_height_;
  int64_t out_width_;
  int64_t dx_size_;
  LinearTaps rows_;
  LinearTaps columns_;
};

}  // namespace

std::span<const Kernel> resize_grad_kernels() {
  static const Kernel kKernels[] = {
      {"ResizeBilinearGrad", "plain", {.dtypes = kTfjsReals}, prepare_as<ResizeGrad, true>},
      {"ResizeNearestNeighborGrad", "plain", {.dtypes = kTfjsReals}, prepare_as<ResizeGrad, false>},
  };
  return kKernels;
}

}  // namespace tfjs_native
