// Sum, Mean, Prod, Max, Min, All, Any: one fold and one row each. Compiled once for each
// instruction set.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/cpu/reduction/reduction.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include <algorithm>
#include <array>
#include <limits>

#include "backends/cpu/kernel_list.h"
#include "backends/cpu/loops/strided_copy.h"
#include "backends/cpu/reduction/fold_rows-inl.h"
#include "backends/cpu/reduction/reduce_loops.h"
#include "backends/cpu/reduction/reduction_folds-inl.h"
#include "base/thread_pool.h"

#ifndef TFJS_REDUCTION_ROWS
// Operator, fold, operand dtype.
#define TFJS_REDUCTION_ROWS(ROW)                         \
  ROW(Sum, (SumFold<float, double, float>), kFloat32)    \
  ROW(Sum, (SumFold<int32_t, int32_t, int32_t>), kInt32) \
  ROW(Sum, (SumFold<uint8_t, int32_t, int32_t>), kBool)  \
  ROW(Mean, (MeanFold<float>), kFloat32)                 \
  ROW(Mean, (MeanFold<int32_t>), kInt32)                 \
  ROW(Mean, (MeanFold<uint8_t>), kBool)                  \
  ROW(Mean, (MeanFold<Complex64>), kComplex64)           \
  ROW(Prod, (ProdFold<float, float>), kFloat32)          \
  ROW(Prod, (ProdFold<int32_t, int32_t>), kInt32)        \
  ROW(Prod, (ProdFold<uint8_t, int32_t>), kBool)         \
  ROW(Max, (MaxFold<float>), kFloat32)                   \
  ROW(Max, (MaxFold<int32_t>), kInt32)                   \
  ROW(Max, (MaxFold<uint8_t>), kBool)                    \
  ROW(Min, (MinFold<float>), kFloat32)                   \
  ROW(Min, (MinFold<int32_t>), kInt32)                   \
  ROW(Min, (MinFold<uint8_t>), kBool)                    \
  ROW(All, (MinFold<uint8_t>), kBool)                    \
  ROW(Any, (MaxFold<uint8_t>), kBool)
#define TFJS_UNPACK(...) __VA_ARGS__

namespace tfjs_native {
namespace {

/// The part of a reduction that one task computes.
struct ReducePart {
  int64_t kept_begin, kept_end;
  int64_t reduced_begin, reduced_end;
  int64_t inner_begin, inner_end;
  bool reads_ahead;  // Rows that outgrow the caches.
};

/// The functions of one fold.
struct ReduceFunctions {
  /// Folds a part and finishes the outputs it covers.
  void (*reduce)(const ReduceLoops& loops, const void* src, void* dst, const ReducePart& part);
  /// Folds a part into one accumulator for each output it covers, side by side.
  void (*accumulate)(const ReduceLoops& loops, const void* src, void* accumulators,
                     const ReducePart& part);
  /// Joins `parts` lists of accumulators and finishes all outputs.
  void (*join)(const ReduceLoops& loops, const void* accumulators, int64_t parts, void* dst);
  /// The result of folding nothing, for all outputs.
  void (*fill_empty)(const ReduceLoops& loops, void* dst);
  size_t accumulator_bytes;
  /// The order of the elements matters, so that a fold must not be split.
  bool ordered;
};

}  // namespace
}  // namespace tfjs_native
#endif

