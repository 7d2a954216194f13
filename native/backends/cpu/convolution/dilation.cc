// Dilation2D, the maximum of x + filter over a window, and its gradients.
#include <algorithm>
#include <type_traits>
#include <vector>

#include "backends/cpu/kernel_list.h"
#include "base/thread_pool.h"
#include "math/conversion.h"

namespace tfjs_native {
namespace {

constexpr int64_t kGrain = 16 * 1024;
// What tfjs starts a maximum from, and gives where a window covers nothing: -(2^53 - 1).
constexpr double kLeast = -9007199254740991.0;

/// Positions of one output pixel's window in x and in the filter.
class DilationWindow {
 public:
  explicit DilationWindow(const Descriptor& descriptor)
      : window_(*descriptor.resolved_as<Window>()) {}

  int64_t channels() const { return window_.channels; }
  int64_t out_pixels() const { return window_.batch * window_.out_size(); }
  int64_t filter_size() const { return window_.filter_size(); }

  /// Calls body(x pixel, filter pixel) for what the window of output pixel `out` covers, in order.
  template <class Body>
  void for_each(int64_t out, Body body) const {
    const WindowDim& rows = window_.dims[0];
    const WindowDim& columns = window_.dims[1];
    const int64_t left = out % columns.out * columns.stride - columns.pad_begin;
    const int64_t top = out / columns.out % rows.out * rows.stride - rows.pad_begin;
    const int64_t image = out / window_.out_size();
    for (int64_t i = 0; i < rows.filter; ++i) {
      const int64_t y = top + i * rows.dilation;
      if (y < 0 || y >= rows.in) continue;
      for (int64_t j = 0; j < columns.filter; ++j) {
        const int64_t x = left + j * columns.dilation;
        if (x < 0 || x >= columns.in) continue;
        body((image * rows.in + y) * columns.in + x, i * columns.filter + j);
      }
    }
  }

  /// The pixel of x that gets the gradient where no sum exceeds kLeast: the first that a window
  /// without padding has. -1 where x has no such pixel.
  int64_t fallback_pixel(int64_t out) const {
    const WindowDim& rows = window_.dims[0];
    const WindowDim& columns = window_.dims[1];
    const int64_t x = std::max<int64_t>(0, out % columns.out * columns.stride - columns.pad_begin);
    const int64_t y =
        std::max<int64_t>(0, out / columns.out % rows.out * rows.stride - rows.pad_begin);
    if (x >= columns.in || y >= rows.in) return -1;
    return (out / window_.out_size() * rows.in + y) * columns.in + x;
  }

 private:
  const Window window_;
};

template <typename T>
class Dilation : public PreparedKernel {
 public:
  explicit Dilation(const Descriptor& descriptor)
      : window_(descriptor), empty_(descriptor.outputs[0].num_elements() == 0) {}

  Status run(const Operands& operands, DeviceStream&) const override {
    if (empty_) return {};
    const T* x = operands.input<T>(0);
    const T* filter = operands.input<T>(1);
    T* dst = operands.output<T>();
    const int64_t channels = window_.channels();
    const int64_t grain = std::max<int64_t>(1, kGrain / (channels * window_.filter_size()));
    ThreadPool::instance().parallel_for(
        window_.out_pixels(), grain, [&](int64_t begin, int64_t end) {
          std::vector<double> best(static_cast<size_t>(channels));
          for (int64_t out = begin; out < end; ++out) {
            std::fill(best.begin(), best.end(), kLeast);
            window_.for_each(out, [&](int64_t x_pixel, int64_t filter_pixel) {
              const T* a = x + x_pixel * channels;
              const T* b = filter + filter_pixel * channels;
              for (int64_t c = 0; c < channels; ++c) {
                const double sum = static_cast<double>(a[c]) + static_cast<double>(b[c]);
                best[c] = sum > best[c] ? sum : best[c];
              }
            });
            for (int64_t c = 0; c < channels; ++c) {
              if constexpr (std::is_same_v<T, float>) {
                dst[out * channels + c] = static_cast<float>(best[c]);
              } else {
                dst[out * channels + c] = to_int32(best[c]);
              }
            }
          }
        });
    return {};
  }

 private:
  const DilationWindow window_;
  const bool empty_;
};

/// Adds each dy to the element of x, or of the filter, that made the maximum. Outputs share such
/// elements, so that tasks divide the channels.
template <bool kForFilter>
class DilationGrad : public PreparedKernel {
 public:
  explicit DilationGrad(const Descriptor& descriptor)
      : window_(descriptor), size_(descriptor.outputs[0].num_elements()) {}

  Status run(const Operands& operands, DeviceStream&) const override {
    if (size_ == 0) return {};
    const float* x = operands.input<float>(0);
    const float* filter = operands.input<float>(1);
    const float* dy = operands.input<float>(2);
    float* gradient = operands.output<float>();
    std::fill_n(gradient, size_, 0.0f);
    const int64_t channels = window_.channels();
    const int64_t work = std::max<int64_t>(1, window_.out_pixels() * window_.filter_size());
    ThreadPool::instance().parallel_for(
        channels, std::max<int64_t>(1, kGrain / work), [&](int64_t begin, int64_t end) {
          for (int64_t out = 0; out < window_.out_pixels(); ++out) {
            for (int64_t c = begin; c < end; ++c) {
              const int64_t winner = find_winner(x, filter, out, c);
              if (winner >= 0) gradient[winner * channels + c] += dy[out * channels + c];
            }
          }
        });
    return {};
  }

 private:
  int64_t find_winner(const float* x, const float* filter, int64_t out, int64_t c) const {
    const int64_t channels = window_.channels();
    int64_t winner = kForFilter ? 0 : window_.fallback_pixel(out);
    double best = kLeast;
    window_.for_each(out, [&](int64_t x_pixel, int64_t filter_pixel) {
      const double sum = static_cast<double>(x[x_pixel * channels + c]) +
                         static_cast<double>(filter[filter_pixel * channels + c]);
      if (sum > best) {
        best = sum;
        winner = kForFilter ? filter_pixel : x_pixel;
      }
    });
    return winner;
  }

  const DilationWindow window_;
  const int64_t size_;
};

Result<PreparedKernelPtr> prepare_dilation(const Descriptor& descriptor, Device&) {
  return with_type_among<float, int32_t>(descriptor.inputs[0].dtype, [&](auto tag) {
    return make_prepared<Dilation<TypeIn<decltype(tag)>>>(descriptor);
  });
}

}  // namespace

std::span<const Kernel> dilation_kernels() {
  static const Kernel kKernels[] = {
      {"Dilation2D", "plain", {.dtypes = {DType::kFloat32, DType::kInt32}}, prepare_dilation},
      {"Dilation2DBackpropInput",
       "plain",
       {.dtypes = {DType::kFloat32, DType::kInt32}},
       prepare_as<DilationGrad<false>>},
      {"Dilation2DBackpropFilter",
       "plain",
       {.dtypes = {DType::kFloat32, DType::kInt32}},
       prepare_as<DilationGrad<true>>},
  };
  return kKernels;
}

}  // namespace tfjs_native
