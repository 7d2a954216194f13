// ArgMax and ArgMin. The first of equal elements wins; a NaN never beats anything, but nothing
// beats a NaN in front. Compiled once for each instruction set.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/cpu/reduction/arg_reduction.cc"
#include <hwy/cache_control.h>
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include <algorithm>
#include <cstring>
#include <string_view>

#include "backends/cpu/kernel_list.h"
#include "backends/cpu/loops/strided_copy.h"
#include "base/thread_pool.h"
#include "tensor/element_type.h"

#ifndef TFJS_ARG_REDUCTION_ROWS
#define TFJS_ARG_REDUCTION_ROWS
namespace tfjs_native {
namespace {

/// The input seen as [outer, count, inner], where `count` elements compete.
struct ArgLoops {
  int64_t outer = 1;
  int64_t count = 1;
  int64_t inner = 1;
  bool reads_ahead = false;  // It outgrows the caches.
};

struct ArgFunctions {
  /// With inner == 1: outputs [begin, end).
  void (*rows)(const ArgLoops& loops, const void* src, int32_t* dst, int64_t begin, int64_t end);
  /// Columns [begin, end) of one `outer` index.
  void (*columns)(const ArgLoops& loops, const void* src, int32_t* dst, int64_t outer,
                  int64_t begin, int64_t end);
};

}  // namespace
}  // namespace tfjs_native
#endif

