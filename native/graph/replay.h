#pragma once

#include <memory>
#include <span>
#include <vector>

#include "graph/executable.h"
#include "runtime/session.h"

namespace tfjs_native {

/// BAD_SHAPE or BAD_DTYPE unless the inputs are as they are expected.
Status check_replay_inputs(std::span<const TensorDesc> expected, std::span<const TensorDesc> given);

/// Enqueues one run of the executable, step by step, with memory for each value; its outputs, in
/// the graph's order. The inputs must have the descriptions that it was specialised for, else
/// BAD_SHAPE or BAD_DTYPE.
Result<std::vector<Value>> replay(Session& session, std::shared_ptr<const Executable> executable,
                                  std::span<const Value> inputs, std::span<const TensorDesc> descs);

}  // namespace tfjs_native
