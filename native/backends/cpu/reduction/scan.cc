// Cumsum and Cumprod. Every step is rounded to the output's dtype, as in tfjs. Compiled once for
// each instruction set; across columns the compiler vectorizes.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/cpu/reduction/scan.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include <algorithm>
#include <string_view>

#include "backends/cpu/kernel_list.h"
#include "base/thread_pool.h"
#include "math/conversion.h"

#ifndef TFJS_SCAN_ROWS
#define TFJS_SCAN_ROWS
namespace tfjs_native {
namespace {

/// The input seen as [outer, count, inner]; `count` elements accumulate.
struct ScanLoops {
  int64_t outer = 1;
  int64_t count = 1;
  int64_t inner = 1;
  bool exclusive = false;
  bool reverse = false;
};

struct ScanFunctions {
  /// Columns [begin, end) of one `outer` index.
  void (*columns)(const ScanLoops& loops, const void* src, void* dst, int64_t outer, int64_t begin,
                  int64_t end);
  /// With inner == 1: `outer` indices [begin, end).
  void (*rows)(const ScanLoops& loops, const void* src, void* dst, int64_t begin, int64_t end);
};

struct SumStep {
  template <typename T>
  static constexpr T start() {
    return 0;
  }
  static float step(float total, float x) { return total + x; }
  static int32_t step(int32_t total, int32_t x) {
    return static_cast<int32_t>(static_cast<uint32_t>(total) + static_cast<uint32_t>(x));
  }
};

struct ProductStep {
  template <typename T>
  static constexpr T start() {
    return 1;
  }
  static float step(float total, float x) { return total * x; }
  // JavaScript multiplies in double, which rounds long products before they wrap.
  static int32_t step(int32_t total, int32_t x) {
    return to_int32(static_cast<double>(total) * static_cast<double>(x));
  }
};

}  // namespace
}  // namespace tfjs_native
#endif

