// ResizeNearestNeighbor of images [batch, height, width, channels].
#include <algorithm>
#include <cstring>
#include <limits>
#include <vector>

#include "backends/cpu/image/resize_shape.h"
#include "backends/cpu/kernel_list.h"
#include "backends/cpu/loops/element.h"
#include "base/thread_pool.h"

namespace tfjs_native {
namespace {

constexpr int64_t kGrain = 32 * 1024;

class ResizeNearest : public PreparedKernel {
 public:
  explicit ResizeNearest(const Descriptor& descriptor)
      : shape_(descriptor), dtype_(descriptor.inputs[0].dtype) {
    if (shape_.no_source || shape_.out_size() == 0) return;
    rows_ = nearest_taps(shape_.rows());
    columns_ = nearest_taps(shape_.columns());
    count_held((rows_.size() + columns_.size()) * sizeof(int32_t));
  }

  Status run(const Operands& operands, DeviceStream&) const override {
    if (shape_.out_size() == 0) return {};
    if (shape_.no_source) {
      const Element undefined = make_element(dtype_, std::numeric_limits<double>::quiet_NaN());
      fill_elements(operands.outputs[0].data, shape_.out_size(), undefined, dtype_);
      return {};
    }
    const int64_t pixel_bytes = shape_.channels * static_cast<int64_t>(size_of(dtype_));
    const int64_t grain = std::max<int64_t>(1, kGrain / (shape_.out_width * shape_.channels));
    ThreadPool::instance().parallel_for(
        shape_.batch * shape_.out_height, grain, [&](int64_t begin, int64_t end) {
          const char* src = operands.input<char>(0);
          char* dst = operands.output<char>();
          // A pixel's size that is known at compile time makes its copy one or two instructions.
          switch (pixel_bytes) {
            case 4:
              return copy_rows<4>(src, dst, begin, end, pixel_bytes);
            case 8:
              return copy_rows<8>(src, dst, begin, end, pixel_bytes);
            case 12:
              return copy_rows<12>(src, dst, begin, end, pixel_bytes);
            case 16:
              return copy_rows<16>(src, dst, begin, end, pixel_bytes);
            default:
              return copy_rows<0>(src, dst, begin, end, pixel_bytes);
          }
        });
    return {};
  }

 private:
  /// kBytes is 0 where the bytes of a pixel are not known at compile time.
  template <int64_t kBytes>
  void copy_rows(const char* src, char* dst, int64_t begin, int64_t end,
                 int64_t pixel_bytes) const {
    if constexpr (kBytes > 0) pixel_bytes = kBytes;
    const int64_t row_bytes = shape_.out_width * pixel_bytes;
    int64_t previous = -1;
    for (int64_t row = begin; row < end; ++row) {
      const int64_t source_row =
          row / shape_.out_height * shape_.in_height + rows_[row % shape_.out_height];
      char* out = dst + row * row_bytes;
      if (source_row == previous) {
        std::memcpy(out, out - row_bytes, static_cast<size_t>(row_bytes));
        continue;
      }
      previous = source_row;
      const char* in = src + source_row * shape_.in_width * pixel_bytes;
      for (int64_t x = 0; x < shape_.out_width; ++x) {
        std::memcpy(out + x * pixel_bytes, in + columns_[x] * pixel_bytes,
                    static_cast<size_t>(pixel_bytes));
      }
    }
  }

  const ResizeShape shape_;
  const DType dtype_;
  std::vector<int32_t> rows_;
  std::vector<int32_t> columns_;
};

}  // namespace

std::span<const Kernel> resize_nearest_kernels() {
  static const Kernel kKernels[] = {
      {"ResizeNearestNeighbor", "copy", {.dtypes = kTfjsReals}, prepare_as<ResizeNearest>},
  };
  return kKernels;
}

}  // namespace tfjs_native
