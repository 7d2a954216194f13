#pragma once

#include <string>

#include "device/kernel.h"

namespace tfjs_native {

/// The key in the operand's buffer for a form of its values that is known by `name`: several views
/// of one buffer have forms of their own.
inline std::string form_key(const Operand& operand, const std::string& name) {
  return operand.offset_bytes == 0 ? name : name + "@" + std::to_string(operand.offset_bytes);
}

}  // namespace tfjs_native
