// AddN: the sum of any number of tensors of one shape.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/cpu/elementwise/add_n.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include <algorithm>
#include <cstring>

#include "backends/cpu/elementwise/elementwise.h"
#include "backends/cpu/kernel_list.h"
#include "base/thread_pool.h"

#ifndef TFJS_ADD_N_LOOP
#define TFJS_ADD_N_LOOP
namespace tfjs_native {
namespace {

/// sum += x
using AccumulateLoop = void (*)(const void* x, void* sum, int64_t count);

}  // namespace
}  // namespace tfjs_native
#endif

HWY_BEFORE_NAMESPACE();
namespace tfjs_native {
namespace HWY_NAMESPACE {

/// Integers are unsigned here: they wrap.
template <typename T>
void accumulate(const void* x, void* sum, int64_t count) {
  const T* HWY_RESTRICT in = static_cast<const T*>(x);
  T* HWY_RESTRICT out = static_cast<T*>(sum);
  for (int64_t i = 0; i < count; ++i) out[i] = static_cast<T>(out[i] + in[i]);
}

AccumulateLoop accumulate_for(DType dtype) {
  return with_tfjs_real(dtype, [](auto tag) -> AccumulateLoop {
    using T = TypeIn<decltype(tag)>;
    return accumulate<std::conditional_t<std::is_same_v<T, int32_t>, uint32_t, NumberOf<T>>>;
  });
}

}  // namespace HWY_NAMESPACE
}  // namespace tfjs_native
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tfjs_native {

HWY_EXPORT(accumulate_for);

namespace {

class AddNKernel : public PreparedKernel {
 public:
  explicit AddNKernel(const Descriptor& descriptor)
      : loop_(HWY_DYNAMIC_DISPATCH(accumulate_for)(descriptor.outputs[0].dtype)),
        count_(descriptor.outputs[0].num_elements()),
        bytes_(static_cast<int64_t>(size_of(descriptor.outputs[0].dtype))) {}

  Status run(const Operands& operands, DeviceStream&) const override {
    char* sum = operands.output<char>();
    ThreadPool::instance().parallel_for(count_, kElementwiseGrain, [&](int64_t begin, int64_t end) {
      // Blocks of the sum stay in the nearest cache while all inputs are added.
      constexpr int64_t kBlock = 2048;
      for (int64_t i = begin; i < end; i += kBlock) {
        const int64_t part = std::min(kBlock, end - i);
        const int64_t at = i * bytes_;
        std::memcpy(sum + at, operands.input<char>(0) + at, static_cast<size_t>(part * bytes_));
        for (size_t input = 1; input < operands.inputs.size(); ++input) {
          loop_(operands.input<char>(input) + at, sum + at, part);
        }
      }
    });
    return {};
  }

 private:
  const AccumulateLoop loop_;
  const int64_t count_;
  const int64_t bytes_;
};

}  // namespace

std::span<const Kernel> add_n_kernels() {
  static const Kernel kKernels[] = {
      {"AddN", "simd", {.dtypes = kTfjsReals}, prepare_as<AddNKernel>}};
  return kKernels;
}

}  // namespace tfjs_native
#endif
