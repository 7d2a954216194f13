#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace tfjs_native {

/// What one instruction of an ElementProgram computes: function, operands, parameters. The names
/// are those of operators (and of functors in math/) but for Constant, which has its parameter as
/// value, and for the activations at the end, which tfjs composes. Truth values are 1 and 0.
#define TFJS_ELEMENT_FUNCTIONS(ROW) \
  ROW(Constant, 0, 1)               \
  ROW(Abs, 1, 0)                    \
  ROW(Acos, 1, 0)                   \
  ROW(Acosh, 1, 0)                  \
  ROW(Asin, 1, 0)                   \
  ROW(Asinh, 1, 0)                  \
  ROW(Atan, 1, 0)                   \
  ROW(Atanh, 1, 0)                  \
  ROW(Ceil, 1, 0)                   \
  ROW(ClipByValue, 1, 2)            \
  ROW(Cos, 1, 0)                    \
  ROW(Cosh, 1, 0)                   \
  ROW(Elu, 1, 0)                    \
  ROW(Erf, 1, 0)                    \
  ROW(Exp, 1, 0)                    \
  ROW(Expm1, 1, 0)                  \
  ROW(Floor, 1, 0)                  \
  ROW(LeakyRelu, 1, 1)              \
  ROW(Log, 1, 0)                    \
  ROW(Log1p, 1, 0)                  \
  ROW(Neg, 1, 0)                    \
  ROW(Reciprocal, 1, 0)             \
  ROW(Relu, 1, 0)                   \
  ROW(Relu6, 1, 0)                  \
  ROW(Round, 1, 0)                  \
  ROW(Rsqrt, 1, 0)                  \
  ROW(Selu, 1, 0)                   \
  ROW(Sigmoid, 1, 0)                \
  ROW(Sign, 1, 0)                   \
  ROW(Sin, 1, 0)                    \
  ROW(Sinh, 1, 0)                   \
  ROW(Softplus, 1, 0)               \
  ROW(Sqrt, 1, 0)                   \
  ROW(Square, 1, 0)                 \
  ROW(Step, 1, 1)                   \
  ROW(Tan, 1, 0)                    \
  ROW(Tanh, 1, 0)                   \
  ROW(Add, 2, 0)                    \
  ROW(Atan2, 2, 0)                  \
  ROW(EluGrad, 2, 0)                \
  ROW(Maximum, 2, 0)                \
  ROW(Minimum, 2, 0)                \
  ROW(Mod, 2, 0)                    \
  ROW(Multiply, 2, 0)               \
  ROW(Pow, 2, 0)                    \
  ROW(Prelu, 2, 0)                  \
  ROW(RealDiv, 2, 0)                \
  ROW(SquaredDifference, 2, 0)      \
  ROW(Sub, 2, 0)                    \
  ROW(Equal, 2, 0)                  \
  ROW(NotEqual, 2, 0)               \
  ROW(Greater, 2, 0)                \
  ROW(GreaterEqual, 2, 0)           \
  ROW(Less, 2, 0)                   \
  ROW(LessEqual, 2, 0)              \
  ROW(IsFinite, 1, 0)               \
  ROW(IsInf, 1, 0)                  \
  ROW(IsNan, 1, 0)                  \
  ROW(LogicalNot, 1, 0)             \
  ROW(LogicalAnd, 2, 0)             \
  ROW(LogicalOr, 2, 0)              \
  ROW(LogicalXor, 2, 0)             \
  ROW(Select, 3, 0)                 \
  ROW(Swish, 1, 0)                  \
  ROW(HardSwish, 1, 0)              \
  ROW(HardSigmoid, 1, 0)            \
  ROW(Gelu, 1, 0)                   \
  ROW(GeluTanh, 1, 0)

enum class ElementFunction : uint8_t {
#define TFJS_ELEMENT_FUNCTION(name, operands, parameters) k##name,
  TFJS_ELEMENT_FUNCTIONS(TFJS_ELEMENT_FUNCTION)
#undef TFJS_ELEMENT_FUNCTION
};

struct ElementFunctionFacts {
  const char* name;
  int operands;
  int parameters;
};

/// In the order of ElementFunction.
inline constexpr ElementFunctionFacts kElementFunctions[] = {
#define TFJS_ELEMENT_FACTS(name, operands, parameters) {#name, operands, parameters},
    TFJS_ELEMENT_FUNCTIONS(TFJS_ELEMENT_FACTS)
#undef TFJS_ELEMENT_FACTS
};

constexpr const ElementFunctionFacts& facts_of(ElementFunction function) {
  return kElementFunctions[static_cast<size_t>(function)];
}

/// Whether it gives truth values, for which operators have a dtype of their own.
constexpr bool gives_truth(ElementFunction function) {
  return function >= ElementFunction::kEqual && function <= ElementFunction::kLogicalXor;
}

constexpr size_t kMostElementInputs = 16;
constexpr size_t kMostElementInstructions = 64;

struct ElementInstruction {
  ElementFunction function = ElementFunction::kConstant;
  /// Values: first the inputs, then what the instructions before this one give, in order.
  int operands[3] = {0, 0, 0};
  double parameters[2] = {0, 0};

  friend bool operator==(const ElementInstruction& a, const ElementInstruction& b) = default;
};

/// Straight-line arithmetic in float32 on one element of each input, which are broadcast to the
/// output; that is what the last instruction gives. Never empty.
struct ElementProgram {
  std::vector<ElementInstruction> instructions;

  friend bool operator==(const ElementProgram& a, const ElementProgram& b) = default;
};

}  // namespace tfjs_native
