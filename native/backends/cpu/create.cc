// Values from attributes.
#include <cmath>

#include "backends/cpu/element.h"
#include "backends/cpu/kernel_list.h"
#include "base/thread_pool.h"

namespace tfjs_native {
namespace {

class FillKernel : public PreparedKernel {
 public:
  explicit FillKernel(const Descriptor& descriptor)
      : count_(descriptor.outputs[0].num_elements()),
        element_(make_element(descriptor.outputs[0].dtype, descriptor.attrs.number("value"))),
        element_bytes_(size_of(descriptor.outputs[0].dtype)) {}

  Status run(const Operands& operands, DeviceStream&) const override {
    fill_elements(operands.outputs[0].data, count_, element_, element_bytes_);
    return {};
  }

 private:
  const int64_t count_;
  const Element element_;
  const size_t element_bytes_;
};

/// start, start + step, ... as tfjs computes them: each value from the stored one before it, so
/// that rounding adds up the same way.
template <typename T>
class SequenceKernel : public PreparedKernel {
 public:
  SequenceKernel(int64_t count, double start, double step)
      : count_(count), start_(start), step_(step) {
    // Up to here float32 holds every whole number, and sums of them do not round.
    constexpr double kExact = 16777216.0;
    const double last = start + step * static_cast<double>(count);
    exact_ = std::trunc(start) == start && std::trunc(step) == step && std::abs(start) <= kExact &&
             std::abs(last) <= kExact;
  }

  Status run(const Operands& operands, DeviceStream&) const override {
    T* dst = operands.output<T>();
    if (exact_) {
      const int32_t start = static_cast<int32_t>(start_);
      const int32_t step = static_cast<int32_t>(step_);
      ThreadPool::instance().parallel_for(count_, 64 * 1024, [&](int64_t begin, int64_t end) {
        for (int32_t i = static_cast<int32_t>(begin); i < static_cast<int32_t>(end); ++i) {
          dst[i] = static_cast<T>(start + i * step);
        }
      });
      return {};
    }
    if (count_ > 0) dst[0] = stored(start_);
    for (int64_t i = 1; i < count_; ++i) dst[i] = stored(static_cast<double>(dst[i - 1]) + step_);
    return {};
  }

 private:
  static T stored(double value) {
    if constexpr (dtype_of<T>() == DType::kInt32) {
      return to_int32(value);
    } else {
      return static_cast<T>(value);
    }
  }

  const int64_t count_;
  const double start_;
  const double step_;
  bool exact_;
};

class OneHotKernel : public PreparedKernel {
 public:
  explicit OneHotKernel(const Descriptor& descriptor)
      : count_(descriptor.inputs[0].num_elements()),
        depth_(descriptor.outputs[0].shape.back()),
        element_bytes_(size_of(descriptor.outputs[0].dtype)),
        on_(make_element(descriptor.outputs[0].dtype, value_of(descriptor, "onValue", 1))),
        off_(make_element(descriptor.outputs[0].dtype, value_of(descriptor, "offValue", 0))) {}

  Status run(const Operands& operands, DeviceStream&) const override {
    const int32_t* indices = operands.input<int32_t>(0);
    char* dst = operands.output<char>(0);
    fill_elements(dst, count_ * depth_, off_, element_bytes_);
    for (int64_t i = 0; i < count_; ++i) {
      if (indices[i] < 0 || indices[i] >= depth_) continue;
      fill_run(dst + (i * depth_ + indices[i]) * static_cast<int64_t>(element_bytes_), 1, on_,
               element_bytes_);
    }
    return {};
  }

 private:
  static double value_of(const Descriptor& descriptor, const char* name, double otherwise) {
    return descriptor.attrs.has(name) ? descriptor.attrs.number(name) : otherwise;
  }

  const int64_t count_;
  const int64_t depth_;
  const size_t element_bytes_;
  const Element on_;
  const Element off_;
};

Result<PreparedKernelPtr> prepare_fill(const Descriptor& descriptor, Device&) {
  return PreparedKernelPtr(std::make_shared<FillKernel>(descriptor));
}

Result<PreparedKernelPtr> prepare_range(const Descriptor& descriptor, Device&) {
  const int64_t count = descriptor.outputs[0].num_elements();
  const double start = descriptor.attrs.number("start");
  const double step = descriptor.attrs.number("step");
  if (descriptor.outputs[0].dtype == DType::kInt32) {
    return PreparedKernelPtr(std::make_shared<SequenceKernel<int32_t>>(count, start, step));
  }
  return PreparedKernelPtr(std::make_shared<SequenceKernel<float>>(count, start, step));
}

Result<PreparedKernelPtr> prepare_lin_space(const Descriptor& descriptor, Device&) {
  const int64_t count = descriptor.outputs[0].num_elements();
  const double start = descriptor.attrs.number("start");
  const double step = (descriptor.attrs.number("stop") - start) / static_cast<double>(count - 1);
  return PreparedKernelPtr(std::make_shared<SequenceKernel<float>>(count, start, step));
}

Result<PreparedKernelPtr> prepare_one_hot(const Descriptor& descriptor, Device&) {
  return PreparedKernelPtr(std::make_shared<OneHotKernel>(descriptor));
}

}  // namespace

std::span<const Kernel> create_kernels() {
  static const Kernel kKernels[] = {
      {"Fill", "fill", accept_all, prepare_fill},
      {"Range", "sequence", accept_all, prepare_range},
      {"LinSpace", "sequence", accept_all, prepare_lin_space},
      {"OneHot", "fill", accept_all, prepare_one_hot},
  };
  return kKernels;
}

}  // namespace tfjs_native
