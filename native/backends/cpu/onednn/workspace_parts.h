#pragma once

#include <cstddef>

namespace tfjs_native {

/// Divides a kernel's workspace into parts that begin 64-byte aligned.
class WorkspaceParts {
 public:
  /// Where a new part of so many bytes begins.
  size_t add(size_t size_bytes) {
    const size_t offset = size_bytes_;
    size_bytes_ += (size_bytes + 63) / 64 * 64;
    return offset;
  }
  size_t size_bytes() const { return size_bytes_; }

  template <typename T = void>
  static T* at(void* workspace, size_t offset) {
    return reinterpret_cast<T*>(static_cast<char*>(workspace) + offset);
  }

 private:
  size_t size_bytes_ = 0;
};

}  // namespace tfjs_native
