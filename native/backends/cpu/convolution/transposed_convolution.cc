// The gradient of a convolution's input (conv2dTranspose) where it has very few channels, which is
// what segmentation and generator networks end with. oneDNN's own kernel computes 16 channels at
// least; here one matrix product gives every tap of every window, and the taps are then added up.
#include <algorithm>
#include <cstring>
#include <memory>

#include "backends/cpu/kernel_list.h"
#include "backends/cpu/loops/fused_tail.h"
#include "backends/cpu/onednn/bound_constants.h"
#include "backends/cpu/onednn/engine.h"
#include "backends/cpu/onednn/packing.h"
#include "backends/cpu/onednn/primitive_call.h"
#include "backends/cpu/onednn/workspace_parts.h"
#include "base/thread_pool.h"

namespace tfjs_native {
namespace {

constexpr size_t kOwnInputs = 2;
constexpr int64_t kMostChannels = 4;
constexpr int64_t kMostTaps = int64_t{1} << 24;  // Values between the two steps: 64 MB.
constexpr int64_t kGrain = 32 * 1024;

/// dst[step * i + k] += src[taps * i + k] for k below kCount.
template <int kCount>
void add_segments(float* dst, int64_t step, const float* src, int64_t taps, int64_t count) {
  for (int64_t i = 0; i < count; ++i, dst += step, src += taps) {
    for (int k = 0; k < kCount; ++k) dst[k] += src[k];
  }
}

void add_segments(float* dst, int64_t step, const float* src, int64_t taps, int64_t count,
                  int64_t length) {
  for (; length >= 4; length -= 4, dst += 4, src += 4) {
    add_segments<4>(dst, step, src, taps, count);
  }
  if (length == 3) add_segments<3>(dst, step, src, taps, count);
  if (length == 2) add_segments<2>(dst, step, src, taps, count);
  if (length == 1) add_segments<1>(dst, step, src, taps, count);
}

class TransposedConvolution : public PreparedKernel {
 public:
  /// Throws dnnl::error.
  TransposedConvolution(const Descriptor& descriptor, const Window& window)
      : window_(window), tail_(post_op_chain(descriptor, kOwnInputs), descriptor.outputs[0]) {
    constexpr auto kF32 = dnnl::memory::data_type::f32;
    const Shape& filter = descriptor.inputs[1].shape;
    const int64_t inner = filter[3];
    taps_ = window.filter_size() * window.channels;
    const int64_t windows = window.batch * window.out_size();
    const dnnl::memory::desc dy({windows, inner}, kF32, dnnl::memory::format_tag::ab);
    const dnnl::memory::desc plain({inner, taps_}, kF32, dnnl::memory::format_tag::ba);
    const dnnl::memory::desc any({inner, taps_}, kF32, dnnl::memory::format_tag::any);
    const dnnl::memory::desc all({windows, taps_}, kF32, dnnl::memory::format_tag::ab);
    dnnl::primitive_attr attr;
    attr.set_scratchpad_mode(dnnl::scratchpad_mode::user);
    const dnnl::matmul::primitive_desc desc(onednn_engine(), dy, any, all, attr);
    packed_filter_ = packed_form(plain, desc.weights_desc());
    WorkspaceParts parts;
    parts.add(all.get_size());  // The taps.
    scratchpad_offset_ = parts.add(desc.scratchpad_desc().get_size());
    workspace_bytes_ = parts.size_bytes();
    product_ = PrimitiveCall(dnnl::matmul(desc), {{DNNL_ARG_SRC, desc.src_desc()},
                                                  {DNNL_ARG_WEIGHTS, desc.weights_desc()},
                                                  {DNNL_ARG_DST, desc.dst_desc()},
                                                  {DNNL_ARG_SCRATCHPAD, desc.scratchpad_desc()}});
    count_held(product_.held_bytes());
  }

  Status run(const Operands& operands, DeviceStream&) const override {
    const void* filter = operands.inputs[1].data;
    std::shared_ptr<const void> owner;
    if (operands.bound != nullptr) {
      filter = BoundConstants::of(operands.bound)->weights.get();
    } else if (packed_filter_) {
      TFJS_ASSIGN_OR_RETURN(filter,
                            packed_filter_.get(operands.inputs[1], *operands.memory, owner));
    }
    const void* const data[] = {operands.inputs[0].data, filter, operands.workspace,
                                WorkspaceParts::at(operands.workspace, scratchpad_offset_)};
    TFJS_RETURN_IF_ERROR(product_.run(data));
    const float* taps = static_cast<const float*>(operands.workspace);
    const int64_t row_size = window_.dims[1].in * window_.channels;
    const int64_t row_work = window_.dims[1].out * taps_ / window_.dims[0].stride;
    ThreadPool::instance().parallel_for(
        window_.batch * window_.dims[0].in, std::max<int64_t>(1, kGrain / (row_work + 1)),
        [&](int64_t begin, int64_t end) {
          for (int64_t row = begin; row < end; ++row) {
            float* dst = operands.output<float>() + row * row_size;
            std::memset(dst, 0, static_cast<size_t>(row_size) * sizeof(float));
            add_row(dst, taps, row / window_.dims[0].in, row % window_.dims[0].in);
          }
          tail_.run_part(operands.output<float>(), operands.inputs, nullptr, begin * row_size,
                         end * row_size);
        });
    return {};
  }

