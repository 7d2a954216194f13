// The loops of element-wise operators, for the files that are compiled once for each instruction
// set: plain loops that the compiler vectorizes for that set.
#if defined(TFJS_ELEMENTWISE_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef TFJS_ELEMENTWISE_INL_H
#undef TFJS_ELEMENTWISE_INL_H
#else
#define TFJS_ELEMENTWISE_INL_H
#endif

#include <hwy/highway.h>

#include <algorithm>

#include "backends/cpu/elementwise/elementwise.h"

HWY_BEFORE_NAMESPACE();
namespace tfjs_native {
namespace HWY_NAMESPACE {

// Where a functor's operator() is not good enough everywhere, its loop runs in blocks of this
// size, which stay in the nearest cache while they are looked through for such elements.
constexpr int64_t kFixBlock = 512;

template <typename Functor, typename T, typename U>
void unary_loop(const FunctorParams& params, const void* x, void* dst, int64_t count) {
  const Functor f = make_functor<Functor>(params);
  const T* HWY_RESTRICT in = static_cast<const T*>(x);
  U* HWY_RESTRICT out = static_cast<U*>(dst);
  if constexpr (HasExact<Functor, U, T>) {
    for (int64_t begin = 0; begin < count; begin += kFixBlock) {
      const int64_t end = std::min(count, begin + kFixBlock);
      int hard = 0;
      for (int64_t i = begin; i < end; ++i) {
        out[i] = f(in[i]);
        hard |= f.hard(in[i]) ? 1 : 0;
      }
      if (HWY_LIKELY(hard == 0)) continue;
      for (int64_t i = begin; i < end; ++i) {
        if (f.hard(in[i])) out[i] = f.exact(in[i]);
      }
    }
  } else {
    for (int64_t i = 0; i < count; ++i) out[i] = f(in[i]);
  }
}

/// `kAStep` and `kBStep` are 1 or 0.
template <typename Functor, int kAStep, int kBStep, typename T, typename U>
HWY_INLINE void binary_row(const T* HWY_RESTRICT x, const T* HWY_RESTRICT y, U* HWY_RESTRICT out,
                           int64_t count) {
  const Functor f;
  if constexpr (HasExact<Functor, U, T, T>) {
    for (int64_t begin = 0; begin < count; begin += kFixBlock) {
      const int64_t end = std::min(count, begin + kFixBlock);
      int hard = 0;
      for (int64_t i = begin; i < end; ++i) {
        out[i] = f(x[i * kAStep], y[i * kBStep]);
        hard |= f.hard(x[i * kAStep], y[i * kBStep]) ? 1 : 0;
      }
      if (HWY_LIKELY(hard == 0)) continue;
      for (int64_t i = begin; i < end; ++i) {
        if (f.hard(x[i * kAStep], y[i * kBStep])) out[i] = f.exact(x[i * kAStep], y[i * kBStep]);
      }
    }
  } else {
    for (int64_t i = 0; i < count; ++i) out[i] = f(x[i * kAStep], y[i * kBStep]);
  }
}

template <typename Functor, typename T, typename U, int kAStep, int kBStep>
void binary_loop(const BinaryBlock& block) {
  const T* a = static_cast<const T*>(block.a);
  const T* b = static_cast<const T*>(block.b);
  U* dst = static_cast<U*>(block.dst);
  for (int64_t row = 0; row < block.rows; ++row) {
    binary_row<Functor, kAStep, kBStep, T, U>(a, b, dst, block.inner);
    a += block.a_row;
    b += block.b_row;
    dst += block.inner;
  }
}

template <typename Functor, typename T, typename U>
BinaryLoop binary_loop_for(InnerStep step) {
  switch (step) {
    case InnerStep::kOnlyA:
      return binary_loop<Functor, T, U, 1, 0>;
    case InnerStep::kOnlyB:
      return binary_loop<Functor, T, U, 0, 1>;
    case InnerStep::kBoth:
      break;
  }
  return binary_loop<Functor, T, U, 1, 1>;
}

}  // namespace HWY_NAMESPACE
}  // namespace tfjs_native
HWY_AFTER_NAMESPACE();

#endif  // TFJS_ELEMENTWISE_INL_H
