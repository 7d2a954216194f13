#pragma once

#include <napi.h>

#include "runtime/session.h"

namespace tfjs_native {

/// Runs the device's self test on a libuv worker. Returns a promise of {checks, skipped, seconds,
/// differences: [{op, what, expected, got, error?}]}; it rejects when no test could be run.
Napi::Value start_self_test(Napi::Env env, DeviceRuntime& runtime);

}  // namespace tfjs_native
