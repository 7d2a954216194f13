#pragma once

#include <exception>
#include <new>
#include <span>

#include "device/device.h"
#include "runtime/plan_store.h"
#include "tensor/buffer.h"

namespace tfjs_native {

/// Kernels return errors; what the standard library throws below them becomes one here.
template <typename Body>
Status guarded(Body body) {
  try {
    return body();
  } catch (const std::bad_alloc&) {
    return Status(Code::kOutOfMemory, "the host is out of memory");
  } catch (const std::exception& exception) {
    return Status(Code::kInternal, exception.what());
  } catch (...) {
    return Status(Code::kInternal, "an exception of unknown type");
  }
}

/// Runs a prepared kernel on operands whose memory is there, with a workspace from `memory`. Knows
/// no queue; any thread that may use the stream.
Status run_prepared(const PreparedKernel& kernel, Operands operands, DeviceStream& stream,
                    MemorySource& memory);

/// Computes a planned call: prepares its kernel where needed, allocates the outputs. `storages`
/// holds the inputs, then the outputs, absent ones without a buffer. The error of the first
/// poisoned input, if there is one. `shapes`, one for each output, gets what the kernel finds of
/// open ones; null where there are none.
Status run_plan(Plan& plan, std::span<const double> scalars, Device& device,
                std::span<const Storage> storages, size_t input_count, DeviceStream& stream,
                MemorySource& memory, Shape* shapes = nullptr);

/// Where output `i` of a plan that is a view lies in its first input.
Storage part_of(const Storage& input, const Plan& plan, std::span<const double> scalars, size_t i);

}  // namespace tfjs_native
