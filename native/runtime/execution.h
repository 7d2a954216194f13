#pragma once

#include <span>

#include "device/device.h"
#include "runtime/plan_store.h"
#include "tensor/buffer.h"

namespace tfjs_native {

/// Runs a prepared kernel on operands whose memory is there, with a workspace from `memory`. Knows
/// no queue; any thread that may use the stream.
Status run_prepared(const PreparedKernel& kernel, Operands operands, DeviceStream& stream,
                    MemorySource& memory);

/// Computes a planned call: prepares its kernel where needed, allocates the outputs. `storages`
/// holds the inputs, then the outputs. The error of the first poisoned input, if there is one.
Status run_plan(Plan& plan, std::span<const double> scalars, Device& device,
                std::span<const Storage> storages, size_t input_count, DeviceStream& stream,
                MemorySource& memory);

/// Where output `i` of a plan that is a view lies in its first input.
Storage part_of(const Storage& input, const Plan& plan, std::span<const double> scalars, size_t i);

}  // namespace tfjs_native
