#pragma once

#include <atomic>
#include <oneapi/dnnl/dnnl.hpp>
#include <span>
#include <vector>

#include "base/status.h"

namespace tfjs_native {

/// A primitive with a fixed list of arguments. Wrapping memory for oneDNN costs about a microsecond
/// for each argument, so the wrappers are kept and only their pointers change. Any number of
/// threads may run it at once.
class PrimitiveCall {
 public:
  struct Argument {
    int id;  // DNNL_ARG_...
    dnnl::memory::desc desc;
  };

  PrimitiveCall() = default;
  PrimitiveCall(dnnl::primitive primitive, std::vector<Argument> arguments);
  ~PrimitiveCall();
  PrimitiveCall(PrimitiveCall&& other) noexcept;
  PrimitiveCall& operator=(PrimitiveCall&& other) noexcept;

  explicit operator bool() const { return static_cast<bool>(primitive_); }
  /// Bytes that the primitive holds, scratchpads apart: what primitives of its implementation were
  /// measured to hold, as oneDNN does not tell.
  size_t held_bytes() const { return held_bytes_; }
  /// Whether the calling thread does it alone, as there is too little to share.
  bool is_small() const { return is_small_; }
  /// `data` in the order of the arguments.
  Status run(std::span<const void* const> data) const;

 private:
  struct Wrappers;
  std::unique_ptr<Wrappers> wrap() const;

  dnnl::primitive primitive_;
  std::vector<Argument> arguments_;
  size_t held_bytes_ = 0;
  bool is_small_ = false;
  // One set waits for the next run; runs that overlap make sets of their own.
  mutable std::atomic<Wrappers*> spare_{nullptr};
};

}  // namespace tfjs_native
