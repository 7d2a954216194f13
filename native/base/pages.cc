#include "base/pages.h"

#if __has_include(<sys/mman.h>) && !defined(__SANITIZE_ADDRESS__)
#include <sys/mman.h>
#include <unistd.h>
#define TFJS_NATIVE_MAPS_PAGES
#else
#include <new>
#endif

#include <cstdint>
#include <fstream>

namespace tfjs_native {

#if defined(TFJS_NATIVE_MAPS_PAGES)

namespace {

void* map_plain_pages(size_t size_bytes) {
  void* const data =
      mmap(nullptr, size_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return data == MAP_FAILED ? nullptr : data;
}

#if defined(MADV_HUGEPAGE)

/// Bytes of the pages that the processor translates at once, where the system has such; else 0.
size_t huge_page_bytes() {
  static const size_t bytes = [] {
    std::ifstream file("/sys/kernel/mm/transparent_hugepage/hpage_pmd_size");
    size_t told = 0;
    file >> told;
    const bool is_power_of_two = (told & (told - 1)) == 0;
    return file && is_power_of_two ? told : 0;
  }();
  return bytes;
}

/// Blocks of so many huge pages get them: the processor holds the translations of fewer. For
/// smaller ones, a model's weights, they are not worth their risk: on a virtual machine a model of
/// 100 MB was loaded and ran first in 96 ms with huge pages or in 400, as it happened, in 152 with
/// small ones.
constexpr size_t kLeastHugePages = 16;

/// At the beginning of a huge page; null where the system refuses. What is mapped around it goes,
/// for which the size must be that of whole pages.
void* map_huge_pages(size_t size_bytes, size_t page_bytes) {
  const auto plain_page_bytes = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  size_bytes = (size_bytes + plain_page_bytes - 1) / plain_page_bytes * plain_page_bytes;
  auto* const data = static_cast<char*>(map_plain_pages(size_bytes + page_bytes));
  if (data == nullptr) return nullptr;
  const size_t place = reinterpret_cast<uintptr_t>(data) % page_bytes;
  const size_t head = place == 0 ? 0 : page_bytes - place;
  if (head > 0) munmap(data, head);
  if (page_bytes > head) munmap(data + head + size_bytes, page_bytes - head);
  // A wish: where it is not granted, pages are small.
  madvise(data + head, size_bytes, MADV_HUGEPAGE);
  return data + head;
}

#endif

}  // namespace

void* map_pages(size_t size_bytes) {
#if defined(MADV_HUGEPAGE)
  const size_t page_bytes = huge_page_bytes();
  if (page_bytes > 0 && size_bytes / page_bytes >= kLeastHugePages) {
    if (void* const data = map_huge_pages(size_bytes, page_bytes)) return data;
  }
#endif
  return map_plain_pages(size_bytes);
}

void unmap_pages(void* data, size_t size_bytes) { munmap(data, size_bytes); }

#else

// Of the heap, over which the address sanitizer watches.
constexpr std::align_val_t kAlignment{4096};

void* map_pages(size_t size_bytes) { return ::operator new(size_bytes, kAlignment, std::nothrow); }

void unmap_pages(void* data, size_t) { ::operator delete(data, kAlignment); }

#endif

}  // namespace tfjs_native
