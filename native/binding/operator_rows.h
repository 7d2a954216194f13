#pragma once

#include <napi.h>

namespace tfjs_native {

/// The operator table for lib/, in the order of the call protocol's numbers: for each operator what
/// `OperatorRow` in lib/operator.js says.
Napi::Array operator_rows(Napi::Env env);

}  // namespace tfjs_native
