#pragma once

#include <cstdint>

#include "base/function_ref.h"
#include "base/machine.h"

namespace tfjs_native {

struct CpuidRegisters {
  uint32_t a = 0, b = 0, c = 0, d = 0;
};

/// What CPUID, an instruction of x86-64, says of the data caches. `read` takes leaf and subleaf.
CacheSizes cpuid_cache_sizes(FunctionRef<CpuidRegisters(uint32_t, uint32_t)> read);

/// What the processor at hand says of its data caches; nothing where it is not an x86-64.
CacheSizes processor_cache_sizes();

/// What the operating system says of them (sysfs, else sysconf, on Linux; nothing elsewhere).
CacheSizes system_cache_sizes();

}  // namespace tfjs_native
