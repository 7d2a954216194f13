// Inference of _Elementwise.
//
// Its attribute `program` is a list of numbers, one instruction after another:
//   the function, its place in TFJS_ELEMENT_FUNCTIONS;
//   the operands, as many as the function has: the numbers of values. Value i is the operator's
//     input i; those behind the inputs are what the instructions give, in order. An operand has a
//     lower number than what its instruction gives;
//   the parameters, as many as the function has.
// The output is what the last instruction gives. For (a + b) * 2 with two inputs: Add 0 1 (value
// 2), Constant 2.0 (value 3), Multiply 2 3.
#include "ops/element_program.h"

#include <algorithm>
#include <iterator>
#include <string>

#include "ops/checks.h"

namespace tfjs_native {
namespace {

/// Takes numbers off the front of a program.
class Reader {
 public:
  explicit Reader(std::span<const double> numbers) : rest_(numbers) {}

  bool is_at_end() const { return rest_.empty(); }

  Result<double> number() {
    if (rest_.empty()) return Status(Code::kBadAttr, "program: ends within an instruction");
    const double value = rest_.front();
    rest_ = rest_.subspan(1);
    return value;
  }

  /// A whole number from 0 up to, but not with, `end`.
  Result<size_t> index(const char* what, size_t end) {
    TFJS_ASSIGN_OR_RETURN(const double value, number());
    if (value >= 0 && value < static_cast<double>(end)) {
      const auto index = static_cast<size_t>(value);
      if (static_cast<double>(index) == value) return index;
    }
    return make_status(Code::kBadAttr, "program: expected %s below %zu, got %g", what, end, value);
  }

 private:
  std::span<const double> rest_;
};

}  // namespace

std::optional<ElementFunction> find_element_function(std::string_view op) {
  const bool is_composed = op.starts_with('_');
  if (is_composed) op.remove_prefix(1);
  const auto* const found =
      std::find_if(std::begin(kElementFunctions), std::end(kElementFunctions),
                   [&](const ElementFunctionFacts& facts) { return facts.name == op; });
  if (found == std::end(kElementFunctions)) return std::nullopt;
  const auto function = static_cast<ElementFunction>(found - std::begin(kElementFunctions));
  if (function == ElementFunction::kConstant) return std::nullopt;
  if (is_composed != (function >= ElementFunction::kSwish)) return std::nullopt;
  return function;
}

void append_instruction(Doubles& program, ElementFunction function, std::span<const int> operands,
                        std::span<const double> parameters) {
  program.push_back(static_cast<double>(function));
  for (const int operand : operands) program.push_back(operand);
  for (const double parameter : parameters) program.push_back(parameter);
}

Result<ElementProgram> decode_program(std::span<const double> program, size_t inputs) {
  ElementProgram decoded;
  Reader reader(program);
  while (!reader.is_at_end()) {
    const size_t done = decoded.instructions.size();
    if (done == kMostElementInstructions) {
      return make_status(Code::kBadAttr, "program: expected at most %zu instructions",
                         kMostElementInstructions);
    }
    ElementInstruction instruction;
    TFJS_ASSIGN_OR_RETURN(const size_t function,
                          reader.index("a function", std::size(kElementFunctions)));
    instruction.function = static_cast<ElementFunction>(function);
    for (int i = 0; i < facts_of(instruction.function).operands; ++i) {
      TFJS_ASSIGN_OR_RETURN(const size_t operand, reader.index("a value", inputs + done));
      instruction.operands[i] = static_cast<int>(operand);
    }
    for (int i = 0; i < facts_of(instruction.function).parameters; ++i) {
      TFJS_ASSIGN_OR_RETURN(instruction.parameters[i], reader.number());
    }
    decoded.instructions.push_back(instruction);
  }
  if (decoded.instructions.empty()) {
    return Status(Code::kBadAttr, "program: expected an instruction, got none");
  }
  return decoded;
}

/// Inputs of real dtypes, whose values count as float32; the output is float32 and has the shape
/// that all of them broadcast to.
Status infer_elementwise(InferContext& context) {
  if (context.inputs.empty() || context.inputs.size() > kMostElementInputs) {
    return make_status(Code::kBadShape, "inputs: expected 1 to %zu tensors, got %zu",
                       kMostElementInputs, context.inputs.size());
  }
  TFJS_ASSIGN_OR_RETURN(ElementProgram program,
                        decode_program(context.attrs.numbers("program"), context.inputs.size()));
  Shape shape;
  for (size_t i = 0; i < context.inputs.size(); ++i) {
    const std::string name = "inputs[" + std::to_string(i) + "]";
    TFJS_RETURN_IF_ERROR(check_dtype(context.inputs[i], name.c_str(), kTfjsReals));
    TFJS_ASSIGN_OR_RETURN(shape, broadcast_shapes(shape, context.inputs[i].shape));
  }
  context.result.resolved = std::move(program);
  context.output(DType::kFloat32, std::move(shape));
  return {};
}

}  // namespace tfjs_native
