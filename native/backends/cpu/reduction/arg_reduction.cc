// ArgMax and ArgMin. The first of equal elements wins; a NaN never beats anything, but nothing
// beats a NaN in front. Compiled once for each instruction set.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/cpu/reduction/arg_reduction.cc"
#include <hwy/cache_control.h>
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include <algorithm>
#include <cstring>
#include <limits>
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

/// The better one of each lane; a challenger that is NaN never is.
template <bool kMax, class V>
HWY_INLINE V better(V challenger, V best) {
#if HWY_ARCH_X86 && HWY_TARGET != HWY_SCALAR && HWY_TARGET != HWY_EMU128
  // These instructions give their second operand where either is NaN.
  return kMax ? hn::Max(challenger, best) : hn::Min(challenger, best);
#else
  return hn::IfThenElse(kMax ? hn::Gt(challenger, best) : hn::Lt(challenger, best), challenger,
                        best);
#endif
}

/// What every number beats or equals.
template <typename T, bool kMax>
constexpr T kWorst = std::numeric_limits<T>::has_infinity
                         ? (kMax ? -std::numeric_limits<T>::infinity()
                                 : std::numeric_limits<T>::infinity())
                         : (kMax ? std::numeric_limits<T>::lowest()
                                 : std::numeric_limits<T>::max());

/// The best of `count` elements, kWorst where all are NaN.
template <typename T, bool kMax>
HWY_INLINE T best_of(const T* x, int64_t count) {
  const hn::ScalableTag<T> d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  T best = kWorst<T, kMax>;
  int64_t i = 0;
  if (count >= lanes) {
    auto b0 = hn::Set(d, best);
    auto b1 = b0;
    auto b2 = b0;
    auto b3 = b0;
    for (; i + 4 * lanes <= count; i += 4 * lanes) {
      b0 = better<kMax>(hn::LoadU(d, x + i), b0);
      b1 = better<kMax>(hn::LoadU(d, x + i + lanes), b1);
      b2 = better<kMax>(hn::LoadU(d, x + i + 2 * lanes), b2);
      b3 = better<kMax>(hn::LoadU(d, x + i + 3 * lanes), b3);
    }
    for (; i + lanes <= count; i += lanes) b0 = better<kMax>(hn::LoadU(d, x + i), b0);
    HWY_ALIGN T parts[hn::MaxLanes(d)];
    hn::Store(better<kMax>(better<kMax>(b0, b1), better<kMax>(b2, b3)), d, parts);
    for (int64_t lane = 0; lane < lanes; ++lane) {
      best = beats<T, kMax>(parts[lane], best) ? parts[lane] : best;
    }
  }
  for (; i < count; ++i) best = beats<T, kMax>(x[i], best) ? x[i] : best;
  return best;
}

/// The index of the first of `count` elements that equals `target`; one does.
template <typename T>
HWY_INLINE int64_t find_first(const T* x, int64_t count, T target) {
  const hn::ScalableTag<T> d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  const auto targets = hn::Set(d, target);
  int64_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    const auto first = hn::FindFirstTrue(d, hn::Eq(hn::LoadU(d, x + i), targets));
    if (first >= 0) return i + first;
  }
  while (x[i] != target) ++i;
  return i;
}

/// Looks for the extreme of a stretch of a row, and then for the place of that of the stretch
/// before it, which lies in a near cache: the memory is read on while a place is looked for.
template <typename T, bool kMax>
void arg_rows(const ArgLoops& loops, const void* src, int32_t* dst, int64_t begin, int64_t end) {
  constexpr int64_t kStretch = 16384 / sizeof(T);
  const T* x = static_cast<const T*>(src);
  struct Stretch {
    int64_t row, begin, count;
    T best;
  };
  T best_of_row{};
  const auto settle = [&](const Stretch& done) HWY_ATTR {
    if (done.count == 0) return;  // There was none before the first.
    const T* row = x + done.row * loops.count;
    if (done.begin == 0) {
      best_of_row = row[0];
      dst[done.row] = 0;
    }
    if (!beats<T, kMax>(done.best, best_of_row)) return;
    best_of_row = done.best;
    dst[done.row] =
        static_cast<int32_t>(done.begin + find_first(row + done.begin, done.count, done.best));
  };
  Stretch last{};
  for (int64_t row = begin; row < end; ++row) {
    for (int64_t i = 0; i < loops.count; i += kStretch) {
      Stretch next{row, i, std::min(kStretch, loops.count - i), {}};
      next.best = best_of<T, kMax>(x + row * loops.count + i, next.count);
      settle(last);
      last = next;
    }
  }
  settle(last);
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

/// The same for rows that come from memory: few vectors of a group of rows hold a better one, and
/// those are looked at again, in the nearest cache. What follows in each row is read ahead.
template <typename T, bool kMax, int kRows>
HWY_INLINE void compete_by_vectors(const T* HWY_RESTRICT x, int64_t step, int64_t columns,
                                   int32_t first, T* HWY_RESTRICT best,
                                   int32_t* HWY_RESTRICT index) {
  constexpr int64_t kLine = 64 / sizeof(T);
  constexpr int64_t kDistance = 16 * kLine;
  const hn::ScalableTag<T> d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  int64_t c = 0;
  for (; c + lanes <= columns; c += lanes) {
    if (c % kLine == 0) {
      for (int r = 0; r < kRows; ++r) hwy::Prefetch(x + r * step + c + kDistance);
    }
    const auto leaders = hn::LoadU(d, best + c);
    auto winners = leaders;
    for (int r = 0; r < kRows; ++r) {
      winners = better<kMax>(hn::LoadU(d, x + r * step + c), winners);
    }
    if (!hn::AllFalse(d, kMax ? hn::Gt(winners, leaders) : hn::Lt(winners, leaders))) {
      compete<T, kMax, kRows>(x + c, step, lanes, first, best + c, index + c);
    }
  }
  compete<T, kMax, kRows>(x + c, step, columns - c, first, best + c, index + c);
}

/// Rows are read one after another, several at a time.
template <typename T, bool kMax>
void arg_columns(const ArgLoops& loops, const void* src, int32_t* dst, int64_t outer, int64_t begin,
                 int64_t end) {
  constexpr int64_t kBlock = 4096;
  constexpr int kRows = 16;
  // More of them have no place beside each other in the nearest cache, where they lie a power of
  // two apart.
  constexpr int kRowsFromMemory = 8;
  T best[kBlock];
  int32_t index[kBlock];
  const T* x = static_cast<const T*>(src) + outer * loops.count * loops.inner;
  for (int64_t first = begin; first < end; first += kBlock) {
    const int64_t columns = std::min(kBlock, end - first);
    std::copy_n(x + first, columns, best);
    std::fill_n(index, columns, 0);
    const T* row = x + loops.inner + first;
    int64_t j = 1;
    const auto next = [&](int rows) {
      j += rows;
      row += rows * loops.inner;
    };
    for (; loops.reads_ahead && j + kRowsFromMemory <= loops.count; next(kRowsFromMemory)) {
      compete_by_vectors<T, kMax, kRowsFromMemory>(row, loops.inner, columns,
                                                   static_cast<int32_t>(j), best, index);
    }
    for (; j + kRows <= loops.count; next(kRows)) {
      compete<T, kMax, kRows>(row, loops.inner, columns, static_cast<int32_t>(j), best, index);
    }
    for (; j < loops.count; next(1)) {
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
