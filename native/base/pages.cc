#include "base/pages.h"

#if __has_include(<sys/mman.h>) && !defined(__SANITIZE_ADDRESS__)
#include <sys/mman.h>
#define TFJS_NATIVE_MAPS_PAGES
#else
#include <new>
#endif

namespace tfjs_native {

#if defined(TFJS_NATIVE_MAPS_PAGES)

void* map_pages(size_t size_bytes) {
  void* const data =
      mmap(nullptr, size_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return data == MAP_FAILED ? nullptr : data;
}

void unmap_pages(void* data, size_t size_bytes) { munmap(data, size_bytes); }

#else

// Of the heap, over which the address sanitizer watches.
constexpr std::align_val_t kAlignment{4096};

void* map_pages(size_t size_bytes) { return ::operator new(size_bytes, kAlignment, std::nothrow); }

void unmap_pages(void* data, size_t) { ::operator delete(data, kAlignment); }

#endif

}  // namespace tfjs_native
