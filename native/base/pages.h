#pragma once

#include <cstddef>

namespace tfjs_native {

/// Memory that is the system's again once it is given back, in whole pages; null where the system
/// refuses. Large blocks are of huge pages where the system has them: a walk over megabytes waits
/// for translations of addresses else. Any thread.
void* map_pages(size_t size_bytes);
/// Gives back what map_pages() gave for that size. Any thread.
void unmap_pages(void* data, size_t size_bytes);

}  // namespace tfjs_native
