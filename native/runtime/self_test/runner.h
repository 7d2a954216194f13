#pragma once

#include <atomic>
#include <string>
#include <vector>

#include "runtime/session.h"

namespace tfjs_native {

/// A check that did not give what plain loops give.
struct SelfTestDifference {
  std::string op;
  std::string what;  // Shapes, attributes, and which value.
  double expected = 0;
  double got = 0;
  std::string error;  // Where the call failed: why. There is no value then.
};

struct SelfTestReport {
  int checks = 0;   // Outputs that were compared, or should have been.
  int skipped = 0;  // Outputs of calls that the device has no kernel for.
  double seconds = 0;
  std::vector<SelfTestDifference> differences;  // At most one a check.
};

/// Computes products, convolutions and their gradients, reductions and element-wise operators of
/// awkward shapes on the device, by way of its planner and a session of its own, and compares every
/// value with plain loops in double precision. It takes about a second of the calling thread, any
/// one but that of an environment which must not wait. `stop` ends it early; what was compared
/// until then is in the report. An error when the device gives no stream.
Result<SelfTestReport> run_self_test(DeviceRuntime& runtime, const std::atomic<bool>& stop);

}  // namespace tfjs_native
