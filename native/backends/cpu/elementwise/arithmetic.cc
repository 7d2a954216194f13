// Element-wise operators with two inputs whose result is a number: one functor and one row for each
// operand type.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/cpu/elementwise/arithmetic.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "backends/cpu/elementwise/elementwise-inl.h"

// Operator (and functor), operand type, result type.
#ifndef TFJS_ARITHMETIC_ROWS
#define TFJS_ARITHMETIC_ROWS(ROW)          \
  ROW(Add, float, float)                   \
  ROW(Add, int32_t, int32_t)               \
  ROW(Add, Complex64, Complex64)           \
  ROW(Atan2, float, float)                 \
  ROW(BitwiseAnd, int32_t, int32_t)        \
  ROW(Complex, float, Complex64)           \
  ROW(EluGrad, float, float)               \
  ROW(FloorDiv, float, int32_t)            \
  ROW(FloorDiv, int32_t, int32_t)          \
  ROW(Maximum, float, float)               \
  ROW(Maximum, int32_t, int32_t)           \
  ROW(Minimum, float, float)               \
  ROW(Minimum, int32_t, int32_t)           \
  ROW(Mod, float, float)                   \
  ROW(Mod, int32_t, int32_t)               \
  ROW(Multiply, float, float)              \
  ROW(Multiply, int32_t, int32_t)          \
  ROW(Multiply, Complex64, Complex64)      \
  ROW(Pow, float, float)                   \
  ROW(Pow, int32_t, int32_t)               \
  ROW(Prelu, float, float)                 \
  ROW(RealDiv, float, float)               \
  ROW(RealDiv, int32_t, int32_t)           \
  ROW(SquaredDifference, float, float)     \
  ROW(SquaredDifference, int32_t, int32_t) \
  ROW(Sub, float, float)                   \
  ROW(Sub, int32_t, int32_t)               \
  ROW(Sub, Complex64, Complex64)
#endif

HWY_BEFORE_NAMESPACE();
namespace tfjs_native {
namespace HWY_NAMESPACE {

BinaryLoop select_arithmetic(int row, InnerStep step) {
  static constexpr BinaryLoop (*kLoops[])(InnerStep) = {TFJS_ARITHMETIC_ROWS(TFJS_BINARY_LOOP)};
  return kLoops[row](step);
}

}  // namespace HWY_NAMESPACE
}  // namespace tfjs_native
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tfjs_native {

HWY_EXPORT(select_arithmetic);

BinaryTable arithmetic_table() {
  static constexpr BinaryRow kRows[] = {TFJS_ARITHMETIC_ROWS(TFJS_BINARY_ROW)};
  return {kRows, [](int row, InnerStep step) {
            return HWY_DYNAMIC_DISPATCH(select_arithmetic)(row, step);
          }};
}

}  // namespace tfjs_native
#endif
