// Gradients of poolings: every input pixel gathers from the windows that cover it. Compiled once
// for each instruction set; the compiler vectorizes over channels.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/cpu/pooling/pool_grad.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include <algorithm>
#include <string_view>

#include "backends/cpu/kernel_list.h"
#include "backends/cpu/pooling/pool_positions.h"
#include "base/thread_pool.h"

#ifndef TFJS_POOL_GRAD_ROWS
#define TFJS_POOL_GRAD_ROWS
namespace tfjs_native {
namespace {

struct PoolGradArguments {
  const PoolGeometry& geometry;
  const float* dy;
  const int32_t* positions;  // Of the maxima in their windows; null for averages.
  float* dx;
};

/// Input pixels [begin, end), counted over all images.
using PoolGradPixels = void (*)(const PoolGradArguments& arguments, int64_t begin, int64_t end);

}  // namespace
}  // namespace tfjs_native
#endif

HWY_BEFORE_NAMESPACE();
namespace tfjs_native {
namespace HWY_NAMESPACE {

template <bool kMax>
void pool_grad_pixels(const PoolGradArguments& arguments, int64_t begin, int64_t end) {
  constexpr int64_t kBlock = 128;
  float sum[kBlock];
  const PoolGeometry& geometry = arguments.geometry;
  const auto& dims = geometry.dims;
  const int64_t channels = geometry.channels;
  // As in tfjs, padding takes its share of an average's gradient.
  const float factor = kMax ? 1.0f : 1.0f / static_cast<float>(geometry.filter_size());
  for (int64_t pixel = begin; pixel < end; ++pixel) {
    const int64_t in_x = pixel % dims[2].in;
    const int64_t in_y = pixel / dims[2].in % dims[1].in;
    const int64_t in_z = pixel / (dims[2].in * dims[1].in) % dims[0].in;
    const int64_t image = pixel / geometry.in_pixels();
    const PoolGeometry::Range zs = geometry.windows_at(0, in_z);
    const PoolGeometry::Range ys = geometry.windows_at(1, in_y);
    const PoolGeometry::Range xs = geometry.windows_at(2, in_x);
    for (int64_t first = 0; first < channels; first += kBlock) {
      const int64_t count = std::min(kBlock, channels - first);
      std::fill_n(sum, count, 0.0f);
      for (int64_t z = zs.begin; z < zs.end; ++z) {
        for (int64_t y = ys.begin; y < ys.end; ++y) {
          for (int64_t x = xs.begin; x < xs.end; ++x) {
            const int64_t out = ((image * dims[0].out + z) * dims[1].out + y) * dims[2].out + x;
            const float* HWY_RESTRICT dy = arguments.dy + out * channels + first;
            if constexpr (kMax) {
              const int32_t* HWY_RESTRICT where = arguments.positions + out * channels + first;
              const auto here =
                  static_cast<int32_t>(((in_z - geometry.ranges[0][z].corner) * dims[1].filter +
                                        in_y - geometry.ranges[1][y].corner) *
                                           dims[2].filter +
                                       in_x - geometry.ranges[2][x].corner);
              for (int64_t c = 0; c < count; ++c) sum[c] += where[c] == here ? dy[c] : 0.0f;
            } else {
              for (int64_t c = 0; c < count; ++c) sum[c] += dy[c];
            }
          }
        }
      }
      float* HWY_RESTRICT dx = arguments.dx + pixel * channels + first;
      for (int64_t c = 0; c < count; ++c) dx[c] = sum[c] * factor;
    }
  }
}

PoolGradPixels select_pool_grad(bool max) {
  return max ? pool_grad_pixels<true> : pool_grad_pixels<false>;
}

}  // namespace HWY_NAMESPACE
}  // namespace tfjs_native
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tfjs_native {

HWY_EXPORT(select_pool_grad);

namespace {

constexpr int64_t kGrain = 32 * 1024;

class PoolGrad : public PreparedKernel {
 public:
  PoolGrad(const Descriptor& descriptor, bool max)
      : geometry_(*descriptor.resolved_as<Window>()),
        compute_(HWY_DYNAMIC_DISPATCH(select_pool_grad)(max)),
        empty_(descriptor.outputs[0].num_elements() == 0) {
    count_held(geometry_.table_bytes());
    if (!max || empty_) return;
    // tfjs's 3-D pooling passes the gradient to the last maximum of a window.
    const bool last = descriptor.inputs[1].rank() == 5;
    positions_ = pool_positions(descriptor.inputs[1].dtype, last);
    workspace_bytes_ = static_cast<size_t>(descriptor.inputs[0].num_elements()) * sizeof(int32_t);
  }

  Status run(const Operands& operands, DeviceStream&) const override {
    if (empty_) return {};
    ThreadPool& pool = ThreadPool::instance();
    auto* positions = static_cast<int32_t*>(operands.workspace);
    if (positions_ != nullptr) {
      const int64_t grain =
          std::max<int64_t>(1, kGrain / (geometry_.channels * geometry_.filter_size()));
      pool.parallel_for(geometry_.batch * geometry_.out_pixels(), grain,
                        [&](int64_t begin, int64_t end) {
                          positions_(geometry_, operands.inputs[1].data, positions, begin, end);
                        });
    }
    const PoolGradArguments arguments{geometry_, operands.input<float>(0), positions,
                                      operands.output<float>()};
    pool.parallel_for(geometry_.batch * geometry_.in_pixels(),
                      std::max<int64_t>(1, kGrain / (geometry_.channels * 4)),
                      [&](int64_t begin, int64_t end) { compute_(arguments, begin, end); });
    return {};
  }

 private:
  const PoolGeometry geometry_;
  const PoolGradPixels compute_;
  const bool empty_;
  PoolPositions positions_ = nullptr;
};

}  // namespace

std::span<const Kernel> pool_grad_kernels() {
  static const Kernel kKernels[] = {
      {"MaxPoolGrad", "simd", {.dtypes = kTfjsReals}, prepare_as<PoolGrad, true>},
      {"AvgPoolGrad", "simd", {.dtypes = kTfjsReals}, prepare_as<PoolGrad, false>},
      {"MaxPool3DGrad", "simd", {.dtypes = kTfjsReals}, prepare_as<PoolGrad, true>},
      {"AvgPool3DGrad", "simd", {.dtypes = kTfjsReals}, prepare_as<PoolGrad, false>},
  };
  return kKernels;
}

}  // namespace tfjs_native
#endif
