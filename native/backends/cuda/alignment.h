#pragma once

#include <cstddef>
#include <cstdint>

namespace tfjs_native::cuda {

/// What buffers and workspaces are aligned to. A view of a buffer may begin at any element, so that
/// kernels that rely on this look first.
constexpr size_t kAlignmentBytes = 64;

inline bool is_aligned(const void* data) {
  return reinterpret_cast<uintptr_t>(data) % kAlignmentBytes == 0;
}

}  // namespace tfjs_native::cuda
