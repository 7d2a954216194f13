#include "ops/element_program.h"

#include <gtest/gtest.h>

#include <cmath>
#include <iterator>
#include <string>
#include <vector>

#include "ops/op_table.h"

namespace tfjs_native {
namespace {

using F = ElementFunction;

Result<Inference> infer_program(std::vector<TensorDesc> inputs, Doubles program) {
  Attrs attrs;
  attrs.add("program", {.present = true, .numbers = std::move(program)});
  return infer(op_table()[find_op("_Elementwise")], inputs, attrs);
}

std::string message_of(const std::vector<TensorDesc>& inputs, Doubles program) {
  const auto result = infer_program(inputs, std::move(program));
  if (result.ok()) return "ok";
  const Error& error = result.status().error();
  return std::string(code_name(error.code)) + " [" + error.op + "] " + error.message;
}

TEST(ElementProgram, IsReadAsItWasWritten) {
  Doubles numbers;
  ElementProgram expected;
  for (size_t i = 0; i < std::size(kElementFunctions); ++i) {
    ElementInstruction instruction{static_cast<F>(i), {}, {}};
    const ElementFunctionFacts& facts = facts_of(instruction.function);
    for (int j = 0; j < facts.operands; ++j) {
      instruction.operands[j] = static_cast<int>(i) + 1 - j;  // The last ones are results.
      if (instruction.operands[j] < 0) instruction.operands[j] = 0;
    }
    for (int j = 0; j < facts.parameters; ++j) instruction.parameters[j] = 0.5 - j;
    if (expected.instructions.size() == kMostElementInstructions) break;
    expected.instructions.push_back(instruction);
    append_instruction(numbers, instruction.function,
                       {instruction.operands, static_cast<size_t>(facts.operands)},
                       {instruction.parameters, static_cast<size_t>(facts.parameters)});
  }
  const auto decoded = decode_program(numbers, 2);
  ASSERT_TRUE(decoded.ok()) << decoded.status().error().message;
  EXPECT_EQ(decoded.value(), expected);
}

TEST(ElementProgram, FunctionsHaveTheNamesOfOperators) {
  EXPECT_EQ(find_element_function("Add"), F::kAdd);
  EXPECT_EQ(find_element_function("ClipByValue"), F::kClipByValue);
  EXPECT_EQ(find_element_function("Select"), F::kSelect);
  EXPECT_EQ(find_element_function("_Swish"), F::kSwish);
  EXPECT_EQ(find_element_function("_GeluTanh"), F::kGeluTanh);
  EXPECT_EQ(find_element_function("Swish"), std::nullopt);
  EXPECT_EQ(find_element_function("_Add"), std::nullopt);
  EXPECT_EQ(find_element_function("Constant"), std::nullopt);
  EXPECT_EQ(find_element_function("MatMul"), std::nullopt);
}

TEST(ElementProgram, TheOutputIsTheBroadcastOfAllInputs) {
  const double add = static_cast<double>(F::kAdd);
  const auto inference = infer_program(
      {{.shape = {2, 1, 4}}, {DType::kInt32, {3, 1}}, {DType::kBool, {}}}, {add, 0, 1, add, 3, 2});
  ASSERT_TRUE(inference.ok());
  EXPECT_EQ(inference.value().outputs[0], (TensorDesc{DType::kFloat32, {2, 3, 4}}));
  EXPECT_EQ(std::get<ElementProgram>(inference.value().resolved),
            (ElementProgram{{{F::kAdd, {0, 1}}, {F::kAdd, {3, 2}}}}));
}

TEST(ElementProgram, RefusesWhatIsNoProgram) {
  const double add = static_cast<double>(F::kAdd);
  const double clip = static_cast<double>(F::kClipByValue);
  const std::vector<TensorDesc> two(2, {.shape = {3}});
  EXPECT_EQ(message_of(two, {}),
            "BAD_ATTR [_Elementwise] program: expected an instruction, got none");
  EXPECT_EQ(message_of(two, {add, 0}),
            "BAD_ATTR [_Elementwise] program: ends within an instruction");
  EXPECT_EQ(message_of(two, {clip, 0, 1}),
            "BAD_ATTR [_Elementwise] program: ends within an instruction");
  EXPECT_EQ(message_of(two, {add, 0, 2}),
            "BAD_ATTR [_Elementwise] program: expected a value below 2, got 2");
  EXPECT_EQ(message_of(two, {add, 0, 1, add, 0, 3}),
            "BAD_ATTR [_Elementwise] program: expected a value below 3, got 3");
  const std::string functions = std::to_string(std::size(kElementFunctions));
  for (const auto& [bad, text] : std::vector<std::pair<double, std::string>>{
           {-1, "-1"}, {0.5, "0.5"}, {1e300, "1e+300"}, {NAN, "nan"}}) {
    EXPECT_EQ(message_of(two, {bad, 0, 1}),
              "BAD_ATTR [_Elementwise] program: expected a function below " + functions + ", got " +
                  text);
    EXPECT_EQ(message_of(two, {add, bad, 1}),
              "BAD_ATTR [_Elementwise] program: expected a value below 2, got " + text);
  }
  Doubles endless;
  for (size_t i = 0; i <= kMostElementInstructions; ++i) {
    append_instruction(endless, F::kAdd, std::vector<int>{0, 1}, {});
  }
  EXPECT_EQ(message_of(two, endless),
            "BAD_ATTR [_Elementwise] program: expected at most 64 instructions");
}

TEST(ElementProgram, RefusesInputsThatDoNotFit) {
  const double relu = static_cast<double>(F::kRelu);
  EXPECT_EQ(message_of({}, {relu, 0}),
            "BAD_SHAPE [_Elementwise] inputs: expected 1 to 16 tensors, got 0");
  EXPECT_EQ(message_of(std::vector<TensorDesc>(17), {relu, 0}),
            "BAD_SHAPE [_Elementwise] inputs: expected 1 to 16 tensors, got 17");
  EXPECT_EQ(message_of({{.shape = {2}}, {.shape = {3}}}, {relu, 0}).substr(0, 24),
            "BAD_SHAPE [_Elementwise]");
  EXPECT_EQ(message_of({{DType::kComplex64, {2}}}, {relu, 0}).substr(0, 35),
            "BAD_DTYPE [_Elementwise] inputs[0]:");
}

}  // namespace
}  // namespace tfjs_native
