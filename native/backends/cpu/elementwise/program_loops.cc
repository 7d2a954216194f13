// Loops of element programs that no operator has: truth values as floats, a choice between two
// values.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/cpu/elementwise/program_loops.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "backends/cpu/elementwise/elementwise-inl.h"
#include "backends/cpu/elementwise/program_loops.h"

#ifndef TFJS_PROGRAM_ROWS
#define TFJS_PROGRAM_ROWS

namespace tfjs_native::functors {

/// A functor's truth value as a float.
template <typename Functor>
struct AsFloat {
  template <typename... T>
  TFJS_HOST_DEVICE float operator()(T... x) const {
    return Functor()(x...) != 0 ? 1.0f : 0.0f;
  }
};

/// The same for functors of truth values.
template <typename Functor>
struct LogicAsFloat {
  template <typename... T>
  TFJS_HOST_DEVICE float operator()(T... x) const {
    return AsFloat<Functor>()(static_cast<Bool>(x != 0)...);
  }
};

}  // namespace tfjs_native::functors

// Function, functor.
#define TFJS_PROGRAM_UNARY_ROWS(ROW)         \
  ROW(IsFinite, AsFloat<functors::IsFinite>) \
  ROW(IsInf, AsFloat<functors::IsInf>)       \
  ROW(IsNan, AsFloat<functors::IsNan>)       \
  ROW(LogicalNot, LogicAsFloat<functors::LogicalNot>)

#define TFJS_PROGRAM_BINARY_ROWS(ROW)                 \
  ROW(Equal, AsFloat<functors::Equal>)                \
  ROW(NotEqual, AsFloat<functors::NotEqual>)          \
  ROW(Greater, AsFloat<functors::Greater>)            \
  ROW(GreaterEqual, AsFloat<functors::GreaterEqual>)  \
  ROW(Less, AsFloat<functors::Less>)                  \
  ROW(LessEqual, AsFloat<functors::LessEqual>)        \
  ROW(LogicalAnd, LogicAsFloat<functors::LogicalAnd>) \
  ROW(LogicalOr, LogicAsFloat<functors::LogicalOr>)   \
  ROW(LogicalXor, LogicAsFloat<functors::LogicalXor>)

#define TFJS_PROGRAM_ROW(name, functor) \
  {#name, DType::kFloat32, DType::kFloat32, functor_cost<functors::functor>()},

#endif

HWY_BEFORE_NAMESPACE();
namespace tfjs_native {
namespace HWY_NAMESPACE {

#define TFJS_PROGRAM_UNARY_LOOP(name, functor) unary_loop<functors::functor, float, float>,
#define TFJS_PROGRAM_BINARY_LOOP(name, functor) binary_loop_for<functors::functor, float, float>,

UnaryLoop select_program_unary(int row) {
  static constexpr UnaryLoop kLoops[] = {TFJS_PROGRAM_UNARY_ROWS(TFJS_PROGRAM_UNARY_LOOP)};
  return kLoops[row];
}

BinaryLoop select_program_binary(int row, InnerStep step) {
  static constexpr BinaryLoop (*kLoops[])(InnerStep) = {
      TFJS_PROGRAM_BINARY_ROWS(TFJS_PROGRAM_BINARY_LOOP)};
  return kLoops[row](step);
}

#undef TFJS_PROGRAM_UNARY_LOOP
#undef TFJS_PROGRAM_BINARY_LOOP

/// The steps are 1 or 0.
template <int kConditionStep, int kThenStep, int kElseStep>
void choice_loop(const float* condition, const float* t, const float* e, float* dst,
                 int64_t count) {
  float* HWY_RESTRICT out = dst;
  for (int64_t i = 0; i < count; ++i) {
    // Both are read, so that the loop has no branch.
    const float if_true = t[i * kThenStep];
    const float if_false = e[i * kElseStep];
    out[i] = condition[i * kConditionStep] != 0 ? if_true : if_false;
  }
}

ChoiceLoop select_choice(bool condition_steps, bool then_steps, bool else_steps) {
  static constexpr ChoiceLoop kLoops[] = {
      choice_loop<0, 0, 0>, choice_loop<0, 0, 1>, choice_loop<0, 1, 0>, choice_loop<0, 1, 1>,
      choice_loop<1, 0, 0>, choice_loop<1, 0, 1>, choice_loop<1, 1, 0>, choice_loop<1, 1, 1>};
  return kLoops[(condition_steps ? 4 : 0) + (then_steps ? 2 : 0) + (else_steps ? 1 : 0)];
}

}  // namespace HWY_NAMESPACE
}  // namespace tfjs_native
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tfjs_native {

HWY_EXPORT(select_program_unary);
HWY_EXPORT(select_program_binary);
HWY_EXPORT(select_choice);

namespace {

UnaryTable program_unary_table() {
  static constexpr UnaryRow kRows[] = {TFJS_PROGRAM_UNARY_ROWS(TFJS_PROGRAM_ROW)};
  return {kRows, [](int row) { return HWY_DYNAMIC_DISPATCH(select_program_unary)(row); }};
}

BinaryTable program_binary_table() {
  static constexpr BinaryRow kRows[] = {TFJS_PROGRAM_BINARY_ROWS(TFJS_PROGRAM_ROW)};
  return {kRows, [](int row, InnerStep step) {
            return HWY_DYNAMIC_DISPATCH(select_program_binary)(row, step);
          }};
}

/// The number of a table's row from float32 to float32, or -1. Operators of activations that tfjs
/// composes begin with an underscore, which functions do not have.
template <typename Row>
int find_row(std::span<const Row> rows, std::string_view name) {
  for (size_t i = 0; i < rows.size(); ++i) {
    const Row& row = rows[i];
    std::string_view op = row.op;
    if (op.starts_with('_')) op.remove_prefix(1);
    if (op == name && row.from == DType::kFloat32 && row.to == DType::kFloat32) {
      return static_cast<int>(i);
    }
  }
  return -1;
}

}  // namespace

ProgramLoops program_loops(ElementFunction function) {
  const ElementFunctionFacts& facts = facts_of(function);
  ProgramLoops loops;
  if (facts.operands == 1) {
    for (const UnaryTable& table :
         {simple_unary_table(), transcendental_table(), composed_table(), program_unary_table()}) {
      const int row = find_row(table.rows, facts.name);
      if (row < 0) continue;
      loops.unary = table.loop(row);
      loops.cost = table.rows[row].cost;
      return loops;
    }
  } else if (facts.operands == 2) {
    for (const BinaryTable& table : {arithmetic_table(), program_binary_table()}) {
      const int row = find_row(table.rows, facts.name);
      if (row < 0) continue;
      for (const InnerStep step : {InnerStep::kBoth, InnerStep::kOnlyA, InnerStep::kOnlyB}) {
        loops.binary[static_cast<size_t>(step)] = table.loop(row, step);
      }
      loops.cost = table.rows[row].cost;
      return loops;
    }
  } else if (facts.operands == 3) {
    for (size_t i = 0; i < std::size(loops.choice); ++i) {
      loops.choice[i] =
          HWY_DYNAMIC_DISPATCH(select_choice)((i & 4) != 0, (i & 2) != 0, (i & 1) != 0);
    }
  }
  return loops;
}

}  // namespace tfjs_native
#endif
