// Average and maximum poolings of channels-last tensors. Compiled once for each instruction set.
//
// Not through oneDNN: it wants every window to touch the input, and for a window of -Infinity it
// gives the lowest finite number. The loops are bound by memory either way.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/cpu/pooling/pooling.cc"
#include <hwy/cache_control.h>
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <string_view>

#include "backends/cpu/kernel_list.h"
#include "backends/cpu/loops/cache_line.h"
#include "backends/cpu/loops/strided_copy.h"
#include "backends/cpu/pooling/pool_geometry.h"
#include "base/thread_pool.h"
#include "math/conversion.h"

#ifndef TFJS_POOLING_ROWS
// Operator, fold, operand dtype.
#define TFJS_POOLING_ROWS(ROW)                             \
  ROW(MaxPool, (MaxPoolFold<float, float>), kFloat32)      \
  ROW(MaxPool, (MaxPoolFold<int32_t, int32_t>), kInt32)    \
  ROW(MaxPool, (MaxPoolFold<uint8_t, uint8_t>), kBool)     \
  ROW(AvgPool, (AvgPoolFold<float, float, 0>), kFloat32)   \
  ROW(AvgPool, (AvgPoolFold<int32_t, int32_t, 0>), kInt32) \
  ROW(MaxPool3D, (MaxPoolFold<float, float>), kFloat32)    \
  ROW(MaxPool3D, (MaxPoolFold<int32_t, float>), kInt32)    \
  ROW(MaxPool3D, (MaxPoolFold<uint8_t, float>), kBool)     \
  ROW(AvgPool3D, (AvgPoolFold<float, float, 1>), kFloat32) \
  ROW(AvgPool3D, (AvgPoolFold<int32_t, float, 1>), kInt32)
#define TFJS_UNPACK(...) __VA_ARGS__

namespace tfjs_native {
namespace {

/// Computes output pixels [begin, end), counted over all images. Reads ahead where the input is in
/// no cache.
using PoolPixels = void (*)(const PoolGeometry& geometry, const void* src, void* dst, int64_t begin,
                            int64_t end, bool reads_ahead);

// Bytes of a row from a window to what is read ahead of it.
constexpr int64_t kAheadBytes = 4096;

}  // namespace
}  // namespace tfjs_native
#endif

