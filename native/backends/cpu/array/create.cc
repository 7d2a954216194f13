// Values from attributes.
#include <cmath>

#include "backends/cpu/kernel_list.h"
#include "backends/cpu/loops/element.h"
#include "base/thread_pool.h"

namespace tfjs_native {
namespace {

// Elements that are worth another thread.
constexpr int64_t kSequenceGrain = 64 * 1024;

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

/// start, start + step, ...: each value from its index, so that no rounding adds up.
class SequenceKernel : public PreparedKernel {
 public:
  /// `last`: the last of several values, where a rounded step may miss it.
  SequenceKernel(int64_t count, double start, double step, double last)
      : count_(count), start_(start), step_(step), last_(last) {}

  Status run(const Operands& operands, DeviceStream&) const override {
    float* dst = operands.output<float>();
    ThreadPool::instance().parallel_for(count_, kSequenceGrain, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        dst[i] = static_cast<float>(start_ + step_ * static_cast<double>(i));
      }
    });
    if (count_ > 1) dst[count_ - 1] = static_cast<float>(last_);
    return {};
  }

 private:
  const int64_t count_;
  const double start_;
  const double step_;
  const double last_;
};

/// The same in int32. Like a typed array in tfjs, each value loses its fraction before the next
/// step is added.
class IntegerSequenceKernel : public PreparedKernel {
 public:
  IntegerSequenceKernel(int64_t count, double start, double step)
      : count_(count), start_(to_int32(start)), step_(step) {}

  Status run(const Operands& operands, DeviceStream&) const override {
    int32_t* dst = operands.output<int32_t>();
    if (std::trunc(step_) == step_) {
      ThreadPool::instance().parallel_for(count_, kSequenceGrain, [&](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i) {
          dst[i] = to_int32(start_ + step_ * static_cast<double>(i));
        }
      });
      return {};
    }
    double value = start_;
    for (int64_t i = 0; i < count_; ++i) {
      dst[i] = to_int32(value);
      value = dst[i] + step_;
    }
    return {};
  }

 private:
  const int64_t count_;
  const double start_;
  const double step_;
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

Result<PreparedKernelPtr> prepare_range(const Descriptor& descriptor, Device&) {
  const int64_t count = descriptor.outputs[0].num_elements();
  const double start = descriptor.attrs.number("start");
  const double step = descriptor.attrs.number("step");
  if (descriptor.outputs[0].dtype == DType::kInt32) {
    return make_prepared<IntegerSequenceKernel>(count, start, step);
  }
  const double last = start + step * static_cast<double>(count - 1);
  return make_prepared<SequenceKernel>(count, start, step, last);
}

Result<PreparedKernelPtr> prepare_lin_space(const Descriptor& descriptor, Device&) {
  const int64_t count = descriptor.outputs[0].num_elements();
  const double start = descriptor.attrs.number("start");
  const double stop = descriptor.attrs.number("stop");
  const double step = count > 1 ? (stop - start) / static_cast<double>(count - 1) : 0;
  return make_prepared<SequenceKernel>(count, start, step, stop);
}

}  // namespace

std::span<const Kernel> create_kernels() {
  static const Kernel kKernels[] = {
      {"Fill", "fill", accept_all, prepare_as<FillKernel>},
      {"Range", "sequence", accept_all, prepare_range},
      {"LinSpace", "sequence", accept_all, prepare_lin_space},
      {"OneHot", "fill", accept_all, prepare_as<OneHotKernel>},
  };
  return kKernels;
}

}  // namespace tfjs_native
