// Exponentials of vectors, for the files that are compiled once for each instruction set: what
// elementary::exp() computes, in fewer instructions where it is known that none overflows.
#if defined(TFJS_EXP_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef TFJS_EXP_INL_H
#undef TFJS_EXP_INL_H
#else
#define TFJS_EXP_INL_H
#endif

#include <hwy/highway.h>

#include "math/elementary.h"

#ifndef TFJS_LEAST_NORMAL_EXP
#define TFJS_LEAST_NORMAL_EXP
namespace tfjs_native {

/// From here on up exp() is a normal number in every step.
constexpr float kLeastNormalExp = -87.0f;

}  // namespace tfjs_native
#endif

HWY_BEFORE_NAMESPACE();
namespace tfjs_native {
namespace HWY_NAMESPACE {

/// exp(x) for x <= 0; with kTiny also below kLeastNormalExp. Of NaN anything.
template <bool kTiny, class D, class V = hwy::HWY_NAMESPACE::Vec<D>>
HWY_INLINE V exp_below(D d, V x) {
  namespace hn = hwy::HWY_NAMESPACE;
  using elementary::ExpFit;
  const hn::RebindToSigned<D> integers;
  if constexpr (kTiny) x = hn::Max(x, hn::Set(d, -104.0f));
  const auto rounder = hn::Set(d, elementary::kRounder);
  const auto rounded = hn::MulAdd(x, hn::Set(d, ExpFit::kLog2E), rounder);
  const auto n = hn::Sub(rounded, rounder);
  auto r = hn::NegMulAdd(n, hn::Set(d, elementary::kLn2High), x);
  r = hn::NegMulAdd(n, hn::Set(d, elementary::kLn2Low), r);
  auto p = hn::MulAdd(hn::Set(d, ExpFit::kP4), r, hn::Set(d, ExpFit::kP3));
  p = hn::MulAdd(p, r, hn::Set(d, ExpFit::kP2));
  p = hn::MulAdd(p, r, hn::Set(d, ExpFit::kP1));
  p = hn::MulAdd(p, r, hn::Set(d, ExpFit::kP0));
  const auto one = hn::Set(d, 1.0f);
  const auto mantissa = hn::Add(one, hn::MulAdd(hn::Mul(r, r), p, r));
  // n stands in the low bits of what was rounded.
  const auto bits = hn::BitCast(integers, rounded);
  if constexpr (!kTiny) {
    return hn::BitCast(d, hn::Add(hn::BitCast(integers, mantissa), hn::ShiftLeft<23>(bits)));
  } else {
    // In two steps, because the exponent may lie outside of what one factor can have.
    const auto bias = hn::BitCast(integers, one);
    const auto exponent = hn::Sub(bits, hn::BitCast(integers, rounder));
    const auto half = hn::ShiftRight<1>(exponent);
    const auto power = [&](auto of) HWY_ATTR {
      return hn::BitCast(d, hn::Add(hn::ShiftLeft<23>(of), bias));
    };
    return hn::Mul(hn::Mul(mantissa, power(half)), power(hn::Sub(exponent, half)));
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace tfjs_native
HWY_AFTER_NAMESPACE();

#endif  // TFJS_EXP_INL_H
