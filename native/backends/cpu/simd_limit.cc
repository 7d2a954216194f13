#include "backends/cpu/simd_limit.h"

#include <hwy/highway.h>
#include <hwy/targets.h>

namespace tfjs_native {

void limit_simd([[maybe_unused]] InstructionSet highest) {
#if HWY_ARCH_X86
  // Lower bits are better targets: all better ones than the highest that is allowed are disabled.
  switch (highest) {
    case InstructionSet::kSse41:
      hwy::DisableTargets(HWY_SSE4 - 1);
      break;
    case InstructionSet::kAvx2:
      hwy::DisableTargets(HWY_AVX2 - 1);
      break;
    case InstructionSet::kAvx512Core:
    case InstructionSet::kAvx512CoreBf16:
      hwy::DisableTargets(HWY_AVX3 - 1);
      break;
    case InstructionSet::kAny:
      break;
  }
#endif
}

}  // namespace tfjs_native
