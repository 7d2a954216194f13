// Dilation2D, the maximum of x + filter over a window, and its gradients. The loops over channels
// are compiled once for each instruction set; the compiler vectorizes them.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/cpu/convolution/dilation.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include <algorithm>
#include <type_traits>
#include <vector>

#include "backends/cpu/kernel_list.h"
#include "base/thread_pool.h"
#include "math/conversion.h"

#ifndef TFJS_DILATION_LOOPS
#define TFJS_DILATION_LOOPS
namespace tfjs_native {
namespace {

/// A number in which maxima of sums of T's come out right. That of the rounded sums is the rounded
/// maximum: for floats no sum needs to be exact.
template <typename T>
using Best = std::conditional_t<std::is_same_v<T, float>, float, double>;

/// best[c] = max(best[c], x[c] + filter[c]) for `count` channels; NaN is no maximum.
template <typename T>
using RaiseLoop = void (*)(const T* x, const T* filter, Best<T>* best, int64_t count);

/// The same for exact sums, where `winner` takes the `position` of a new maximum. (A number of the
/// same size as the sum, so that one comparison serves both.)
using WinLoop = void (*)(const float* x, const float* filter, double* best, int64_t* winner,
                         int64_t position, int64_t count);

struct DilationLoops {
  RaiseLoop<float> raise_floats;
  RaiseLoop<int32_t> raise_integers;
  WinLoop win;
};

}  // namespace
}  // namespace tfjs_native
#endif

HWY_BEFORE_NAMESPACE();
namespace tfjs_native {
namespace HWY_NAMESPACE {

template <typename T>
void raise(const T* HWY_RESTRICT x, const T* HWY_RESTRICT filter, Best<T>* HWY_RESTRICT best,
           int64_t count) {
  for (int64_t c = 0; c < count; ++c) {
    const Best<T> sum = static_cast<Best<T>>(x[c]) + static_cast<Best<T>>(filter[c]);
    best[c] = sum > best[c] ? sum : best[c];
  }
}

void win(const float* HWY_RESTRICT x, const float* HWY_RESTRICT filter, double* HWY_RESTRICT best,
         int64_t* HWY_RESTRICT winner, int64_t position, int64_t count) {
  for (int64_t c = 0; c < count; ++c) {
    const double sum = static_cast<double>(x[c]) + static_cast<double>(filter[c]);
    winner[c] = sum > best[c] ? position : winner[c];
    best[c] = sum > best[c] ? sum : best[c];
  }
}

DilationLoops dilation_loops() { return {raise<float>, raise<int32_t>, win}; }

}  // namespace HWY_NAMESPACE
}  // namespace tfjs_native
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tfjs_native {

HWY_EXPORT(dilation_loops);

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
  Dilation(const Descriptor& descriptor, RaiseLoop<T> raise)
      : window_(descriptor), empty_(descriptor.outputs[0].num_elements() == 0), raise_(raise) {}

  Status run(const Operands& operands, DeviceStream&) const override {
    if (empty_) return {};
    const T* x = operands.input<T>(0);
    const T* filter = operands.input<T>(1);
    T* dst = operands.output<T>();
    const int64_t channels = window_.channels();
    const int64_t grain = std::max<int64_t>(1, kGrain / (channels * window_.filter_size()));
    ThreadPool::instance().parallel_for(
        window_.out_pixels(), grain, [&](int64_t begin, int64_t end) {
          std::vector<Best<T>> best(static_cast<size_t>(channels));
          for (int64_t out = begin; out < end; ++out) {
            std::fill(best.begin(), best.end(), static_cast<Best<T>>(kLeast));
            window_.for_each(out, [&](int64_t x_pixel, int64_t filter_pixel) {
              raise_(x + x_pixel * channels, filter + filter_pixel * channels, best.data(),
                     channels);
            });
            for (int64_t c = 0; c < channels; ++c) {
              if constexpr (std::is_same_v<T, float>) {
                dst[out * channels + c] = best[c];
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
  const RaiseLoop<T> raise_;
};

/// Adds each dy to the element of x, or of the filter, that made the maximum. Outputs share such
/// elements, so that tasks divide the channels.
template <bool kForFilter>
class DilationGrad : public PreparedKernel {
 public:
  DilationGrad(const Descriptor& descriptor, WinLoop win)
      : window_(descriptor), size_(descriptor.outputs[0].num_elements()), win_(win) {}

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
          const int64_t count = end - begin;
          std::vector<double> best(static_cast<size_t>(count));
          std::vector<int64_t> winner(static_cast<size_t>(count));
          for (int64_t out = 0; out < window_.out_pixels(); ++out) {
            std::fill(best.begin(), best.end(), kLeast);
            std::fill(winner.begin(), winner.end(), kForFilter ? 0 : window_.fallback_pixel(out));
            window_.for_each(out, [&](int64_t x_pixel, int64_t filter_pixel) {
              win_(x + x_pixel * channels + begin, filter + filter_pixel * channels + begin,
                   best.data(), winner.data(), kForFilter ? filter_pixel : x_pixel, count);
            });
            for (int64_t c = 0; c < count; ++c) {
              if (winner[c] < 0) continue;
              gradient[winner[c] * channels + begin + c] += dy[out * channels + begin + c];
            }
          }
        });
    return {};
  }

 private:
  const DilationWindow window_;
  const int64_t size_;
  const WinLoop win_;
};

Result<PreparedKernelPtr> prepare_dilation(const Descriptor& descriptor, Device&) {
  const DilationLoops loops = HWY_DYNAMIC_DISPATCH(dilation_loops)();
  if (descriptor.inputs[0].dtype == DType::kFloat32) {
    return make_prepared<Dilation<float>>(descriptor, loops.raise_floats);
  }
  return make_prepared<Dilation<int32_t>>(descriptor, loops.raise_integers);
}

template <bool kForFilter>
Result<PreparedKernelPtr> prepare_gradient(const Descriptor& descriptor, Device&) {
  return make_prepared<DilationGrad<kForFilter>>(descriptor,
                                                 HWY_DYNAMIC_DISPATCH(dilation_loops)().win);
}

}  // namespace

std::span<const Kernel> dilation_kernels() {
  static const Kernel kKernels[] = {
      {"Dilation2D", "plain", {.dtypes = {DType::kFloat32, DType::kInt32}}, prepare_dilation},
      {"Dilation2DBackpropInput",
       "plain",
       {.dtypes = {DType::kFloat32, DType::kInt32}},
       prepare_gradient<false>},
      {"Dilation2DBackpropFilter",
       "plain",
       {.dtypes = {DType::kFloat32, DType::kInt32}},
       prepare_gradient<true>},
  };
  return kKernels;
}

}  // namespace tfjs_native
#endif
