// How reductions fold neighbours into one, and rows into a row, for reduction.cc, which is compiled
// once for each instruction set.
#if defined(TFJS_FOLD_ROWS_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef TFJS_FOLD_ROWS_INL_H
#undef TFJS_FOLD_ROWS_INL_H
#else
#define TFJS_FOLD_ROWS_INL_H
#endif

#include <hwy/cache_control.h>
#include <hwy/highway.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <type_traits>

#include "backends/cpu/reduction/reduction_folds-inl.h"

HWY_BEFORE_NAMESPACE();
namespace tfjs_native {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// Whether one of `count` elements is 0.
template <typename In>
bool has_zero(const In* x, int64_t count) {
  bool found = false;
  for (int64_t i = 0; i < count; ++i) found |= x[i] == 0;
  return found;
}

/// Multiplies `acc` by `count` neighbours. A lane at a time is as good as one factor after another
/// where no choice of the factors has a product that F cannot hold, which the product of all and
/// that of those above 1 tell.
template <class F>
double fold_factors(const typename F::In* x, int64_t count, double acc) {
  constexpr int64_t kBlock = 1024;
  const hn::ScalableTag<double> d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  const auto one = hn::Set(d, 1.0);
  int64_t i = 0;
  while (i + 2 * lanes <= count) {
    const int64_t end = i + std::min(kBlock, (count - i) / (2 * lanes) * (2 * lanes));
    auto even = one;
    auto odd = one;
    auto even_above = one;
    auto odd_above = one;
    for (int64_t j = i; j < end; j += 2 * lanes) {
      const auto x0 = load_as(d, x + j);
      const auto x1 = load_as(d, x + j + lanes);
      even = hn::Mul(even, x0);
      odd = hn::Mul(odd, x1);
      even_above = hn::Mul(even_above, hn::Max(hn::Abs(x0), one));
      odd_above = hn::Mul(odd_above, hn::Max(hn::Abs(x1), one));
    }
    HWY_ALIGN double products[hn::MaxLanes(d)];
    HWY_ALIGN double above[hn::MaxLanes(d)];
    hn::Store(hn::Mul(even, odd), d, products);
    hn::Store(hn::Mul(even_above, odd_above), d, above);
    double joined = 1;
    double most = 1;
    for (int64_t lane = 0; lane < lanes; ++lane) {
      joined *= products[lane];
      most *= above[lane];
    }
    const double size = std::abs(acc);
    // Of what is 0 in any order, nothing is too small on the way.
    const bool is_zero = size == 0 || (joined == 0 && has_zero(x + i, end - i));
    const double least = is_zero ? 1.0 : std::abs(joined) / most * std::min(size, 1.0);
    if (joined == joined && F::holds(most * std::max(size, 1.0), least)) {
      acc *= joined;
    } else {
      for (int64_t j = i; j < end; ++j) acc = F::fold(acc, F::widen(x[j]));
    }
    i = end;
  }
  for (; i < count; ++i) acc = F::fold(acc, F::widen(x[i]));
  return acc;
}

/// An extreme of floats, where NaN wins over everything.
template <class F>
constexpr bool kIsFloatExtreme = std::is_same_v<typename F::Acc, float>;

/// Watches vectors of floats, two with one instruction: a sum of products is NaN where a factor is,
/// and else only where one is infinite or products overflow. Between other numbers an extreme takes
/// one instruction, where the rule for NaN takes four; whoever looks for one among numbers that lie
/// in the nearest cache takes the quick way first, and the exact one where the watch has seen NaN.
template <class D>
class NanWatch {
 public:
  HWY_INLINE explicit NanWatch(D d) : d_(d), sum_(hn::Zero(d)) {}

  HWY_INLINE void see(hn::Vec<D> a, hn::Vec<D> b) { sum_ = hn::MulAdd(a, b, sum_); }
  HWY_INLINE bool has_seen_nan() const { return !hn::AllFalse(d_, hn::IsNaN(sum_)); }

