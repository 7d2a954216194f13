// Element-wise operators with two inputs whose result is a truth value.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/cpu/elementwise/compare.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "backends/cpu/elementwise/elementwise-inl.h"

// Operator (and functor), operand type, result type.
#ifndef TFJS_COMPARE_ROWS
#define TFJS_COMPARE_ROWS(ROW)     \
  ROW(Equal, float, Bool)          \
  ROW(Equal, int32_t, Bool)        \
  ROW(Equal, Bool, Bool)           \
  ROW(Greater, float, Bool)        \
  ROW(Greater, int32_t, Bool)      \
  ROW(GreaterEqual, float, Bool)   \
  ROW(GreaterEqual, int32_t, Bool) \
  ROW(Less, float, Bool)           \
  ROW(Less, int32_t, Bool)         \
  ROW(LessEqual, float, Bool)      \
  ROW(LessEqual, int32_t, Bool)    \
  ROW(LogicalAnd, Bool, Bool)      \
  ROW(LogicalOr, Bool, Bool)       \
  ROW(LogicalXor, Bool, Bool)      \
  ROW(NotEqual, float, Bool)       \
  ROW(NotEqual, int32_t, Bool)     \
  ROW(NotEqual, Bool, Bool)
#endif

HWY_BEFORE_NAMESPACE();
namespace tfjs_native {
namespace HWY_NAMESPACE {

BinaryLoop select_compare(int row, InnerStep step) {
  static constexpr BinaryLoop (*kLoops[])(InnerStep) = {TFJS_COMPARE_ROWS(TFJS_BINARY_LOOP)};
  return kLoops[row](step);
}

}  // namespace HWY_NAMESPACE
}  // namespace tfjs_native
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tfjs_native {

HWY_EXPORT(select_compare);

BinaryTable compare_table() {
  static constexpr BinaryRow kRows[] = {TFJS_COMPARE_ROWS(TFJS_BINARY_ROW)};
  return {kRows,
          [](int row, InnerStep step) { return HWY_DYNAMIC_DISPATCH(select_compare)(row, step); }};
}

}  // namespace tfjs_native
#endif
