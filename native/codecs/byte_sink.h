#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace tfjs_native {

/// Bytes that a library of C hands over one part after another. Throws nothing, as that would go
/// through the library's frames.
class ByteSink {
 public:
  ByteSink() = default;
  ByteSink(const ByteSink&) = delete;
  ByteSink& operator=(const ByteSink&) = delete;
  ByteSink(ByteSink&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)),
        size_(std::exchange(other.size_, 0)),
        capacity_(std::exchange(other.capacity_, 0)) {}
  ByteSink& operator=(ByteSink&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    std::swap(capacity_, other.capacity_);
    return *this;
  }
  ~ByteSink() { std::free(data_); }

  const uint8_t* data() const { return data_; }
  size_t size() const { return size_; }

  /// False where there is no memory.
  bool append(const uint8_t* bytes, size_t count) {
    if (count > capacity_ - size_ && !grow(size_ + count)) return false;
    if (count > 0) std::memcpy(data_ + size_, bytes, count);
    size_ += count;
    return true;
  }

 private:
  bool grow(size_t needed) {
    const size_t capacity = needed + needed / 2;
    auto* const data = static_cast<uint8_t*>(std::realloc(data_, capacity));
    if (data == nullptr) return false;
    data_ = data;
    capacity_ = capacity;
    return true;
  }

  uint8_t* data_ = nullptr;
  size_t size_ = 0;
  size_t capacity_ = 0;
};

}  // namespace tfjs_native
