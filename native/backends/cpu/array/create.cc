// Values from attributes.
#include <algorithm>
#include <cmath>
#include <cstring>

#include "backends/cpu/array/sequence.h"
#include "backends/cpu/kernel_list.h"
#include "backends/cpu/loops/element.h"
#include "base/thread_pool.h"
#include "math/conversion.h"
#include "tensor/element_type.h"

namespace tfjs_native {
namespace {

// Elements that are worth another thread.
constexpr int64_t kSequenceGrain = 64 * 1024;

constexpr int64_t kBlockBytes = 8 * 1024;

class FillKernel : public PreparedKernel {
 public:
  explicit FillKernel(const Descriptor& descriptor)
      : count_(descriptor.outputs[0].num_elements()), dtype_(descriptor.outputs[0].dtype) {}

  Status run(const Operands& operands, DeviceStream&) const override {
    const Element element = make_element(dtype_, value(operands));
    fill_elements(operands.outputs[0].data, count_, element, dtype_);
    return {};
  }

 private:
  virtual double value(const Operands& operands) const { return operands.scalars[0]; }

  const int64_t count_;
  const DType dtype_;
};

/// As many values as the input has, which is not read.
template <int kValue>
class LikeKernel : public FillKernel {
 public:
  using FillKernel::FillKernel;

 private:
  double value(const Operands&) const override { return kValue; }
};

/// Each value from its index, so that no rounding adds up. `last` is that of several values, which
/// a rounded step may miss.
void write_floats(float* dst, int64_t count, double start, double step, double last) {
  write_sequence(dst, count, start, step);
  if (count > 1) dst[count - 1] = static_cast<float>(last);
}

/// The same in int32. Like a typed array in tfjs, each value loses its fraction before the next
/// step is added.
void write_integers(int32_t* dst, int64_t count, double start, double step) {
  double value = to_int32(start);
  if (std::trunc(step) == step) {
    ThreadPool::instance().parallel_for(count, kSequenceGrain, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        dst[i] = to_int32(value + step * static_cast<double>(i));
      }
    });
    return;
  }
  for (int64_t i = 0; i < count; ++i) {
    dst[i] = to_int32(value);
    value = dst[i] + step;
  }
}

/// Run-time scalars: start, step.
class RangeKernel : public PreparedKernel {
 public:
  explicit RangeKernel(const Descriptor& descriptor)
      : count_(descriptor.outputs[0].num_elements()),
        is_integer_(descriptor.outputs[0].dtype == DType::kInt32) {}

  Status run(const Operands& operands, DeviceStream&) const override {
    const double start = operands.scalars[0];
    const double step = operands.scalars[1];
    if (is_integer_) {
      write_integers(operands.output<int32_t>(), count_, start, step);
    } else {
      const double last = start + step * static_cast<double>(count_ - 1);
      write_floats(operands.output<float>(), count_, start, step, last);
    }
    return {};
  }

 private:
  const int64_t count_;
  const bool is_integer_;
};

/// Run-time scalars: start, stop.
class LinSpaceKernel : public PreparedKernel {
 public:
  explicit LinSpaceKernel(const Descriptor& descriptor)
      : count_(descriptor.outputs[0].num_elements()) {}

  Status run(const Operands& operands, DeviceStream&) const override {
    const double start = operands.scalars[0];
    const double stop = operands.scalars[1];
    const double step = count_ > 1 ? (stop - start) / static_cast<double>(count_ - 1) : 0;
    write_floats(operands.output<float>(), count_, start, step, stop);
    return {};
  }

 private:
  const int64_t count_;
};

class OneHotKernel : public PreparedKernel {
 public:
  explicit OneHotKernel(const Descriptor& descriptor)
      : count_(descriptor.inputs[0].num_elements()),
        depth_(descriptor.outputs[0].shape.back()),
        dtype_(descriptor.outputs[0].dtype),
        on_(make_element(dtype_, value_of(descriptor, "onValue", 1))),
        off_(make_element(dtype_, value_of(descriptor, "offValue", 0))) {}

  Status run(const Operands& operands, DeviceStream&) const override {
    const int32_t* indices = operands.input<int32_t>(0);
    char* dst = operands.output<char>(0);
    const int64_t row_bytes = depth_ * static_cast<int64_t>(size_of(dtype_));
    if (count_ * row_bytes == 0) return {};
    // Rows that are still in the nearest cache when their ones are written.
    const int64_t block = std::max<int64_t>(1, kBlockBytes / row_bytes);
    const int64_t grain = std::max<int64_t>(1, kSequenceGrain / depth_);
    ThreadPool::instance().parallel_for(count_, grain, [&](int64_t begin, int64_t end) {
      for (int64_t first = begin; first < end; first += block) {
        const int64_t last = std::min(end, first + block);
        fill_run(dst + first * row_bytes, (last - first) * depth_, off_, dtype_);
        with_bytes_of(dtype_, [&](auto tag) {
          TypeIn<decltype(tag)> on;
          std::memcpy(&on, on_.bytes, sizeof on);
          auto* const to = reinterpret_cast<decltype(on)*>(dst);
          const auto depth = static_cast<uint64_t>(depth_);
          for (int64_t i = first; i < last; ++i) {
            const auto index = static_cast<uint64_t>(int64_t{indices[i]});
            if (index < depth) to[static_cast<uint64_t>(i) * depth + index] = on;
          }
        });
      }
    });
    return {};
  }

 private:
  static double value_of(const Descriptor& descriptor, const char* name, double otherwise) {
    return descriptor.attrs.has(name) ? descriptor.attrs.number(name) : otherwise;
  }

  const int64_t count_;
  const int64_t depth_;
  const DType dtype_;
  const Element on_;
  const Element off_;
};

}  // namespace

std::span<const Kernel> create_kernels() {
  static const Kernel kKernels[] = {
      {"Fill", "fill", {.dtypes = kAllTypes}, prepare_as<FillKernel>},
      {"Range", "sequence", {.dtypes = {DType::kFloat32, DType::kInt32}}, prepare_as<RangeKernel>},
      {"LinSpace", "sequence", {.dtypes = {DType::kFloat32}}, prepare_as<LinSpaceKernel>},
      {"OnesLike", "fill", {.dtypes = kAllTypes}, prepare_as<LikeKernel<1>>},
      {"ZerosLike", "fill", {.dtypes = kAllTypes}, prepare_as<LikeKernel<0>>},
      {"OneHot", "fill", {.dtypes = kAllTypes}, prepare_as<OneHotKernel>},
  };
  return kKernels;
}

}  // namespace tfjs_native
