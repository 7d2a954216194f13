// MaxPoolWithArgmax: maxima, and where they stand in the flat image or batch.
#include <algorithm>
#include <limits>

#include "backends/cpu/kernel_list.h"
#include "backends/cpu/pooling/pool_positions.h"
#include "base/thread_pool.h"
#include "tensor/element_type.h"

namespace tfjs_native {
namespace {

constexpr int64_t kGrain = 32 * 1024;

template <typename T>
class PoolArgmax : public PreparedKernel {
 public:
  explicit PoolArgmax(const Descriptor& descriptor)
      : geometry_(*descriptor.resolved_as<Window>()),
        positions_(pool_positions(descriptor.inputs[0].dtype, false)),
        counts_batch_(descriptor.attrs.flag("includeBatchInIndex")),
        empty_(descriptor.outputs[0].num_elements() == 0) {
    count_held(geometry_.table_bytes());
  }

  Status run(const Operands& operands, DeviceStream&) const override {
    if (empty_) return {};
    const T* src = operands.input<T>(0);
    T* values = operands.output<T>(0);
    auto* indices = operands.output<int32_t>(1);
    const int64_t grain =
        std::max<int64_t>(1, kGrain / (geometry_.channels * geometry_.filter_size()));
    ThreadPool::instance().parallel_for(geometry_.batch * geometry_.out_pixels(), grain,
                                        [&](int64_t begin, int64_t end) {
                                          positions_(geometry_, src, indices, begin, end);
                                          for (int64_t pixel = begin; pixel < end; ++pixel)
                                            finish(src, values, indices, pixel);
                                        });
    return {};
  }

 private:
  /// Turns one pixel's positions in the window into indices, and reads the maxima there.
  void finish(const T* src, T* values, int32_t* indices, int64_t pixel) const {
    const PoolGeometry::Place place = geometry_.place(pixel);
    const int64_t image_size = geometry_.in_pixels() * geometry_.channels;
    for (int64_t c = 0; c < geometry_.channels; ++c) {
      const int64_t out = pixel * geometry_.channels + c;
      if (indices[out] < 0) {
        values[out] = std::numeric_limits<T>::has_infinity ? -std::numeric_limits<T>::infinity()
                                                           : static_cast<T>(0);
        continue;
      }
      const int64_t y = place.y.corner + indices[out] / geometry_.dims[2].filter;
      const int64_t x = place.x.corner + indices[out] % geometry_.dims[2].filter;
      const int64_t index = (y * geometry_.dims[2].in + x) * geometry_.channels + c;
      const int64_t in_batch = place.image * image_size + index;
      values[out] = src[in_batch];
      indices[out] = static_cast<int32_t>(counts_batch_ ? in_batch : index);
    }
  }

  const PoolGeometry geometry_;
  const PoolPositions positions_;
  const bool counts_batch_;
  const bool empty_;
};

Result<PreparedKernelPtr> prepare_pool_argmax(const Descriptor& descriptor, Device&) {
  return with_tfjs_real(descriptor.inputs[0].dtype, [&](auto tag) {
    return make_prepared<PoolArgmax<NumberOf<TypeIn<decltype(tag)>>>>(descriptor);
  });
}

}  // namespace

std::span<const Kernel> pool_argmax_kernels() {
  static const Kernel kKernels[] = {
      {"MaxPoolWithArgmax", "simd", {.dtypes = kTfjsReals}, prepare_pool_argmax},
  };
  return kKernels;
}

}  // namespace tfjs_native
