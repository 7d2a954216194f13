#pragma once

#include <atomic>
#include <cstddef>

namespace tfjs_native {

/// A number of bytes that several threads change, and that counts in a larger one besides where
/// there is such; that must outlive it.
class ByteCount {
 public:
  explicit ByteCount(ByteCount* whole = nullptr) : whole_(whole) {}
  ByteCount(const ByteCount&) = delete;
  ByteCount& operator=(const ByteCount&) = delete;

  size_t bytes() const { return bytes_.load(std::memory_order_relaxed); }
  void add(size_t bytes) {
    bytes_.fetch_add(bytes, std::memory_order_relaxed);
    if (whole_ != nullptr) whole_->add(bytes);
  }
  void subtract(size_t bytes) { add(size_t{0} - bytes); }  // Unsigned numbers wrap.

 private:
  std::atomic<size_t> bytes_{0};
  ByteCount* const whole_;
};

}  // namespace tfjs_native
