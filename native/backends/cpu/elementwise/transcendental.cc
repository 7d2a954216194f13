// Element-wise operators with one input and some polynomial behind them (math/elementary.h).
// Other types than float32 are converted on the way.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/cpu/elementwise/transcendental.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "backends/cpu/elementwise/elementwise-inl.h"

// Operator (and functor), operand type, result type.
#ifndef TFJS_TRANSCENDENTAL_ROWS
#define TFJS_TRANSCENDENTAL_ROWS(ROW) \
  ROW(Acos, float, float)             \
  ROW(Acosh, float, float)            \
  ROW(Asin, float, float)             \
  ROW(Asinh, float, float)            \
  ROW(Atan, float, float)             \
  ROW(Atanh, float, float)            \
  ROW(Cos, float, float)              \
  ROW(Cosh, float, float)             \
  ROW(Elu, float, float)              \
  ROW(Elu, int32_t, int32_t)          \
  ROW(Erf, float, float)              \
  ROW(Exp, float, float)              \
  ROW(Expm1, float, float)            \
  ROW(Log, float, float)              \
  ROW(Log1p, float, float)            \
  ROW(Selu, float, float)             \
  ROW(Sigmoid, float, float)          \
  ROW(Sigmoid, int32_t, int32_t)      \
  ROW(Sin, float, float)              \
  ROW(Sinh, float, float)             \
  ROW(Softplus, float, float)         \
  ROW(Softplus, int32_t, int32_t)     \
  ROW(Tan, float, float)              \
  ROW(Tanh, float, float)
#endif

HWY_BEFORE_NAMESPACE();
namespace tfjs_native {
namespace HWY_NAMESPACE {

UnaryLoop select_transcendental(int row) {
  static constexpr UnaryLoop kLoops[] = {TFJS_TRANSCENDENTAL_ROWS(TFJS_UNARY_LOOP)};
  return kLoops[row];
}

}  // namespace HWY_NAMESPACE
}  // namespace tfjs_native
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tfjs_native {

HWY_EXPORT(select_transcendental);

UnaryTable transcendental_table() {
  static constexpr UnaryRow kRows[] = {TFJS_TRANSCENDENTAL_ROWS(TFJS_UNARY_ROW)};
  return {kRows, [](int row) { return HWY_DYNAMIC_DISPATCH(select_transcendental)(row); }};
}

}  // namespace tfjs_native
#endif
