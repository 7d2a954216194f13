// Activations that tfjs composes of several operators, for graphs that recognise them.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/cpu/elementwise/composed.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "backends/cpu/elementwise/elementwise-inl.h"

// Functor, operand type, result type; the operators have an underscore in front.
#ifndef TFJS_COMPOSED_ROWS
#define TFJS_COMPOSED_ROWS(ROW)  \
  ROW(Gelu, float, float)        \
  ROW(GeluTanh, float, float)    \
  ROW(HardSigmoid, float, float) \
  ROW(HardSwish, float, float)   \
  ROW(Swish, float, float)
#define TFJS_COMPOSED_ROW(op, T, U) \
  {"_" #op, dtype_of<T>(), dtype_of<U>(), functor_cost<functors::op>()},
#endif

HWY_BEFORE_NAMESPACE();
namespace tfjs_native {
namespace HWY_NAMESPACE {

UnaryLoop select_composed(int row) {
  static constexpr UnaryLoop kLoops[] = {TFJS_COMPOSED_ROWS(TFJS_UNARY_LOOP)};
  return kLoops[row];
}

}  // namespace HWY_NAMESPACE
}  // namespace tfjs_native
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tfjs_native {

HWY_EXPORT(select_composed);

UnaryTable composed_table() {
  static constexpr UnaryRow kRows[] = {TFJS_COMPOSED_ROWS(TFJS_COMPOSED_ROW)};
  return {kRows, [](int row) { return HWY_DYNAMIC_DISPATCH(select_composed)(row); }};
}

}  // namespace tfjs_native
#endif