 private:
  D d_;
  hn::Vec<D> sum_;
};

/// Folds `count` neighbours, a multiple of four vectors, into `a`. Four vectors of accumulators
/// hide the latency.
template <class F, class D>
HWY_INLINE hn::Vec<D> fold_vectors(D d, const typename F::In* x, int64_t count, hn::Vec<D> a) {
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  auto a1 = hn::Set(d, F::kStart);
  auto a2 = a1;
  auto a3 = a1;
  for (int64_t i = 0; i < count; i += 4 * lanes) {
    a = F::fold_lanes(a, load_as(d, x + i));
    a1 = F::fold_lanes(a1, load_as(d, x + i + lanes));
    a2 = F::fold_lanes(a2, load_as(d, x + i + 2 * lanes));
    a3 = F::fold_lanes(a3, load_as(d, x + i + 3 * lanes));
  }
  return F::fold_lanes(F::fold_lanes(a, a1), F::fold_lanes(a2, a3));
}

/// The same for extremes of floats.
template <class F, class D>
HWY_INLINE hn::Vec<D> fold_float_vectors(D d, const float* x, int64_t count, hn::Vec<D> a) {
  constexpr int64_t kBlock = 1024;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  for (int64_t begin = 0; begin < count; begin += kBlock) {
    const float* block = x + begin;
    const int64_t size = std::min(kBlock, count - begin);
    NanWatch<D> watch(d);
    auto a0 = hn::Set(d, F::kStart);
    auto a1 = a0;
    auto a2 = a0;
    auto a3 = a0;
    for (int64_t i = 0; i < size; i += 4 * lanes) {
      const auto x0 = hn::LoadU(d, block + i);
      const auto x1 = hn::LoadU(d, block + i + lanes);
      const auto x2 = hn::LoadU(d, block + i + 2 * lanes);
      const auto x3 = hn::LoadU(d, block + i + 3 * lanes);
      a0 = F::fold_number_lanes(a0, x0);
      a1 = F::fold_number_lanes(a1, x1);
      a2 = F::fold_number_lanes(a2, x2);
      a3 = F::fold_number_lanes(a3, x3);
      watch.see(x0, x1);
      watch.see(x2, x3);
    }
    if (!watch.has_seen_nan()) {
      a0 = F::fold_number_lanes(F::fold_number_lanes(a0, a1), F::fold_number_lanes(a2, a3));
      a = F::fold_lanes(a, a0);
    } else {
      a = fold_vectors<F>(d, block, size, a);
    }
  }
  return a;
}

/// Folds `count` neighbours into `acc`.
template <class F>
typename F::Acc fold_row(const typename F::In* x, int64_t count, typename F::Acc acc) {
  using Acc = typename F::Acc;
  int64_t i = 0;
  if constexpr (F::kOrdered) {
    return fold_factors<F>(x, count, acc);
  } else {
    const hn::ScalableTag<Acc> d;
    const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
    if (count >= lanes) {
      auto a = hn::Set(d, F::kStart);
      i = count / (4 * lanes) * (4 * lanes);
      if constexpr (kIsFloatExtreme<F>) {
        a = fold_float_vectors<F>(d, x, i, a);
      } else {
        a = fold_vectors<F>(d, x, i, a);
      }
      for (; i + lanes <= count; i += lanes) a = F::fold_lanes(a, load_as(d, x + i));
      if constexpr (kIsFloatExtreme<F>) {
        acc = F::fold(acc, F::fold_all_lanes(d, a));
      } else {
        HWY_ALIGN Acc parts[hn::MaxLanes(d)];
        hn::Store(a, d, parts);
        for (int64_t lane = 0; lane < lanes; ++lane) acc = F::fold(acc, parts[lane]);
      }
    }
  }
  for (; i < count; ++i) acc = F::fold(acc, F::widen(x[i]));
  return acc;
}

/// Folds a vector of each of kRows rows, `step` elements apart, into `a`.
template <class F, int kRows, class D>
HWY_INLINE hn::Vec<D> fold_vector_of_rows(D d, const typename F::In* x, int64_t step,
                                          hn::Vec<D> a) {
  if constexpr (kIsFloatExtreme<F> && kRows % 2 == 0) {
    NanWatch<D> watch(d);
    auto quick = a;
    for (int r = 0; r < kRows; r += 2) {
      const auto x0 = hn::LoadU(d, x + r * step);
      const auto x1 = hn::LoadU(d, x + (r + 1) * step);
      quick = F::fold_number_lanes(F::fold_number_lanes(quick, x0), x1);
      watch.see(x0, x1);
    }
    watch.see(a, hn::Set(d, 1.0F));
    if (HWY_LIKELY(!watch.has_seen_nan())) return quick;
  }
  for (int r = 0; r < kRows; ++r) a = F::fold_lanes(a, load_as(d, x + r * step));
  return a;
}

/// Folds `kRows` rows, `step` elements apart, into `columns` accumulators. With kAhead what follows
/// in each of them is read ahead: they are more than processors keep track of.
template <class F, int kRows, bool kAhead, class D>
HWY_INLINE void fold_rows(D d, const typename F::In* x, int64_t step, int64_t columns,
                          typename F::Acc* acc) {
  constexpr int64_t kLine = 64 / sizeof(typename F::In);
  constexpr int64_t kDistance = 16 * kLine;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  const auto fold_vector = [&](int64_t at) HWY_ATTR {
    hn::Store(fold_vector_of_rows<F, kRows>(d, x + at, step, hn::Load(d, acc + at)), d, acc + at);
  };
  int64_t c = 0;
  if (kAhead && lanes <= kLine) {
    for (; c + kLine <= columns; c += kLine) {
      for (int r = 0; r < kRows; ++r) hwy::Prefetch(x + r * step + c + kDistance);
      for (int64_t at = 0; at < kLine; at += lanes) fold_vector(c + at);
    }
  }
  for (; c + lanes <= columns; c += lanes) fold_vector(c);
  for (; c < columns; ++c) {
    for (int r = 0; r < kRows; ++r) acc[c] = F::fold(acc[c], F::widen(x[r * step + c]));
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace tfjs_native
HWY_AFTER_NAMESPACE();

#endif
