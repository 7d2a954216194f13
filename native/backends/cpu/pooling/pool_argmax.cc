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
                                          positions_(geometry_, src, values, indices, begin, end);
                                          for (int64_t pixel = begin; pixel < end; ++pixel)
                                            finish(values, indices, pixel);
                                        });
    return {};
  }

 private:
  /// Turns one pixel's positions in the window into indices.
  void finish(T* values, int32_t* indices, int64_t pixel) const {
    const PoolGeometry::Place place = geometry_.place(pixel);
    const int64_t image = counts_batch_ ? place.image * geometry_.in_pixels() : 0;
    const WindowDim& column = geometry_.dims[2];
    const int64_t corner = image + place.y.corner * column.in + place.x.corner;
    for (int64_t c = 0; c < geometry_.channels; ++c) {
      const int64_t out = pixel * geometry_.channels + c;
      if (indices[out] >= 0) {
        const int64_t in_window = indices[out];
        const int64_t pixels =
            corner + in_window / column.filter * column.in + in_window % column.filter;
        indices[out] = static_cast<int32_t>(pixels * geometry_.channels + c);
      } else if (!std::numeric_limits<T>::has_infinity) {
        values[out] = 0;
      }
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
