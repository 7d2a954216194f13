// Convolutions of int32, exact and wrapping. They are rare: plain loops over windows and taps.
#include <memory>
#include <vector>

#include "backends/cpu/kernel_list.h"
#include "backends/cpu/loops/integer_rows.h"
#include "backends/cpu/loops/integer_tail.h"
#include "base/thread_pool.h"

namespace tfjs_native {
namespace {

// Multiplications that are worth another thread.
constexpr int64_t kGrain = 64 * 1024;

class IntegerConvolution : public PreparedKernel {
 public:
  IntegerConvolution(const Descriptor& descriptor, bool depthwise)
      : window_(*descriptor.resolved_as<Window>()),
        depthwise_(depthwise),
        last_(descriptor.inputs[1].shape.back()),
        out_channels_(depthwise ? window_.channels * last_ : last_),
        tail_(fused_spec(descriptor), descriptor.outputs[0]),
        rows_(integer_rows()) {}

  Status run(const Operands& operands, DeviceStream&) const override {
    if (out_channels_ > 0) {
      const int64_t work = window_.filter_size() * window_.channels * last_;
      ThreadPool::instance().parallel_for(
          window_.batch * window_.out_size(), std::max<int64_t>(1, kGrain / (work + 1)),
          [&](int64_t begin, int64_t end) {
            std::vector<int32_t> sums(static_cast<size_t>(out_channels_));
            for (int64_t i = begin; i < end; ++i) {
              std::fill(sums.begin(), sums.end(), 0);
              add_window(operands, i, sums.data());
              store(operands.output<int32_t>(), i, sums);
            }
          });
    }
    if (tail_.is_empty()) return {};
    tail_.run(operands.output<int32_t>(), operands.inputs[2].data, operands.inputs[3].data);
    return {};
  }

 private:
  /// Sums over all taps of one output position.
  void add_window(const Operands& operands, int64_t position, int32_t* sums) const {
    // A filter without channels may claim any number of taps.
    if (window_.channels == 0) return;
    const int64_t image = position / window_.out_size();
    const int64_t in_size = window_.in_size();
    const int32_t* x = operands.input<int32_t>(0) + image * in_size * window_.channels;
    const int64_t pixel_stride = window_.channels_first ? 1 : window_.channels;
    const int64_t channel_stride = window_.channels_first ? in_size : 1;
    for (int64_t tap = 0; tap < window_.filter_size(); ++tap) {
      const int64_t pixel = pixel_of(position % window_.out_size(), tap);
      if (pixel < 0) continue;
      const int32_t* weights = operands.input<int32_t>(1) + tap * window_.channels * last_;
      for (int64_t c = 0; c < window_.channels; ++c) {
        rows_.add_scaled(depthwise_ ? sums + c * last_ : sums, weights + c * last_,
                         x[pixel * pixel_stride + c * channel_stride], last_);
      }
    }
  }

  /// The input pixel under a tap of the window at an output position; -1 in the padding.
  int64_t pixel_of(int64_t position, int64_t tap) const {
    int64_t pixel = 0;
    int64_t stride = 1;
    for (size_t i = window_.dims.size(); i-- > 0;) {
      const WindowDim& dim = window_.dims[i];
      const int64_t at =
          position % dim.out * dim.stride + tap % dim.filter * dim.dilation - dim.pad_begin;
      if (at < 0 || at >= dim.in) return -1;
      pixel += at * stride;
      stride *= dim.in;
      position /= dim.out;
      tap /= dim.filter;
    }
    return pixel;
  }

  void store(int32_t* dst, int64_t position, const std::vector<int32_t>& sums) const {
    const int64_t out_size = window_.out_size();
    int32_t* to = dst + position / out_size * out_size * out_channels_;
    to += position % out_size * (window_.channels_first ? 1 : out_channels_);
    const int64_t stride = window_.channels_first ? out_size : 1;
    for (int64_t c = 0; c < out_channels_; ++c) to[c * stride] = sums[static_cast<size_t>(c)];
  }

  const Window window_;
  const bool depthwise_;
  const int64_t last_;  // Output channels, or the multiplier when depthwise.
  const int64_t out_channels_;
  const IntegerTail tail_;
  const IntegerRows& rows_;
};

const char* accept(const Descriptor& descriptor) {
  if (descriptor.inputs[0].dtype != DType::kInt32) return "int32 only";
  return decline_fused_spec(descriptor);
}

}  // namespace

std::span<const Kernel> integer_convolution_kernels() {
  static const Kernel kKernels[] = {
      {"Conv2D", "simd", {.dtypes = {DType::kInt32}}, prepare_as<IntegerConvolution, false>},
      {"Conv3D", "simd", {.dtypes = {DType::kInt32}}, prepare_as<IntegerConvolution, false>},
      {"FusedConv2D",
       "simd",
       {.dtypes = kTfjsReals, .post_ops = kFusedPostOps},
       prepare_as<IntegerConvolution, false>,
       accept},
      {"DepthwiseConv2dNative",
       "simd",
       {.dtypes = {DType::kInt32}},
       prepare_as<IntegerConvolution, true>},
      {"FusedDepthwiseConv2D",
       "simd",
       {.dtypes = kTfjsReals, .post_ops = kFusedPostOps},
       prepare_as<IntegerConvolution, true>,
       accept},
  };
  return kKernels;
}

}  // namespace tfjs_native
