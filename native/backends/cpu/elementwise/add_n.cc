// AddN: the sum of any number of tensors of one shape.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/cpu/elementwise/add_n.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include <algorithm>
#include <array>
#include <type_traits>

#include "backends/cpu/elementwise/elementwise.h"
#include "backends/cpu/kernel_list.h"
#include "backends/cpu/loops/block_writes.h"
#include "base/thread_pool.h"

#ifndef TFJS_ADD_N_LOOP
#define TFJS_ADD_N_LOOP
namespace tfjs_native {
namespace {

/// So many inputs are read side by side.
constexpr size_t kMostAtOnce = 4;

using Inputs = std::array<const char*, kMostAtOnce>;
using SumLoop = void (*)(const Inputs& inputs, void* sum, int64_t count);

/// By the number of inputs, less one: sum = inputs[0] + ..., and sum += inputs[0] + ...
struct SumLoops {
  SumLoop begin[kMostAtOnce];
  SumLoop go_on[kMostAtOnce];
};

}  // namespace
}  // namespace tfjs_native
#endif

HWY_BEFORE_NAMESPACE();
namespace tfjs_native {
namespace HWY_NAMESPACE {

/// One input after another, as tfjs adds them. Integers are unsigned here: they wrap.
template <typename T, bool kBegins, size_t kInputs>
void add_inputs(const Inputs& inputs, void* sum, int64_t count) {
  const T* HWY_RESTRICT a = reinterpret_cast<const T*>(inputs[0]);
  const T* HWY_RESTRICT b = reinterpret_cast<const T*>(inputs[1]);
  const T* HWY_RESTRICT c = reinterpret_cast<const T*>(inputs[2]);
  const T* HWY_RESTRICT d = reinterpret_cast<const T*>(inputs[3]);
  T* HWY_RESTRICT out = static_cast<T*>(sum);
  for (int64_t i = 0; i < count; ++i) {
    T value = a[i];
    if constexpr (!kBegins) value = static_cast<T>(out[i] + value);
    if constexpr (kInputs > 1) value = static_cast<T>(value + b[i]);
    if constexpr (kInputs > 2) value = static_cast<T>(value + c[i]);
    if constexpr (kInputs > 3) value = static_cast<T>(value + d[i]);
    out[i] = value;
  }
}

SumLoops sum_loops(DType dtype) {
  return with_tfjs_real(dtype, [](auto tag) -> SumLoops {
    using Type = TypeIn<decltype(tag)>;
    using T = std::conditional_t<std::is_same_v<Type, int32_t>, uint32_t, NumberOf<Type>>;
    return {{add_inputs<T, true, 1>, add_inputs<T, true, 2>, add_inputs<T, true, 3>,
             add_inputs<T, true, 4>},
            {add_inputs<T, false, 1>, add_inputs<T, false, 2>, add_inputs<T, false, 3>,
             add_inputs<T, false, 4>}};
  });
}

}  // namespace HWY_NAMESPACE
}  // namespace tfjs_native
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tfjs_native {

HWY_EXPORT(sum_loops);

namespace {

class AddNKernel : public PreparedKernel {
 public:
  explicit AddNKernel(const Descriptor& descriptor)
      : loops_(HWY_DYNAMIC_DISPATCH(sum_loops)(descriptor.outputs[0].dtype)),
        count_(descriptor.outputs[0].num_elements()),
        bytes_(static_cast<int64_t>(size_of(descriptor.outputs[0].dtype))),
        writes_(count_, bytes_, false) {}

  Status run(const Operands& operands, DeviceStream&) const override {
    char* sum = operands.output<char>();
    ThreadPool::instance().parallel_for(count_, kElementwiseGrain, [&](int64_t begin, int64_t end) {
      writes_.run(sum, begin, end, [&](int64_t first, int64_t last, char* to) {
        add(operands, first, last, to);
        return operands.input<char>(0) + last * bytes_;
      });
    });
    return {};
  }

 private:
  /// Blocks of the sum stay in the nearest cache while all inputs are added.
  void add(const Operands& operands, int64_t begin, int64_t end, char* to) const {
    constexpr int64_t kBlock = 2048;
    const size_t inputs = operands.inputs.size();
    for (; begin < end; begin += kBlock) {
      const int64_t part = std::min(kBlock, end - begin);
      for (size_t first = 0; first < inputs; first += kMostAtOnce) {
        const size_t count = std::min(kMostAtOnce, inputs - first);
        Inputs at{};
        for (size_t i = 0; i < count; ++i) {
          at[i] = operands.input<char>(first + i) + begin * bytes_;
        }
        (first == 0 ? loops_.begin : loops_.go_on)[count - 1](at, to, part);
      }
      to += part * bytes_;
    }
  }

  const SumLoops loops_;
  const int64_t count_;
  const int64_t bytes_;
  const BlockWrites writes_;
};

}  // namespace

std::span<const Kernel> add_n_kernels() {
  static const Kernel kKernels[] = {
      {"AddN", "simd", {.dtypes = kTfjsReals}, prepare_as<AddNKernel>}};
  return kKernels;
}

}  // namespace tfjs_native
#endif