HWY_BEFORE_NAMESPACE();
namespace tfjs_native {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

template <typename T, bool kMax>
HWY_INLINE bool beats(T challenger, T best) {
  return kMax ? challenger > best : challenger < best;
}

/// Finds the extreme, then the first element that equals it.
template <typename T, bool kMax>
int32_t arg_of_row(const T* x, int64_t count) {
  if (x[0] != x[0]) return 0;
  const hn::ScalableTag<T> d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  T best = x[0];
  int64_t i = 0;
  if (count >= 2 * lanes) {
    const auto better = [](auto a, auto b) {
      return hn::IfThenElse(kMax ? hn::Gt(b, a) : hn::Lt(b, a), b, a);
    };
    auto b0 = hn::Set(d, x[0]);
    auto b1 = b0;
    for (; i + 2 * lanes <= count; i += 2 * lanes) {
      b0 = better(b0, hn::LoadU(d, x + i));
      b1 = better(b1, hn::LoadU(d, x + i + lanes));
    }
    HWY_ALIGN T parts[hn::MaxLanes(d)];
    hn::Store(better(b0, b1), d, parts);
    for (int64_t lane = 0; lane < lanes; ++lane) {
      if (beats<T, kMax>(parts[lane], best)) best = parts[lane];
    }
  }
  for (; i < count; ++i) {
    if (beats<T, kMax>(x[i], best)) best = x[i];
  }
  const auto target = hn::Set(d, best);
  for (i = 0; i + lanes <= count; i += lanes) {
    const auto first = hn::FindFirstTrue(d, hn::Eq(hn::LoadU(d, x + i), target));
    if (first >= 0) return static_cast<int32_t>(i + first);
  }
  while (i < count && x[i] != best) ++i;
  return static_cast<int32_t>(i);
}

template <typename T, bool kMax>
void arg_rows(const ArgLoops& loops, const void* src, int32_t* dst, int64_t begin, int64_t end) {
  const T* x = static_cast<const T*>(src);
  for (int64_t row = begin; row < end; ++row) {
    dst[row] = arg_of_row<T, kMax>(x + row * loops.count, loops.count);
  }
}

/// Lets `kRows` rows, `step` elements apart, compete with the best so far of `columns` columns;
/// `first` is the number of the first of them.
template <typename T, bool kMax, int kRows>
HWY_INLINE void compete(const T* HWY_RESTRICT x, int64_t step, int64_t columns, int32_t first,
                        T* HWY_RESTRICT best, int32_t* HWY_RESTRICT index) {
  for (int64_t c = 0; c < columns; ++c) {
    T leader = best[c];
    int32_t at = index[c];
    for (int r = 0; r < kRows; ++r) {
      const T challenger = x[r * step + c];
      const bool wins = beats<T, kMax>(challenger, leader);
      leader = wins ? challenger : leader;
      at = wins ? first + r : at;
    }
    best[c] = leader;
    index[c] = at;
  }
}

/// Rows are read one after another, several at a time.
template <typename T, bool kMax>
void arg_columns(const ArgLoops& loops, const void* src, int32_t* dst, int64_t outer, int64_t begin,
                 int64_t end) {
  constexpr int64_t kBlock = 4096;
  constexpr int kRows = 16;
  constexpr int64_t kLine = 64 / sizeof(T);
  constexpr int64_t kPart = 4 * kLine;
  T best[kBlock];
  int32_t index[kBlock];
  const T* x = static_cast<const T*>(src) + outer * loops.count * loops.inner;
  for (int64_t first = begin; first < end; first += kBlock) {
    const int64_t columns = std::min(kBlock, end - first);
    std::copy_n(x + first, columns, best);
    std::fill_n(index, columns, 0);
    const T* row = x + loops.inner + first;
    int64_t j = 1;
    for (; j + kRows <= loops.count; j += kRows, row += kRows * loops.inner) {
      // What follows in each row is read ahead where it comes from memory.
      const int64_t part = loops.reads_ahead ? kPart : columns;
      for (int64_t c = 0; c < columns; c += part) {
        const int64_t width = std::min(part, columns - c);
        for (int64_t at = 0; loops.reads_ahead && at < kRows * kPart; at += kLine) {
          hwy::Prefetch(row + at / kPart * loops.inner + c + 2 * kPart + at % kPart);
        }
        compete<T, kMax, kRows>(row + c, loops.inner, width, static_cast<int32_t>(j), best + c,
                                index + c);
      }
    }
    for (; j < loops.count; ++j, row += loops.inner) {
      compete<T, kMax, 1>(row, loops.inner, columns, static_cast<int32_t>(j), best, index);
    }
    std::copy_n(index, columns, dst + outer * loops.inner + first);
  }
}

template <typename T>
const ArgFunctions* arg_functions(bool max) {
  static constexpr ArgFunctions kMax = {arg_rows<T, true>, arg_columns<T, true>};
  static constexpr ArgFunctions kMin = {arg_rows<T, false>, arg_columns<T, false>};
  return max ? &kMax : &kMin;
}

const ArgFunctions* select_arg_reduction(DType dtype, bool max) {
  return with_tfjs_real(
      dtype, [max](auto tag) { return arg_functions<NumberOf<TypeIn<decltype(tag)>>>(max); });
}

}  // namespace HWY_NAMESPACE
}  // namespace tfjs_native
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tfjs_native {

HWY_EXPORT(select_arg_reduction);

namespace {

constexpr int64_t kGrain = 32 * 1024;

class ArgReduction : public PreparedKernel {
 public:
  ArgReduction(const Descriptor& descriptor, const ArgFunctions& functions)
      : functions_(functions) {
    const Shape& shape = descriptor.inputs[0].shape;
    const auto axis = static_cast<size_t>(descriptor.resolved_as<Axes>()->axes[0]);
    loops_.outer = num_elements(shape, 0, axis);
    loops_.count = shape[axis];
    loops_.inner = num_elements(shape, axis + 1, shape.size());
    loops_.reads_ahead = outgrows_caches(static_cast<int64_t>(descriptor.inputs[0].size_bytes()));
  }

  Status run(const Operands& operands, DeviceStream&) const override {
    const void* src = operands.inputs[0].data;
    auto* dst = operands.output<int32_t>();
    const int64_t outputs = loops_.outer * loops_.inner;
    if (outputs == 0) return {};
    if (loops_.count == 0) {
      std::memset(dst, 0, static_cast<size_t>(outputs) * sizeof(int32_t));
      return {};
    }
    ThreadPool& pool = ThreadPool::instance();
    if (loops_.inner == 1) {
      pool.parallel_for(
          loops_.outer, std::max<int64_t>(1, kGrain / loops_.count),
          [&](int64_t begin, int64_t end) { functions_.rows(loops_, src, dst, begin, end); });
    } else if (loops_.outer == 1) {
      pool.parallel_for(
          loops_.inner, std::max<int64_t>(64, kGrain / loops_.count),
          [&](int64_t begin, int64_t end) { functions_.columns(loops_, src, dst, 0, begin, end); });
    } else {
      pool.parallel_for(loops_.outer, std::max<int64_t>(1, kGrain / (loops_.count * loops_.inner)),
                        [&](int64_t begin, int64_t end) {
                          for (int64_t outer = begin; outer < end; ++outer) {
                            functions_.columns(loops_, src, dst, outer, 0, loops_.inner);
                          }
                        });
    }
    return {};
  }

 private:
  const ArgFunctions& functions_;
  ArgLoops loops_;
};

Result<PreparedKernelPtr> prepare_arg_reduction(const Descriptor& descriptor, Device&) {
  const bool max = std::string_view(descriptor.op) == "ArgMax";
  const ArgFunctions* functions =
      HWY_DYNAMIC_DISPATCH(select_arg_reduction)(descriptor.inputs[0].dtype, max);
  return make_prepared<ArgReduction>(descriptor, *functions);
}

}  // namespace

std::span<const Kernel> arg_reduction_kernels() {
  static const Kernel kKernels[] = {
      {"ArgMax", "simd", {.dtypes = kTfjsReals}, prepare_arg_reduction},
      {"ArgMin", "simd", {.dtypes = kTfjsReals}, prepare_arg_reduction},
  };
  return kKernels;
}

}  // namespace tfjs_native
#endif