  Result<std::shared_ptr<const void>> bind(const Operands& constants) const override {
    BoundConstants bound;
    if (packed_filter_ && constants.inputs[1].is_known()) {
      TFJS_ASSIGN_OR_RETURN(bound.weights,
                            packed_filter_.share(constants.inputs[1], *constants.memory));
    }
    return BoundConstants::share(std::move(bound));
  }

  std::vector<ReplacedInput> replaced_inputs(
      const std::shared_ptr<const void>& bound) const override {
    return BoundConstants::replaced_inputs(bound, packed_filter_);
  }

 private:
  /// Adds to row `y` of image `image` what all windows that touch it have for it.
  void add_row(float* dst, const float* taps, int64_t image, int64_t y) const {
    const WindowDim& rows = window_.dims[0];
    const WindowDim& columns = window_.dims[1];
    const int64_t segment = columns.filter * window_.channels;
    for (int64_t i = 0; i < rows.filter; ++i) {
      const int64_t shifted = y + rows.pad_begin - i;
      if (shifted < 0 || shifted % rows.stride != 0) continue;
      const int64_t out_row = shifted / rows.stride;
      if (out_row >= rows.out) continue;
      const float* src = taps + (image * rows.out + out_row) * columns.out * taps_ + i * segment;
      add_windows(dst, src);
    }
  }

  /// One row of windows onto one row of the image. Windows that overhang are cut.
  void add_windows(float* dst, const float* src) const {
    const WindowDim& columns = window_.dims[1];
    const int64_t channels = window_.channels;
    const int64_t segment = columns.filter * channels;
    int64_t begin = 0;
    while (begin < columns.out && begin * columns.stride < columns.pad_begin) ++begin;
    int64_t end = columns.out;
    while (end > begin &&
           (end - 1) * columns.stride - columns.pad_begin + columns.filter > columns.in) {
      --end;
    }
    for (int64_t window = 0; window < columns.out; ++window) {
      if (window == begin) window = end;
      if (window == columns.out) break;
      const int64_t first = window * columns.stride - columns.pad_begin;
      const int64_t from = std::max<int64_t>(0, -first);
      const int64_t to = std::min(columns.filter, columns.in - first);
      for (int64_t k = from * channels; k < to * channels; ++k) {
        dst[first * channels + k] += src[window * taps_ + k];
      }
    }
    add_segments(dst + (begin * columns.stride - columns.pad_begin) * channels,
                 columns.stride * channels, src + begin * taps_, taps_, end - begin, segment);
  }

  const Window window_;
  const FusedTail tail_;
  int64_t taps_ = 0;
  size_t scratchpad_offset_ = 0;
  DerivedForm packed_filter_;
  PrimitiveCall product_;
};

const char* accept(const Descriptor& descriptor) {
  const TensorDesc& dy = descriptor.inputs[0];
  const TensorDesc& filter = descriptor.inputs[1];
  if (dy.dtype != DType::kFloat32 || filter.dtype != DType::kFloat32) return "float32 only";
  const Window& window = *descriptor.resolved_as<Window>();
  if (window.channels_first) return "channels last only";
  if (filter.shape[2] > kMostChannels) return "many channels";
  if (dy.num_elements() == 0 || descriptor.outputs[0].num_elements() == 0) return "empty";
  if (!(window.output_shape(filter.shape[3]) == dy.shape)) return "dy is larger than used";
  const int64_t windows = dy.num_elements() / filter.shape[3];
  if (windows * num_elements(filter.shape, 0, 3) > kMostTaps) return "large filter";
  return decline_chain(descriptor, kOwnInputs);
}

Result<PreparedKernelPtr> prepare(const Descriptor& descriptor, Device&) {
  const Window& window = *descriptor.resolved_as<Window>();
  PreparedKernelPtr prepared;
  const Status status = guard_onednn([&]() -> Status {
    prepared = std::make_shared<TransposedConvolution>(descriptor, window);
    return {};
  });
  if (!status.ok()) return status;
  return prepared;
}

}  // namespace

std::span<const Kernel> transposed_convolution_kernels() {
  static const Kernel kKernels[] = {
      {"Conv2DBackpropInput",
       "onednn matmul",
       {.dtypes = kTfjsReals, .post_ops = kChainPostOps},
       prepare,
       accept},
  };
  return kKernels;
}

}  // namespace tfjs_native