HWY_BEFORE_NAMESPACE();
namespace tfjs_native {
namespace HWY_NAMESPACE {

template <class Step, typename In, typename Out>
void scan_columns(const ScanLoops& loops, const void* src, void* dst, int64_t outer, int64_t begin,
                  int64_t end) {
  const int64_t offset = outer * loops.count * loops.inner;
  const In* x = static_cast<const In*>(src) + offset;
  Out* out = static_cast<Out*>(dst) + offset;
  const int64_t stride = loops.reverse ? -loops.inner : loops.inner;
  const int64_t start = loops.reverse ? (loops.count - 1) * loops.inner : 0;
  // Row after row; a row depends on the one before it.
  for (int64_t j = 0; j < loops.count; ++j) {
    const int64_t at = start + j * stride;
    Out* HWY_RESTRICT row = out + at;
    if (j == 0) {
      if (loops.exclusive) {
        std::fill(row + begin, row + end, Step::template start<Out>());
      } else {
        std::copy(x + at + begin, x + at + end, row + begin);
      }
      continue;
    }
    const In* HWY_RESTRICT operand = x + (loops.exclusive ? at - stride : at);
    const Out* HWY_RESTRICT previous = row - stride;
    for (int64_t c = begin; c < end; ++c) {
      row[c] = Step::step(previous[c], static_cast<Out>(operand[c]));
    }
  }
}

/// kRows rows together, from `x` and `out` on: each step of a row waits for the one before it, but
/// for none of another row.
template <class Step, int kRows, typename In, typename Out>
HWY_INLINE void scan_together(const ScanLoops& loops, const In* HWY_RESTRICT x,
                              Out* HWY_RESTRICT out) {
  Out totals[kRows];
  std::fill_n(totals, kRows, Step::template start<Out>());
  const int64_t stride = loops.reverse ? -1 : 1;
  int64_t at = loops.reverse ? loops.count - 1 : 0;
  const bool exclusive = loops.exclusive;
  const int64_t count = loops.count;
  for (int64_t j = 0; j < count; ++j, at += stride) {
    for (int row = 0; row < kRows; ++row) {
      const int64_t place = row * count + at;
      const Out next = Step::step(totals[row], static_cast<Out>(x[place]));
      out[place] = exclusive ? totals[row] : next;
      totals[row] = next;
    }
  }
}

template <class Step, typename In, typename Out>
void scan_rows(const ScanLoops& loops, const void* src, void* dst, int64_t begin, int64_t end) {
  constexpr int kRows = 4;
  const In* x = static_cast<const In*>(src);
  Out* out = static_cast<Out*>(dst);
  int64_t row = begin;
  for (; row + kRows <= end; row += kRows) {
    scan_together<Step, kRows>(loops, x + row * loops.count, out + row * loops.count);
  }
  for (; row < end; ++row) {
    scan_together<Step, 1>(loops, x + row * loops.count, out + row * loops.count);
  }
}

template <class Step>
ScanFunctions scan_of(DType dtype) {
  return with_tfjs_real(dtype, [](auto tag) -> ScanFunctions {
    using In = TypeIn<decltype(tag)>;
    using Out = std::conditional_t<std::is_same_v<In, Bool>, int32_t, In>;
    return {scan_columns<Step, In, Out>, scan_rows<Step, In, Out>};
  });
}

ScanFunctions select_scan(DType dtype, bool sum) {
  return sum ? scan_of<SumStep>(dtype) : scan_of<ProductStep>(dtype);
}

}  // namespace HWY_NAMESPACE
}  // namespace tfjs_native
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tfjs_native {

HWY_EXPORT(select_scan);

namespace {

constexpr int64_t kGrain = 32 * 1024;
constexpr int64_t kColumns = 64;  // A task takes at least that many columns of a row.

class Scan : public PreparedKernel {
 public:
  Scan(const Descriptor& descriptor, const ScanFunctions& functions) : functions_(functions) {
    const Shape& shape = descriptor.inputs[0].shape;
    const auto axis = static_cast<size_t>(descriptor.resolved_as<Axes>()->axes[0]);
    loops_.outer = num_elements(shape, 0, axis);
    loops_.count = shape[axis];
    loops_.inner = num_elements(shape, axis + 1, shape.size());
    loops_.exclusive = descriptor.attrs.flag("exclusive");
    loops_.reverse = descriptor.attrs.flag("reverse");
  }

  Status run(const Operands& operands, DeviceStream&) const override {
    const void* src = operands.inputs[0].data;
    void* dst = operands.outputs[0].data;
    if (loops_.outer * loops_.count * loops_.inner == 0) return {};
    ThreadPool& pool = ThreadPool::instance();
    if (loops_.inner == 1) {
      pool.parallel_for(
          loops_.outer, std::max<int64_t>(1, kGrain / loops_.count),
          [&](int64_t begin, int64_t end) { functions_.rows(loops_, src, dst, begin, end); });
      return {};
    }
    if (loops_.outer == 1) {
      pool.parallel_for(
          loops_.inner, std::max(kColumns, kGrain / loops_.count),
          [&](int64_t begin, int64_t end) { functions_.columns(loops_, src, dst, 0, begin, end); });
      return {};
    }
    pool.parallel_for(loops_.outer, std::max<int64_t>(1, kGrain / (loops_.count * loops_.inner)),
                      [&](int64_t begin, int64_t end) {
                        for (int64_t outer = begin; outer < end; ++outer) {
                          functions_.columns(loops_, src, dst, outer, 0, loops_.inner);
                        }
                      });
    return {};
  }

 private:
  const ScanFunctions functions_;
  ScanLoops loops_;
};

Result<PreparedKernelPtr> prepare_scan(const Descriptor& descriptor, Device&) {
  const bool sum = std::string_view(descriptor.op) == "Cumsum";
  const ScanFunctions functions =
      HWY_DYNAMIC_DISPATCH(select_scan)(descriptor.inputs[0].dtype, sum);
  return make_prepared<Scan>(descriptor, functions);
}

}  // namespace

std::span<const Kernel> scan_kernels() {
  static const Kernel kKernels[] = {
      {"Cumsum", "simd", {.dtypes = kTfjsReals}, prepare_scan},
      {"Cumprod", "simd", {.dtypes = kTfjsReals}, prepare_scan},
  };
  return kKernels;
}

}  // namespace tfjs_native
#endif