HWY_BEFORE_NAMESPACE();
namespace tfjs_native {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// The results of `count` elements each, where accumulators must be taken one by one.
template <class F, class D>
HWY_INLINE void finish_vector(D d, hn::Vec<D> acc, int64_t count, typename F::Out* dst) {
  HWY_ALIGN typename F::Acc values[hn::MaxLanes(d)];
  hn::Store(acc, d, values);
  F::finish(values, static_cast<int64_t>(hn::Lanes(d)), count, dst);
}

/// A NaN is never larger, so that it does not count. Nothing is -Infinity, or 0 in integers.
template <typename In_, typename Out_>
struct MaxPoolFold {
  using In = In_;
  using Acc = In_;
  using Out = Out_;
  static constexpr Acc kStart = std::numeric_limits<In>::has_infinity
                                    ? -std::numeric_limits<In>::infinity()
                                    : std::numeric_limits<In>::lowest();
  template <class D>
  static HWY_INLINE hn::Vec<D> load(D d, const In* p) {
    return hn::LoadU(d, p);
  }
  template <class V>
  static HWY_INLINE V fold_lanes(V a, V b) {
    if constexpr (std::is_same_v<In, float>) {
      return hn::IfThenElse(hn::Gt(b, a), b, a);
    } else {
      return hn::Max(a, b);
    }
  }
  static Acc fold(Acc a, In b) { return b > a ? b : a; }
  template <class D>
  static HWY_INLINE void write(D d, hn::Vec<D> acc, int64_t count, Out* dst) {
    if constexpr (std::is_same_v<In, float>) {
      hn::StoreU(acc, d, dst);
    } else {
      finish_vector<MaxPoolFold>(d, acc, count, dst);
    }
  }
  static HWY_INLINE void finish(const Acc* acc, int64_t outputs, int64_t count, Out* dst) {
    if (count == 0 && !std::numeric_limits<In>::has_infinity) {
      std::fill_n(dst, outputs, Out{0});
      return;
    }
    for (int64_t i = 0; i < outputs; ++i) dst[i] = static_cast<Out>(acc[i]);
  }
};

/// The mean of what the window covers of the input, padding excluded; of integers, truncated.
/// kLeastCount 0 makes the mean of nothing NaN, 1 makes it 0.
template <typename In_, typename Out_, int64_t kLeastCount>
struct AvgPoolFold {
  using In = In_;
  using Acc = double;
  using Out = Out_;
  static constexpr Acc kStart = 0;
  template <class D>
  static HWY_INLINE hn::Vec<D> load(D d, const In* p) {
    return hn::PromoteTo(d, hn::LoadU(hn::Rebind<In, D>(), p));
  }
  template <class V>
  static HWY_INLINE V fold_lanes(V a, V b) {
    return hn::Add(a, b);
  }
  static Acc fold(Acc a, In b) { return a + b; }
  template <class D>
  static HWY_INLINE void write(D d, hn::Vec<D> acc, int64_t count, Out* dst) {
    if constexpr (std::is_same_v<In, float>) {
      const hn::Rebind<float, D> floats;
      const auto factor = hn::Set(d, factor_of(count));
      hn::StoreU(hn::DemoteTo(floats, hn::Mul(acc, factor)), floats, dst);
    } else {
      finish_vector<AvgPoolFold>(d, acc, count, dst);
    }
  }
  static double divisor_of(int64_t count) {
    return static_cast<double>(std::max(kLeastCount, count));
  }
  /// Rounding to float32 hides what a product loses against a division.
  static double factor_of(int64_t count) { return 1 / divisor_of(count); }
  static HWY_INLINE void finish(const Acc* acc, int64_t outputs, int64_t count, Out* dst) {
    if constexpr (std::is_same_v<In, int32_t>) {
      const double divisor = divisor_of(count);
      for (int64_t i = 0; i < outputs; ++i) {
        dst[i] = static_cast<Out>(to_int32(acc[i] / divisor));
      }
    } else {
      const double factor = factor_of(count);
      for (int64_t i = 0; i < outputs; ++i) dst[i] = static_cast<Out>(acc[i] * factor);
    }
  }
};

/// Folds the window at `place` for kVectors (1, 4 or 8) vectors of channels; `image` and `out`
/// point at the first.
template <class F, int kVectors, class D>
HWY_INLINE void pool_window(D d, const PoolGeometry& geometry, const PoolGeometry::Place& place,
                            const typename F::In* image, typename F::Out* out) {
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  auto a0 = hn::Set(d, F::kStart);
  auto a1 = a0;
  auto a2 = a0;
  auto a3 = a0;
  auto a4 = a0;
  auto a5 = a0;
  auto a6 = a0;
  auto a7 = a0;
  for (int64_t z = place.z.begin; z < place.z.end; ++z) {
    for (int64_t y = place.y.begin; y < place.y.end; ++y) {
      const int64_t row = (z * geometry.dims[1].in + y) * geometry.dims[2].in;
      const typename F::In* pixel = image + (row + place.x.begin) * geometry.channels;
      for (int64_t x = place.x.begin; x < place.x.end; ++x, pixel += geometry.channels) {
        a0 = F::fold_lanes(a0, F::load(d, pixel));
        if constexpr (kVectors > 1) {
          a1 = F::fold_lanes(a1, F::load(d, pixel + lanes));
          a2 = F::fold_lanes(a2, F::load(d, pixel + 2 * lanes));
          a3 = F::fold_lanes(a3, F::load(d, pixel + 3 * lanes));
        }
        if constexpr (kVectors > 4) {
          a4 = F::fold_lanes(a4, F::load(d, pixel + 4 * lanes));
          a5 = F::fold_lanes(a5, F::load(d, pixel + 5 * lanes));
          a6 = F::fold_lanes(a6, F::load(d, pixel + 6 * lanes));
          a7 = F::fold_lanes(a7, F::load(d, pixel + 7 * lanes));
        }
      }
    }
  }
  const int64_t count = place.count();
  F::write(d, a0, count, out);
  if constexpr (kVectors > 1) {
    F::write(d, a1, count, out + lanes);
    F::write(d, a2, count, out + 2 * lanes);
    F::write(d, a3, count, out + 3 * lanes);
  }
  if constexpr (kVectors > 4) {
    F::write(d, a4, count, out + 4 * lanes);
    F::write(d, a5, count, out + 5 * lanes);
    F::write(d, a6, count, out + 6 * lanes);
    F::write(d, a7, count, out + 7 * lanes);
  }
}

/// Reads ahead what the windows to come have that no window above them had.
template <typename In>
HWY_INLINE void read_ahead(const PoolGeometry& geometry, const PoolGeometry::Place& place,
                           const In* image) {
  const WindowDim& rows = geometry.dims[1];
  const WindowDim& columns = geometry.dims[2];
  const int64_t pixel_bytes = geometry.channels * static_cast<int64_t>(sizeof(In));
  const int64_t bytes = columns.stride * pixel_bytes;
  for (int64_t z = place.z.begin; z < place.z.end; ++z) {
    for (int64_t y = std::max(place.y.begin, place.y.end - rows.stride); y < place.y.end; ++y) {
      const int64_t row = (z * rows.in + y) * columns.in;
      const auto* const at =
          reinterpret_cast<const char*>(image) + (row + place.x.end) * pixel_bytes + kAheadBytes;
      for (int64_t line = 0; line < bytes; line += kLine) hwy::Prefetch(at + line);
    }
  }
}

/// Folds the window for `rest` channels, fewer than a vector.
template <class F>
void fold_rest(const PoolGeometry& geometry, const PoolGeometry::Place& place,
               const typename F::In* image, int64_t rest, typename F::Acc* acc) {
  std::fill_n(acc, rest, F::kStart);
  for (int64_t z = place.z.begin; z < place.z.end; ++z) {
    for (int64_t y = place.y.begin; y < place.y.end; ++y) {
      const int64_t row = (z * geometry.dims[1].in + y) * geometry.dims[2].in;
      for (int64_t x = place.x.begin; x < place.x.end; ++x) {
        const typename F::In* pixel = image + (row + x) * geometry.channels;
        for (int64_t i = 0; i < rest; ++i) acc[i] = F::fold(acc[i], pixel[i]);
      }
    }
  }
}

template <class F>
void pool_pixels(const PoolGeometry& geometry, const void* src, void* dst, int64_t begin,
                 int64_t end, bool reads_ahead) {
  using Acc = typename F::Acc;
  const hn::ScalableTag<Acc> d;
  // Channel counts are often odd multiples of 8: what a full vector leaves, a short one takes.
  const hn::CappedTag<Acc, 4> d4;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  const auto few = static_cast<int64_t>(hn::Lanes(d4));
  Acc acc[4 * hn::MaxLanes(d)];
  const int64_t channels = geometry.channels;
  PoolGeometry::Place place = geometry.place(begin);
  for (int64_t pixel = begin; pixel < end; ++pixel) {
    if (pixel > begin) geometry.advance(place);
    const typename F::In* image =
        static_cast<const typename F::In*>(src) + place.image * geometry.in_pixels() * channels;
    typename F::Out* out = static_cast<typename F::Out*>(dst) + pixel * channels;
    if (reads_ahead) read_ahead(geometry, place, image);
    int64_t c = 0;
    for (; c + 8 * lanes <= channels; c += 8 * lanes) {
      pool_window<F, 8>(d, geometry, place, image + c, out + c);
    }
    if (c + 4 * lanes <= channels) {
      pool_window<F, 4>(d, geometry, place, image + c, out + c);
      c += 4 * lanes;
    }
    for (; c + lanes <= channels; c += lanes) {
      pool_window<F, 1>(d, geometry, place, image + c, out + c);
    }
    for (; c + few <= channels; c += few) {
      pool_window<F, 1>(d4, geometry, place, image + c, out + c);
    }
    if constexpr (hn::MaxLanes(d4) > 1) {
      if (c < channels) {
        fold_rest<F>(geometry, place, image + c, channels - c, acc);
        F::finish(acc, channels - c, place.count(), out + c);
      }
    }
  }
}

/// The function of a row, by its index in TFJS_POOLING_ROWS.
PoolPixels select_pool_pixels(int index) {
  static constexpr PoolPixels kRows[] = {
#define TFJS_ROW(op, fold, dtype) pool_pixels<TFJS_UNPACK fold>,
      TFJS_POOLING_ROWS(TFJS_ROW)
#undef TFJS_ROW
  };
  return kRows[index];
}

}  // namespace HWY_NAMESPACE
}  // namespace tfjs_native
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tfjs_native {

HWY_EXPORT(select_pool_pixels);

namespace {

constexpr int64_t kGrain = 32 * 1024;  // Input elements that are worth another thread.

class Pooling : public PreparedKernel {
 public:
  Pooling(const Descriptor& descriptor, PoolPixels compute)
      : geometry_(*descriptor.resolved_as<Window>()),
        compute_(compute),
        src_bytes_(descriptor.inputs[0].size_bytes()),
        reads_ahead_(outgrows_caches(static_cast<int64_t>(src_bytes_))),
        out_elements_(descriptor.outputs[0].num_elements()),
        // tfjs hands the input on then, with NaNs that a maximum would drop.
        is_identity_(descriptor.inputs[0].rank() == 4 && geometry_.filter_size() == 1 &&
                     descriptor.inputs[0].shape == descriptor.outputs[0].shape) {
    count_held(geometry_.table_bytes());
  }

  Status run(const Operands& operands, DeviceStream&) const override {
    if (out_elements_ == 0) return {};
    const void* src = operands.inputs[0].data;
    void* dst = operands.outputs[0].data;
    if (is_identity_) {
      std::memcpy(dst, src, src_bytes_);
      return {};
    }
    const int64_t grain =
        std::max<int64_t>(1, kGrain / (geometry_.channels * geometry_.filter_size()));
    ThreadPool::instance().parallel_for(geometry_.batch * geometry_.out_pixels(), grain,
                                        [&](int64_t begin, int64_t end) {
                                          compute_(geometry_, src, dst, begin, end, reads_ahead_);
                                        });
    return {};
  }

 private:
  const PoolGeometry geometry_;
  const PoolPixels compute_;
  const size_t src_bytes_;
  const bool reads_ahead_;
  const int64_t out_elements_;
  const bool is_identity_;
};

struct PoolingRow {
  std::string_view op;
  DType operand;
};

constexpr PoolingRow kPoolingRows[] = {
#define TFJS_ROW(op, fold, dtype) {#op, DType::dtype},
    TFJS_POOLING_ROWS(TFJS_ROW)
#undef TFJS_ROW
};

int find_row(const Descriptor& descriptor) {
  for (int i = 0; i < static_cast<int>(std::size(kPoolingRows)); ++i) {
    if (kPoolingRows[i].op == descriptor.op &&
        kPoolingRows[i].operand == descriptor.inputs[0].dtype) {
      return i;
    }
  }
  return -1;
}

const char* accept_pooling(const Descriptor& descriptor) {
  return find_row(descriptor) < 0 ? "no fold for this dtype" : nullptr;
}

Result<PreparedKernelPtr> prepare_pooling(const Descriptor& descriptor, Device&) {
  const PoolPixels compute = HWY_DYNAMIC_DISPATCH(select_pool_pixels)(find_row(descriptor));
  return make_prepared<Pooling>(descriptor, compute);
}

}  // namespace

std::span<const Kernel> pooling_kernels() {
  static const Kernel kKernels[] = {
      {"MaxPool", "simd", {.dtypes = kTfjsReals}, prepare_pooling, accept_pooling},
      {"AvgPool", "simd", {.dtypes = kTfjsReals}, prepare_pooling, accept_pooling},
      {"MaxPool3D", "simd", {.dtypes = kTfjsReals}, prepare_pooling, accept_pooling},
      {"AvgPool3D", "simd", {.dtypes = kTfjsReals}, prepare_pooling, accept_pooling},
  };
  return kKernels;
}

}  // namespace tfjs_native
#endif
