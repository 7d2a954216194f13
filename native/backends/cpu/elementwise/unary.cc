// Element-wise operators with one input that cost about as much as a copy: one functor and one row
// for each operand type.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/cpu/elementwise/unary.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "backends/cpu/elementwise/elementwise-inl.h"

// Operator (and functor), operand type, result type.
#ifndef TFJS_SIMPLE_UNARY_ROWS
#define TFJS_SIMPLE_UNARY_ROWS(ROW)  \
  ROW(Abs, float, float)             \
  ROW(Abs, int32_t, int32_t)         \
  ROW(Ceil, float, float)            \
  ROW(Ceil, int32_t, int32_t)        \
  ROW(ClipByValue, float, float)     \
  ROW(ClipByValue, int32_t, int32_t) \
  ROW(ComplexAbs, Complex64, float)  \
  ROW(Floor, float, float)           \
  ROW(Floor, int32_t, int32_t)       \
  ROW(Imag, Complex64, float)        \
  ROW(IsFinite, float, Bool)         \
  ROW(IsInf, float, Bool)            \
  ROW(IsNan, float, Bool)            \
  ROW(LeakyRelu, float, float)       \
  ROW(LogicalNot, Bool, Bool)        \
  ROW(Neg, float, float)             \
  ROW(Neg, int32_t, int32_t)         \
  ROW(Neg, Bool, Bool)               \
  ROW(Real, Complex64, float)        \
  ROW(Reciprocal, float, float)      \
  ROW(Relu, float, float)            \
  ROW(Relu, int32_t, int32_t)        \
  ROW(Relu6, float, float)           \
  ROW(Relu6, int32_t, int32_t)       \
  ROW(Round, float, float)           \
  ROW(Round, int32_t, int32_t)       \
  ROW(Rsqrt, float, float)           \
  ROW(Sign, float, float)            \
  ROW(Sign, int32_t, int32_t)        \
  ROW(Sqrt, float, float)            \
  ROW(Square, float, float)          \
  ROW(Square, int32_t, int32_t)      \
  ROW(Step, float, float)

#endif

HWY_BEFORE_NAMESPACE();
namespace tfjs_native {
namespace HWY_NAMESPACE {

UnaryLoop select_simple_unary(int row) {
  static constexpr UnaryLoop kLoops[] = {TFJS_SIMPLE_UNARY_ROWS(TFJS_UNARY_LOOP)};
  return kLoops[row];
}

}  // namespace HWY_NAMESPACE
}  // namespace tfjs_native
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tfjs_native {

HWY_EXPORT(select_simple_unary);

UnaryTable simple_unary_table() {
  static constexpr UnaryRow kRows[] = {TFJS_SIMPLE_UNARY_ROWS(TFJS_UNARY_ROW)};
  return {kRows, [](int row) { return HWY_DYNAMIC_DISPATCH(select_simple_unary)(row); }};
}

}  // namespace tfjs_native
#endif