HWY_BEFORE_NAMESPACE();
namespace tfjs_native {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// Folds rows [begin, end) of the reduced space, each of which adds an element to every column.
/// Whole rows are read one after another, several at a time: walking down a column at a time would
/// be slow, as most caches and their prefetching are made for neighbours.
template <class F, class D>
HWY_INLINE void fold_columns(D d, const ReduceLoops& loops, const typename F::In* x,
                             const ReducePart& part, int64_t columns, typename F::Acc* acc) {
  std::fill_n(acc, columns, F::kStart);
  const auto fold_run = [&](int64_t offset, int64_t step, int64_t count) HWY_ATTR {
    const typename F::In* row = x + offset;
    // More rows than that have no place beside each other in the nearest cache, where they lie a
    // power of two apart.
    for (; part.reads_ahead && count >= 8; count -= 8, row += 8 * step) {
      fold_rows<F, 8, true>(d, row, step, columns, acc);
    }
    for (; count >= 16; count -= 16, row += 16 * step) {
      fold_rows<F, 16, false>(d, row, step, columns, acc);
    }
    for (; count >= 4; count -= 4, row += 4 * step) {
      fold_rows<F, 4, false>(d, row, step, columns, acc);
    }
    for (; count > 0; --count, row += step) fold_rows<F, 1, false>(d, row, step, columns, acc);
  };
  loops.for_reduced_runs(part.reduced_begin, part.reduced_end, fold_run);
}

/// Folds kRows rows of `count` neighbours each, at `x`, together: each step waits for the one
/// before it in its row, but for none in another.
template <class F, int kRows>
HWY_INLINE void fold_rows_together(const std::array<const typename F::In*, kRows>& x, int64_t count,
                                   typename F::Acc* acc) {
  std::fill_n(acc, kRows, F::kStart);
  for (int64_t i = 0; i < count; ++i) {
    for (size_t row = 0; row < kRows; ++row) {
      acc[row] = F::fold(acc[row], F::widen(x[row][i]));
    }
  }
}

/// Calls `emit(output, accumulators, count)` for all outputs of a part, in runs.
template <class F, class Emit>
HWY_INLINE void for_each_output(const ReduceLoops& loops, const typename F::In* src,
                                const ReducePart& part, Emit emit) {
  using Acc = typename F::Acc;
  if (loops.inner_reduced) {
    const int64_t count = part.inner_end - part.inner_begin;
    int64_t k = part.kept_begin;
    if constexpr (F::kOrdered) {
      // Too short for lanes of factors to pay.
      constexpr int kRows = 8;
      constexpr int64_t kShort = 64;
      if (count <= kShort && part.reduced_begin == 0 && part.reduced_end == 1) {
        for (; k + kRows <= part.kept_end; k += kRows) {
          std::array<const typename F::In*, kRows> rows;
          for (int row = 0; row < kRows; ++row) {
            rows[static_cast<size_t>(row)] = src + loops.kept_offset(k + row) + part.inner_begin;
          }
          Acc acc[kRows];
          fold_rows_together<F, kRows>(rows, count, acc);
          emit(k, acc, int64_t{kRows});
        }
      }
    }
    for (; k < part.kept_end; ++k) {
      const typename F::In* x = src + loops.kept_offset(k) + part.inner_begin;
      Acc acc = F::kStart;
      for (int64_t r = part.reduced_begin; r < part.reduced_end; ++r) {
        acc = fold_row<F>(x + loops.reduced_offset(r), count, acc);
      }
      emit(k, &acc, int64_t{1});
    }
    return;
  }
  const hn::ScalableTag<Acc> d;
  // The accumulators stay in the nearest caches.
  constexpr int64_t kBlock = 4096;
  HWY_ALIGN Acc acc[kBlock];
  for (int64_t k = part.kept_begin; k < part.kept_end; ++k) {
    const typename F::In* x = src + loops.kept_offset(k);
    for (int64_t c = part.inner_begin; c < part.inner_end; c += kBlock) {
      const int64_t columns = std::min(kBlock, part.inner_end - c);
      fold_columns<F>(d, loops, x + c, part, columns, acc);
      emit(k * loops.inner + c, acc, columns);
    }
  }
}

template <class F>
void reduce(const ReduceLoops& loops, const void* src, void* dst, const ReducePart& part) {
  auto* out = static_cast<typename F::Out*>(dst);
  const int64_t count = loops.fold_size();
  for_each_output<F>(loops, static_cast<const typename F::In*>(src), part,
                     [&](int64_t output, const typename F::Acc* acc, int64_t outputs) {
                       for (int64_t i = 0; i < outputs; ++i) {
                         out[output + i] = F::finish(acc[i], count);
                       }
                     });
}

template <class F>
void accumulate(const ReduceLoops& loops, const void* src, void* accumulators,
                const ReducePart& part) {
  auto* out = static_cast<typename F::Acc*>(accumulators);
  for_each_output<F>(loops, static_cast<const typename F::In*>(src), part,
                     [&](int64_t output, const typename F::Acc* acc, int64_t outputs) {
                       std::copy_n(acc, outputs, out + output);
                     });
}

template <class F>
void join(const ReduceLoops& loops, const void* accumulators, int64_t parts, void* dst) {
  const auto* acc = static_cast<const typename F::Acc*>(accumulators);
  auto* out = static_cast<typename F::Out*>(dst);
  const int64_t outputs = loops.num_outputs();
  for (int64_t i = 0; i < outputs; ++i) {
    typename F::Acc value = F::kStart;
    for (int64_t part = 0; part < parts; ++part) value = F::fold(value, acc[part * outputs + i]);
    out[i] = F::finish(value, loops.fold_size());
  }
}

template <class F>
void fill_empty(const ReduceLoops& loops, void* dst) {
  std::fill_n(static_cast<typename F::Out*>(dst), loops.num_outputs(), F::kEmpty);
}

template <class F>
constexpr ReduceFunctions kFunctions = {reduce<F>,     accumulate<F>,           join<F>,
                                        fill_empty<F>, sizeof(typename F::Acc), F::kOrdered};

/// The functions of a row, by its index in TFJS_REDUCTION_ROWS.
const ReduceFunctions* select_reduction(int index) {
  static const ReduceFunctions* const kRows[] = {
#define TFJS_ROW(op, fold, dtype) &kFunctions<TFJS_UNPACK fold>,
      TFJS_REDUCTION_ROWS(TFJS_ROW)
#undef TFJS_ROW
  };
  return kRows[index];
}

}  // namespace HWY_NAMESPACE
}  // namespace tfjs_native
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tfjs_native {

HWY_EXPORT(select_reduction);

namespace {

constexpr int64_t kGrain = 32 * 1024;  // Input elements that are worth another thread.
constexpr int64_t kColumns = 64;       // Columns are divided in multiples of this.
constexpr int64_t kMaxParts = 64;
constexpr int64_t kMaxSplitOutputs = 1024;  // Above, there are outputs enough to divide.

class Reduction : public PreparedKernel {
 public:
  Reduction(const Descriptor& descriptor, const ReduceFunctions& functions)
      : loops_(make_reduce_loops(descriptor.inputs[0].shape, descriptor.resolved_as<Axes>()->axes)),
        functions_(functions),
        empty_input_(descriptor.inputs[0].num_elements() == 0),
        reads_ahead_(outgrows_caches(static_cast<int64_t>(descriptor.inputs[0].size_bytes()))) {
    const int64_t elements = descriptor.inputs[0].num_elements();
    const bool few_outputs =
        loops_.kept == 1 && loops_.num_outputs() <= kMaxSplitOutputs &&
        (loops_.inner_reduced || loops_.inner < 2 * kColumns || elements > 64 * kGrain);
    if (!functions.ordered && few_outputs && elements >= 4 * kGrain) {
      // The number of parts depends on the shape alone, so that results do not depend on threads.
      parts_ = std::min({elements / kGrain, kMaxParts, split_extent()});
      workspace_bytes_ =
          static_cast<size_t>(parts_ * loops_.num_outputs()) * functions.accumulator_bytes;
    }
  }

  Status run(const Operands& operands, DeviceStream&) const override {
    const void* src = operands.inputs[0].data;
    void* dst = operands.outputs[0].data;
    if (loops_.num_outputs() == 0) return {};
    if (empty_input_) {
      functions_.fill_empty(loops_, dst);
      return {};
    }
    if (parts_ > 1) {
      run_in_parts(src, dst, operands.workspace);
      return {};
    }
    ThreadPool& pool = ThreadPool::instance();
    if (!loops_.inner_reduced && loops_.kept < 4 && loops_.inner >= 2 * kColumns) {
      const int64_t blocks = (loops_.inner + kColumns - 1) / kColumns;
      const int64_t grain = std::max<int64_t>(1, kGrain / (kColumns * loops_.reduced));
      for (int64_t k = 0; k < loops_.kept; ++k) {
        pool.parallel_for(blocks, grain, [&](int64_t begin, int64_t end) {
          ReducePart part = whole();
          part.kept_begin = k;
          part.kept_end = k + 1;
          part.inner_begin = begin * kColumns;
          part.inner_end = std::min(end * kColumns, loops_.inner);
          functions_.reduce(loops_, src, dst, part);
        });
      }
      return {};
    }
    const int64_t grain = std::max<int64_t>(1, kGrain / (loops_.reduced * loops_.inner));
    pool.parallel_for(loops_.kept, grain, [&](int64_t begin, int64_t end) {
      ReducePart part = whole();
      part.kept_begin = begin;
      part.kept_end = end;
      functions_.reduce(loops_, src, dst, part);
    });
    return {};
  }

 private:
  ReducePart whole() const {
    return {0, loops_.kept, 0, loops_.reduced, 0, loops_.inner, reads_ahead_};
  }
  bool splits_inner() const { return loops_.inner_reduced && loops_.inner > loops_.reduced; }
  int64_t split_extent() const { return splits_inner() ? loops_.inner : loops_.reduced; }

  void run_in_parts(const void* src, void* dst, void* workspace) const {
    const auto part_bytes =
        static_cast<int64_t>(functions_.accumulator_bytes) * loops_.num_outputs();
    ThreadPool::instance().run(parts_, [&](int64_t i) {
      ReducePart part = whole();
      const int64_t begin = split_extent() * i / parts_;
      const int64_t end = split_extent() * (i + 1) / parts_;
      (splits_inner() ? part.inner_begin : part.reduced_begin) = begin;
      (splits_inner() ? part.inner_end : part.reduced_end) = end;
      functions_.accumulate(loops_, src, static_cast<char*>(workspace) + i * part_bytes, part);
    });
    functions_.join(loops_, workspace, parts_, dst);
  }

  const ReduceLoops loops_;
  const ReduceFunctions& functions_;
  const bool empty_input_;
  const bool reads_ahead_;
  int64_t parts_ = 1;
};

struct ReductionRow {
  std::string_view op;
  DType operand;
};

constexpr ReductionRow kReductionRows[] = {
#define TFJS_ROW(op, fold, dtype) {#op, DType::dtype},
    TFJS_REDUCTION_ROWS(TFJS_ROW)
#undef TFJS_ROW
};

int find_row(const Descriptor& descriptor) {
  for (int i = 0; i < static_cast<int>(std::size(kReductionRows)); ++i) {
    if (kReductionRows[i].op == descriptor.op &&
        kReductionRows[i].operand == descriptor.inputs[0].dtype) {
      return i;
    }
  }
  return -1;
}

const char* accept_reduction(const Descriptor& descriptor) {
  return find_row(descriptor) < 0 ? "no fold for this dtype" : nullptr;
}

Result<PreparedKernelPtr> prepare_reduction(const Descriptor& descriptor, Device&) {
  const ReduceFunctions* functions = HWY_DYNAMIC_DISPATCH(select_reduction)(find_row(descriptor));
  return make_prepared<Reduction>(descriptor, *functions);
}

}  // namespace

std::span<const Kernel> reduction_kernels() {
  static const Kernel kKernels[] = {
      {"Sum", "simd", {.dtypes = kTfjsReals}, prepare_reduction, accept_reduction},
      {"Mean", "simd", {.dtypes = kTfjsTypes}, prepare_reduction, accept_reduction},
      {"Prod", "simd", {.dtypes = kTfjsReals}, prepare_reduction, accept_reduction},
      {"Max", "simd", {.dtypes = kTfjsReals}, prepare_reduction, accept_reduction},
      {"Min", "simd", {.dtypes = kTfjsReals}, prepare_reduction, accept_reduction},
      {"All", "simd", {.dtypes = kTfjsReals}, prepare_reduction, accept_reduction},
      {"Any", "simd", {.dtypes = kTfjsReals}, prepare_reduction, accept_reduction},
  };
  return kKernels;
}

}  // namespace tfjs_native
#endif
