#pragma once

#include "base/machine.h"

namespace tfjs_native {

/// Keeps our own SIMD code (Highway's dynamic dispatch) from instruction sets above `highest`, as
/// tests and users ask for. Before any kernel is prepared: what is chosen once is kept.
void limit_simd(InstructionSet highest);

}  // namespace tfjs_native
