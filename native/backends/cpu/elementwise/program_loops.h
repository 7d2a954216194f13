#pragma once

#include "backends/cpu/elementwise/elementwise.h"
#include "device/element_program.h"

namespace tfjs_native {

/// dst = condition != 0 ? t : e
using ChoiceLoop = void (*)(const float* condition, const float* t, const float* e, float* dst,
                            int64_t count);

/// The loops of one function for this machine's instruction set: those of the operator, where there
/// is one, so that a program has the bits of the operators that it was made of.
struct ProgramLoops {
  UnaryLoop unary = nullptr;
  BinaryLoop binary[3] = {};  // By InnerStep.
  /// 4 is added to the index where the condition steps, 2 where t does, 1 where e does.
  ChoiceLoop choice[8] = {};
  int cost = 1;  // As UnaryRow has it.
};

ProgramLoops program_loops(ElementFunction function);

}  // namespace tfjs_native
