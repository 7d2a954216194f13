#include "base/heap.h"

#include <cstdlib>  // Says whether the library is glibc.

#if defined(__GLIBC__)
#include <malloc.h>
#endif

namespace tfjs_native {

void trim_heap() {
#if defined(__GLIBC__)
  malloc_trim(0);
#endif
}

}  // namespace tfjs_native
