#pragma once

#include <node_api.h>

#include "runtime/session.h"

namespace tfjs_native {

/// Runs the device's self test on a libuv worker. Returns a promise of {checks, skipped, seconds,
/// differences: [{op, what, expected, got, error?}]}; it rejects when no test could be run.
napi_value start_self_test(napi_env env, DeviceRuntime& runtime);

}  // namespace tfjs_native
