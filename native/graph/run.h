#pragma once

#include <span>

#include "device/device.h"
#include "graph/executable.h"

namespace tfjs_native {

/// Runs the executable's steps in order. `outputs` has an entry for each output: where it is to be
/// written, or none, which gets where the value lies (in an input or a constant, perhaps). The
/// error of a step names operator and device; that of a poisoned input comes as it is. For the
/// thread that may use the stream.
Status run_executable(const Executable& executable, std::span<const Storage> inputs,
                      std::span<Storage> outputs, Device& device, DeviceStream& stream,
                      MemorySource& memory);

}  // namespace tfjs_native
