// The folds of reductions, for reduction.cc, which is compiled once for each instruction set. A
// fold has In, Acc and Out, the types of elements, accumulators and results; kOrdered, where
// another order of the elements may give another result; kStart, the accumulator before the first
// element; kEmpty, the result of nothing; widen(), fold() and finish() for one element, and
// fold_lanes() for vectors of accumulators. Ordered folds have holds(), extremes
// fold_number_lanes(), for where nothing is NaN, and those of floats fold_all_lanes().
#if defined(TFJS_REDUCTION_FOLDS_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef TFJS_REDUCTION_FOLDS_INL_H
#undef TFJS_REDUCTION_FOLDS_INL_H
#else
#define TFJS_REDUCTION_FOLDS_INL_H
#endif

#include <hwy/highway.h>

#include <cstdint>
#include <limits>
#include <type_traits>

#include "math/conversion.h"

HWY_BEFORE_NAMESPACE();
namespace tfjs_native {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// The next Lanes(d) elements, converted to the accumulators' type.
template <class D, typename In>
HWY_INLINE hn::Vec<D> load_as(D d, const In* p) {
  using Acc = hn::TFromD<D>;
  if constexpr (std::is_same_v<In, Acc>) {
    return hn::LoadU(d, p);
  } else if constexpr (std::is_same_v<In, uint8_t> && std::is_same_v<Acc, double>) {
    const hn::Rebind<int32_t, D> integers;
    return hn::PromoteTo(d, hn::PromoteTo(integers, hn::LoadU(hn::Rebind<uint8_t, D>(), p)));
  } else if constexpr (std::is_same_v<In, Complex64>) {
    const hn::Rebind<float, D> floats;
    hn::Vec<decltype(floats)> real;
    hn::Vec<decltype(floats)> imaginary;
    hn::LoadInterleaved2(floats, &p->real, real, imaginary);
    return hn::PromoteTo(d, real);
  } else {
    return hn::PromoteTo(d, hn::LoadU(hn::Rebind<In, D>(), p));
  }
}

template <typename In_, typename Acc_, typename Out_>
struct SumFold {
  using In = In_;
  using Acc = Acc_;
  using Out = Out_;
  static constexpr bool kOrdered = false;
  static constexpr Acc kStart = 0;
  static constexpr Out kEmpty = 0;
  static Acc widen(In x) { return static_cast<Acc>(x); }
  static Acc fold(Acc a, Acc b) {
    if constexpr (std::is_same_v<Acc, int32_t>) {
      return static_cast<Acc>(static_cast<uint32_t>(a) + static_cast<uint32_t>(b));
    } else {
      return a + b;
    }
  }
  template <class V>
  static HWY_INLINE V fold_lanes(V a, V b) {
    return hn::Add(a, b);
  }
  static Out finish(Acc a, int64_t) { return static_cast<Out>(a); }
};

template <typename In_>
struct MeanFold : SumFold<In_, double, float> {
  static double widen(In_ x) {
    if constexpr (std::is_same_v<In_, Complex64>) {
      return x.real;
    } else {
      return static_cast<double>(x);
    }
  }
  static float finish(double a, int64_t count) {
    return static_cast<float>(a * (1 / static_cast<double>(count)));
  }
};

template <typename In_, typename Out_>
struct ProdFold {
  using In = In_;
  using Acc = double;
  using Out = Out_;
  // Another order may overflow where this one does not.
  static constexpr bool kOrdered = true;
  static constexpr Acc kStart = 1;
  static constexpr Out kEmpty = 1;
  static Acc widen(In x) { return x; }
  static Acc fold(Acc a, Acc b) { return a * b; }
  template <class V>
  static HWY_INLINE V fold_lanes(V a, V b) {
    return hn::Mul(a, b);
  }
  /// Whether all products between these two, or smaller where they are integers, are the same in
  /// any order, up to rounding. `most` is at least 1, `least` at most 1.
  static bool holds(double most, double least) {
    // Integers are exact up to there, and stay 0 from a 0 on.
    if constexpr (std::is_same_v<Out, int32_t>) return most <= 9007199254740992.0;
    return most < 1e300 && least > 1e-300;
  }
  static Out finish(Acc a, int64_t) {
    if constexpr (std::is_same_v<Out, int32_t>) {
      return to_int32(a);
    } else {
      return static_cast<Out>(a);
    }
  }
};

// Extremes: a NaN wins over everything. Of nothing tfjs's result is NaN, or 0 in integers.

template <typename T>
constexpr T kEmptyExtreme = std::is_same_v<T, float> ? std::numeric_limits<T>::quiet_NaN()
                                                     : static_cast<T>(0);

template <typename T>
struct MaxFold {
  using In = T;
  using Acc = T;
  using Out = T;
  static constexpr bool kOrdered = false;
  static constexpr Acc kStart = std::numeric_limits<T>::has_infinity
                                    ? -std::numeric_limits<T>::infinity()
                                    : std::numeric_limits<T>::lowest();
  static constexpr Out kEmpty = kEmptyExtreme<T>;
  static Acc widen(In x) { return x; }
  static Acc fold(Acc a, Acc b) { return b > a || b != b ? b : a; }
  template <class V>
  static HWY_INLINE V fold_lanes(V a, V b) {
    if constexpr (std::is_same_v<T, float>) {
      return hn::IfThenElse(hn::Or(hn::Gt(b, a), hn::IsNaN(b)), b, a);
    } else {
      return hn::Max(a, b);
    }
  }
  template <class V>
  static HWY_INLINE V fold_number_lanes(V a, V b) {
    return hn::Max(a, b);
  }
  template <class D, class V>
  static HWY_INLINE T fold_all_lanes(D d, V v) {
    if (!hn::AllFalse(d, hn::IsNaN(v))) return std::numeric_limits<T>::quiet_NaN();
    return hn::GetLane(hn::MaxOfLanes(d, v));
  }
  static Out finish(Acc a, int64_t) { return a; }
};

template <typename T>
struct MinFold {
  using In = T;
  using Acc = T;
  using Out = T;
  static constexpr bool kOrdered = false;
  static constexpr Acc kStart = std::numeric_limits<T>::has_infinity
                                    ? std::numeric_limits<T>::infinity()
                                    : std::numeric_limits<T>::max();
  static constexpr Out kEmpty = kEmptyExtreme<T>;
  static Acc widen(In x) { return x; }
  static Acc fold(Acc a, Acc b) { return b < a || b != b ? b : a; }
  template <class V>
  static HWY_INLINE V fold_lanes(V a, V b) {
    if constexpr (std::is_same_v<T, float>) {
      return hn::IfThenElse(hn::Or(hn::Lt(b, a), hn::IsNaN(b)), b, a);
    } else {
      return hn::Min(a, b);
    }
  }
  template <class V>
  static HWY_INLINE V fold_number_lanes(V a, V b) {
    return hn::Min(a, b);
  }
  template <class D, class V>
  static HWY_INLINE T fold_all_lanes(D d, V v) {
    if (!hn::AllFalse(d, hn::IsNaN(v))) return std::numeric_limits<T>::quiet_NaN();
    return hn::GetLane(hn::MinOfLanes(d, v));
  }
  static Out finish(Acc a, int64_t) { return a; }
};

}  // namespace HWY_NAMESPACE
}  // namespace tfjs_native
HWY_AFTER_NAMESPACE();

#endif
