// Gradients of poolings: every input pixel gathers from the windows that cover it. Compiled once
// for each instruction set.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/cpu/pooling/pool_grad.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include <algorithm>
#include <array>
#include <vector>

#include "backends/cpu/kernel_list.h"
#include "backends/cpu/pooling/pool_positions.h"
#include "base/thread_pool.h"

#ifndef TFJS_POOL_GRAD_ROWS
#define TFJS_POOL_GRAD_ROWS
namespace tfjs_native {
namespace {

/// By dimension and input position the windows that cover it.
using CoveringWindows = std::array<std::vector<PoolGeometry::Range>, 3>;

struct PoolGradArguments {
  const PoolGeometry& geometry;
  const CoveringWindows& covering;
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

namespace hn = hwy::HWY_NAMESPACE;

/// A window that covers a pixel: where its channels begin, and where in it the pixel stands.
struct Tap {
  int64_t first;
  int32_t here;
};

/// The most windows that cover any position of one dimension.
size_t most_covering(const std::vector<PoolGeometry::Range>& covering) {
  int64_t most = 0;
  for (const PoolGeometry::Range& range : covering) most = std::max(most, range.size());
  return static_cast<size_t>(most);
}

/// Answers how many windows cover an input pixel, counted over all images.
int64_t collect_taps(const PoolGradArguments& arguments, int64_t pixel, Tap* taps) {
  const PoolGeometry& geometry = arguments.geometry;
  const auto& dims = geometry.dims;
  const int64_t in_x = pixel % dims[2].in;
  const int64_t row = pixel / dims[2].in;
  const int64_t in_y = row % dims[1].in;
  const int64_t plane = row / dims[1].in;
  const int64_t in_z = plane % dims[0].in;
  const int64_t image = plane / dims[0].in;
  const PoolGeometry::Range& zs = arguments.covering[0][static_cast<size_t>(in_z)];
  const PoolGeometry::Range& ys = arguments.covering[1][static_cast<size_t>(in_y)];
  const PoolGeometry::Range& xs = arguments.covering[2][static_cast<size_t>(in_x)];
  int64_t count = 0;
  for (int64_t z = zs.begin; z < zs.end; ++z) {
    const int64_t from_z = (in_z - geometry.ranges[0][z].corner) * dims[1].filter;
    for (int64_t y = ys.begin; y < ys.end; ++y) {
      const int64_t from_y = (from_z + in_y - geometry.ranges[1][y].corner) * dims[2].filter;
      const int64_t out = ((image * dims[0].out + z) * dims[1].out + y) * dims[2].out;
      for (int64_t x = xs.begin; x < xs.end; ++x) {
        taps[count++] = {(out + x) * geometry.channels,
                         static_cast<int32_t>(from_y + in_x - geometry.ranges[2][x].corner)};
      }
    }
  }
  return count;
}

/// Channels from `c` on of a pixel: kVectors (1 or 4) vectors of sums stay in registers.
template <bool kMax, int kVectors, class D>
HWY_INLINE void sum_vectors(D d, const PoolGradArguments& arguments, const Tap* taps, int64_t count,
                            float factor, int64_t c, float* dx) {
  const hn::Rebind<int32_t, D> integers;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  auto s0 = hn::Zero(d);
  auto s1 = s0;
  auto s2 = s0;
  auto s3 = s0;
  for (int64_t i = 0; i < count; ++i) {
    const auto here = hn::Set(integers, taps[i].here);
    const auto add = [&](int64_t vector, auto& sum) HWY_ATTR {
      const int64_t at = taps[i].first + c + vector * lanes;
      auto value = hn::LoadU(d, arguments.dy + at);
      if constexpr (kMax) {
        const auto is_here = hn::Eq(hn::LoadU(integers, arguments.positions + at), here);
        value = hn::IfThenElseZero(hn::RebindMask(d, is_here), value);
      }
      sum = hn::Add(sum, value);
    };
    add(0, s0);
    if constexpr (kVectors > 1) {
      add(1, s1);
      add(2, s2);
      add(3, s3);
    }
  }
  const auto factors = hn::Set(d, factor);
  hn::StoreU(hn::Mul(s0, factors), d, dx + c);
  if constexpr (kVectors > 1) {
    hn::StoreU(hn::Mul(s1, factors), d, dx + c + lanes);
    hn::StoreU(hn::Mul(s2, factors), d, dx + c + 2 * lanes);
    hn::StoreU(hn::Mul(s3, factors), d, dx + c + 3 * lanes);
  }
}

template <bool kMax>
void pool_grad_pixels(const PoolGradArguments& arguments, int64_t begin, int64_t end) {
  const int64_t channels = arguments.geometry.channels;
  // As in tfjs, padding takes its share of an average's gradient.
  const float factor = kMax ? 1.0f : 1.0f / static_cast<float>(arguments.geometry.filter_size());
  const hn::ScalableTag<float> d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  const auto& covering = arguments.covering;
  std::vector<Tap> taps(most_covering(covering[0]) * most_covering(covering[1]) *
                        most_covering(covering[2]));
  for (int64_t pixel = begin; pixel < end; ++pixel) {
    const int64_t count = collect_taps(arguments, pixel, taps.data());
    float* const dx = arguments.dx + pixel * channels;
    int64_t c = 0;
    for (; c + 4 * lanes <= channels; c += 4 * lanes) {
      sum_vectors<kMax, 4>(d, arguments, taps.data(), count, factor, c, dx);
    }
    for (; c + lanes <= channels; c += lanes) {
      sum_vectors<kMax, 1>(d, arguments, taps.data(), count, factor, c, dx);
    }
    for (; c < channels; ++c) {
      float sum = 0;
      for (int64_t i = 0; i < count; ++i) {
        const int64_t at = taps[static_cast<size_t>(i)].first + c;
        const bool is_here = !kMax || arguments.positions[at] == taps[static_cast<size_t>(i)].here;
        sum += is_here ? arguments.dy[at] : 0.0f;
      }
      dx[c] = sum * factor;
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
    size_t positions = 0;
    for (size_t i = 0; i < covering_.size() && !empty_; ++i) {
      for (int64_t in = 0; in < geometry_.dims[i].in; ++in) {
        covering_[i].push_back(geometry_.windows_at(i, in));
      }
      positions += covering_[i].size();
    }
    count_held(geometry_.table_bytes() + positions * sizeof(PoolGeometry::Range));
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
      pool.parallel_for(
          geometry_.batch * geometry_.out_pixels(), grain, [&](int64_t begin, int64_t end) {
            positions_(geometry_, operands.inputs[1].data, nullptr, positions, begin, end);
          });
    }
    const PoolGradArguments arguments{geometry_, covering_, operands.input<float>(0), positions,
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
  CoveringWindows covering_;
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
