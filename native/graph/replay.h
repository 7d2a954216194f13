#pragma once

#include <memory>
#include <span>
#include <vector>

#include "graph/executable.h"
#include "runtime/session.h"

namespace tfjs_native {

/// Enqueues one run of the executable; its outputs, in the graph's order. The inputs must have the
/// descriptions that it was specialised for, else BAD_SHAPE or BAD_DTYPE.
Result<std::vector<Value>> replay(Session& session, std::shared_ptr<const Executable> executable,
                                  std::span<const Value> inputs, std::span<const TensorDesc> descs);

}  // namespace tfjs_native
