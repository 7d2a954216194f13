#pragma once

#include <functional>
#include <memory>
#include <oneapi/dnnl/dnnl.hpp>
#include <string>
#include <utility>
#include <vector>

#include "base/status.h"
#include "device/kernel.h"

namespace tfjs_native {

/// Whether oneDNN computes right values on this machine; UNSUPPORTED with the reason.
Status onednn_status();

/// The process's oneDNN engine.
const dnnl::engine& onednn_engine();

/// A stream on the process's thread pool; one for each thread that executes primitives.
dnnl::stream& onednn_stream();

/// "oneDNN 3.7.2, avx512_core, 2 threads".
std::string onednn_description();

/// Whether oneDNN may use an instruction set of x86-64. Never on other processors.
bool onednn_has(dnnl::cpu_isa isa);

/// Runs `body`, and turns what oneDNN throws into a Status: UNSUPPORTED where no implementation
/// exists, OUT_OF_MEMORY, else INTERNAL.
template <typename Body>
Status guard_onednn(Body&& body) {
  try {
    return body();
  } catch (const dnnl::error& error) {
    if (error.status == dnnl_unimplemented) return Status(Code::kUnsupported, error.what());
    if (error.status == dnnl_out_of_memory) return Status(Code::kOutOfMemory, error.what());
    return Status(Code::kInternal, std::string("oneDNN: ") + error.what());
  }
}

/// Wraps memory that someone else owns.
inline dnnl::memory onednn_memory(const dnnl::memory::desc& desc, const void* data) {
  return dnnl::memory(desc, onednn_engine(), const_cast<void*>(data));
}

}  // namespace tfjs_native
