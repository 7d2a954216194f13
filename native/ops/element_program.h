#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "base/status.h"
#include "device/element_program.h"
#include "tensor/shape.h"

namespace tfjs_native {

/// The instruction that computes what the operator of that name does to float32 (or, for logic, to
/// truth values). The operators of activations that tfjs composes begin with an underscore.
std::optional<ElementFunction> find_element_function(std::string_view op);

/// Appends an instruction to the attribute `program` of the operator _Elementwise;
/// element_program.cc says how it is written. `operands` and `parameters` are as many as the
/// function has.
void append_instruction(Doubles& program, ElementFunction function, std::span<const int> operands,
                        std::span<const double> parameters);

/// What append_instruction() wrote, for a program that has that many inputs. BAD_ATTR for anything
/// else: no instruction or too many, unknown functions, an instruction cut off, operands that no
/// input and no instruction before gives.
Result<ElementProgram> decode_program(std::span<const double> program, size_t inputs);

}  // namespace tfjs_native
