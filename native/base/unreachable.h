#pragma once

namespace tfjs_native {

/// Tells the compiler that control does not come here: behind a switch over all of an enumeration.
[[noreturn]] inline void unreachable() {
#if defined(_MSC_VER) && !defined(__clang__)
  __assume(false);
#else
  __builtin_unreachable();
#endif
}

}  // namespace tfjs_native
