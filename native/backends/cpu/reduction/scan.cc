// Cumsum and Cumprod. Every step is rounded to the output's dtype, as in tfjs. Compiled once for
// each instruction set; across columns the compiler vectorizes. Rows are turned, four by four, so
// that a vector holds one element of each.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/cpu/reduction/scan.cc"
#include <hwy/cache_control.h>
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include <algorithm>
#include <string_view>
#include <type_traits>

#include "backends/cpu/kernel_list.h"
#include "backends/cpu/loops/stream_bytes.h"
#include "backends/cpu/loops/strided_copy.h"
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
  bool streams = false;  // Rows are written past the caches.
};

struct ScanFunctions {
  /// Columns [begin, end) of one `outer` index.
  void (*columns)(const ScanLoops& loops, const void* src, void* dst, int64_t outer, int64_t begin,
                  int64_t end);
  /// With inner == 1: `outer` indices [begin, end).
  void (*rows)(const ScanLoops& loops, const void* src, void* dst, int64_t begin, int64_t end);
};

struct SumStep {
  /// Whether vectors of a type are stepped as its elements are.
  template <typename T>
  static constexpr bool kHasLanes = true;
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
  static constexpr bool kHasLanes = std::is_same_v<T, float>;
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

#if HWY_TARGET != HWY_SCALAR

namespace hn = hwy::HWY_NAMESPACE;

/// Columns of four rows as a vector each, or the other way round.
template <typename T, class V>
HWY_INLINE void turn(V& a, V& b, V& c, V& e) {
  const hn::FixedTag<T, 4> d;
  const hn::Repartition<uint64_t, decltype(d)> wide;
  const auto low_ab = hn::BitCast(wide, hn::InterleaveLower(d, a, b));
  const auto low_ce = hn::BitCast(wide, hn::InterleaveLower(d, c, e));
  const auto high_ab = hn::BitCast(wide, hn::InterleaveUpper(d, a, b));
  const auto high_ce = hn::BitCast(wide, hn::InterleaveUpper(d, c, e));
  a = hn::BitCast(d, hn::InterleaveLower(wide, low_ab, low_ce));
  b = hn::BitCast(d, hn::InterleaveUpper(wide, low_ab, low_ce));
  c = hn::BitCast(d, hn::InterleaveLower(wide, high_ab, high_ce));
  e = hn::BitCast(d, hn::InterleaveUpper(wide, high_ab, high_ce));
}

/// Rows that lie `stride` elements apart.
template <typename T>
struct RowsAt {
  T* data;
  int64_t stride;
  RowsAt from(int64_t element) const { return {data + element, stride}; }
};

/// One element of each row: what comes out takes its place.
template <class Step, bool kExclusive, class V>
HWY_INLINE void scan_one(V& total, V& element) {
  const V next = std::is_same_v<Step, SumStep> ? hn::Add(total, element) : hn::Mul(total, element);
  element = kExclusive ? total : next;
  total = next;
}

/// Four elements of each of four rows, and the totals after them.
template <class Step, bool kReverse, bool kExclusive, typename T, class V>
HWY_INLINE V scan_tile(RowsAt<const T> x, RowsAt<T> out, V total) {
  const hn::FixedTag<T, 4> d;
  V a = hn::LoadU(d, x.data);
  V b = hn::LoadU(d, x.data + x.stride);
  V c = hn::LoadU(d, x.data + 2 * x.stride);
  V e = hn::LoadU(d, x.data + 3 * x.stride);
  turn<T>(a, b, c, e);
  scan_one<Step, kExclusive>(total, kReverse ? e : a);
  scan_one<Step, kExclusive>(total, kReverse ? c : b);
  scan_one<Step, kExclusive>(total, kReverse ? b : c);
  scan_one<Step, kExclusive>(total, kReverse ? a : e);
  turn<T>(a, b, c, e);
  hn::StoreU(a, d, out.data);
  hn::StoreU(b, d, out.data + out.stride);
  hn::StoreU(c, d, out.data + 2 * out.stride);
  hn::StoreU(e, d, out.data + 3 * out.stride);
  return total;
}

/// Scans `columns` columns, a multiple of 4, of kGroups times 4 rows from `totals` on. A function
/// of its own: within its caller it makes GCC 12 fail for SVE2.
template <class Step, bool kReverse, bool kExclusive, int kGroups, typename T>
HWY_NOINLINE void scan_turned(int64_t columns, RowsAt<const T> x, RowsAt<T> out,
                              T (&totals)[4 * kGroups]) {
  const hn::FixedTag<T, 4> d;
  auto total0 = hn::LoadU(d, totals);
  auto total1 = hn::LoadU(d, totals + 4 * (kGroups - 1));
  for (int64_t i = 0; i < columns; i += 4) {
    const int64_t at = kReverse ? columns - 4 - i : i;
    total0 = scan_tile<Step, kReverse, kExclusive>(x.from(at), out.from(at), total0);
    if constexpr (kGroups > 1) {
      total1 = scan_tile<Step, kReverse, kExclusive>(x.from(at + 4 * x.stride),
                                                     out.from(at + 4 * out.stride), total1);
    }
  }
  hn::StoreU(total0, d, totals);
  if constexpr (kGroups > 1) hn::StoreU(total1, d, totals + 4);
}

/// 4 or 8 rows; `has_next` says that as many follow. What is to go past the caches is written in
/// pieces, of which a few are in the nearest one at a time.
template <class Step, bool kReverse, bool kExclusive, int kGroups, typename T>
void scan_row_groups(const ScanLoops& loops, const T* x, T* out, bool has_next) {
  constexpr int64_t kRows = 4 * kGroups;
  constexpr int64_t kPiece = 128;
  HWY_ALIGN T piece[kRows * kPiece];
  T totals[kRows];
  std::fill_n(totals, kRows, Step::template start<T>());
  const int64_t count = loops.count;
  const int64_t turned = count / 4 * 4;
  const int64_t most = loops.streams ? kPiece : turned;
  // The columns that are no whole tile come last.
  const int64_t first = kReverse ? count - turned : 0;
  const RowsAt<const T> from{x + first, count};
  const RowsAt<T> to{out + first, count};
  for (int64_t done = 0; done < turned; done += most) {
    const int64_t columns = std::min(most, turned - done);
    const int64_t column = kReverse ? turned - done - columns : done;
    if (!loops.streams) {
      scan_turned<Step, kReverse, kExclusive, kGroups, T>(columns, from.from(column),
                                                          to.from(column), totals);
      continue;
    }
    scan_turned<Step, kReverse, kExclusive, kGroups, T>(columns, from.from(column), {piece, kPiece},
                                                        totals);
    // The next piece of the rows, or the first one of the rows behind them.
    const bool is_last = done + columns == turned;
    const int64_t step = kReverse ? -std::min(kPiece, column) : columns;
    const T* const ahead =
        !is_last ? from.data + column + step : x + kRows * count + (kReverse ? count - columns : 0);
    for (int64_t row = 0; row < kRows; ++row) {
      stream_bytes(to.data + row * count + column, piece + row * kPiece,
                   columns * static_cast<int64_t>(sizeof(T)),
                   is_last && !has_next ? nullptr : ahead + row * count);
    }
  }
  for (int64_t row = 0; row < kRows; ++row) {
    T total = totals[row];
    for (int64_t i = turned; i < count; ++i) {
      const int64_t at = row * count + (kReverse ? count - 1 - i : i);
      const T next = Step::step(total, x[at]);
      out[at] = kExclusive ? total : next;
      total = next;
    }
  }
}

/// Of rows [begin, end) as many as are 4 or 8 together; answers with the first one that is left.
template <class Step, bool kReverse, bool kExclusive, typename T>
int64_t scan_groups(const ScanLoops& loops, const T* x, T* out, int64_t begin, int64_t end) {
  const auto scan = [&]<int kGroups>(std::integral_constant<int, kGroups>) {
    constexpr int64_t kRows = 4 * kGroups;
    scan_row_groups<Step, kReverse, kExclusive, kGroups>(
        loops, x + begin * loops.count, out + begin * loops.count, begin + 2 * kRows <= end);
    begin += kRows;
  };
  while (begin + 8 <= end) scan(std::integral_constant<int, 2>());
  if (begin + 4 <= end) scan(std::integral_constant<int, 1>());
  if (loops.streams) hwy::FlushStream();
  return begin;
}

template <class Step, typename T>
int64_t scan_turned_rows(const ScanLoops& loops, const T* x, T* out, int64_t begin, int64_t end) {
  if (loops.reverse) {
    return loops.exclusive ? scan_groups<Step, true, true>(loops, x, out, begin, end)
                           : scan_groups<Step, true, false>(loops, x, out, begin, end);
  }
  return loops.exclusive ? scan_groups<Step, false, true>(loops, x, out, begin, end)
                         : scan_groups<Step, false, false>(loops, x, out, begin, end);
}

#endif

template <class Step, typename In, typename Out>
void scan_rows(const ScanLoops& loops, const void* src, void* dst, int64_t begin, int64_t end) {
  constexpr int kRows = 4;
  const In* x = static_cast<const In*>(src);
  Out* out = static_cast<Out*>(dst);
  int64_t row = begin;
#if HWY_TARGET != HWY_SCALAR
  if constexpr (std::is_same_v<In, Out> && Step::template kHasLanes<Out>) {
    if (loops.count >= 4) row = scan_turned_rows<Step>(loops, x, out, begin, end);
  }
#endif
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
    loops_.streams = outgrows_caches(static_cast<int64_t>(descriptor.outputs[0].size_bytes())) &&
                     loops_.count * static_cast<int64_t>(sizeof(float)) >= kStreamedRun;
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
