// Select: element by element from one of two tensors. Works on the elements' bytes, whatever their
// type.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/cpu/elementwise/select.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include <cstring>

#include "backends/cpu/elementwise/elementwise.h"
#include "backends/cpu/kernel_list.h"
#include "backends/cpu/loops/block_writes.h"
#include "base/thread_pool.h"

#ifndef TFJS_SELECT_LOOP
#define TFJS_SELECT_LOOP
namespace tfjs_native {
namespace {

using SelectLoop = void (*)(const Bool* condition, const void* t, const void* e, void* dst,
                            int64_t count);

}  // namespace
}  // namespace tfjs_native
#endif

HWY_BEFORE_NAMESPACE();
namespace tfjs_native {
namespace HWY_NAMESPACE {

template <typename T>
void select_elements(const Bool* HWY_RESTRICT condition, const void* t, const void* e, void* dst,
                     int64_t count) {
  const T* HWY_RESTRICT x = static_cast<const T*>(t);
  const T* HWY_RESTRICT y = static_cast<const T*>(e);
  T* HWY_RESTRICT out = static_cast<T*>(dst);
  // Both are read, so that the loop has no branch.
  for (int64_t i = 0; i < count; ++i) {
    const T chosen = x[i];
    const T other = y[i];
    out[i] = condition[i] != 0 ? chosen : other;
  }
}

SelectLoop select_elements_of(DType dtype) {
  return with_bytes_of(
      dtype, [](auto tag) -> SelectLoop { return select_elements<TypeIn<decltype(tag)>>; });
}

}  // namespace HWY_NAMESPACE
}  // namespace tfjs_native
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tfjs_native {

HWY_EXPORT(select_elements_of);

namespace {

class SelectKernel : public PreparedKernel {
 public:
  explicit SelectKernel(const Descriptor& descriptor)
      : count_(descriptor.outputs[0].num_elements()),
        conditions_(descriptor.inputs[0].num_elements()),
        bytes_(static_cast<int64_t>(size_of(descriptor.outputs[0].dtype))),
        writes_(count_, bytes_, false),
        loop_(HWY_DYNAMIC_DISPATCH(select_elements_of)(descriptor.outputs[0].dtype)) {
    for (int i = 0; i < 2; ++i) {
      const DType dtype = descriptor.inputs[i + 1].dtype;
      if (dtype == descriptor.outputs[0].dtype) continue;
      convert_[i] = store_loop(dtype, descriptor.outputs[0].dtype);
      at_[i] = workspace_bytes_;
      workspace_bytes_ += (static_cast<size_t>(count_ * bytes_) + 63) / 64 * 64;
    }
  }

  Status run(const Operands& operands, DeviceStream&) const override {
    if (count_ == 0) return {};
    const Bool* condition = operands.input<Bool>(0);
    const char* sides[2];
    for (int i = 0; i < 2; ++i) {
      sides[i] = operands.input<char>(i + 1);
      if (convert_[i] == nullptr) continue;
      char* converted = static_cast<char*>(operands.workspace) + at_[i];
      convert_[i]({}, sides[i], converted, count_);
      sides[i] = converted;
    }
    char* dst = operands.output<char>();
    if (conditions_ == count_) {
      ThreadPool::instance().parallel_for(
          count_, kElementwiseGrain, [&](int64_t begin, int64_t end) {
            writes_.run(dst, begin, end, [&](int64_t first, int64_t last, char* to) {
              const int64_t at = first * bytes_;
              loop_(condition + first, sides[0] + at, sides[1] + at, to, last - first);
              return sides[0] + last * bytes_;
            });
          });
      return {};
    }
    // A condition for each outermost slice.
    const int64_t slice_bytes = count_ / conditions_ * bytes_;
    for (int64_t i = 0; i < conditions_; ++i) {
      std::memcpy(dst + i * slice_bytes, sides[condition[i] != 0 ? 0 : 1] + i * slice_bytes,
                  static_cast<size_t>(slice_bytes));
    }
    return {};
  }

 private:
  const int64_t count_;
  const int64_t conditions_;
  const int64_t bytes_;
  const BlockWrites writes_;
  const SelectLoop loop_;
  UnaryLoop convert_[2] = {nullptr, nullptr};  // Of t and e, to the result's type.
  size_t at_[2] = {0, 0};                      // In the workspace.
};

}  // namespace

std::span<const Kernel> select_kernels() {
  static const Kernel kKernels[] = {
      {"Select", "simd", {.dtypes = kAllTypes}, prepare_as<SelectKernel>}};
  return kKernels;
}

}  // namespace tfjs_native
#endif
