#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/status.h"
#include "device/attrs.h"
#include "tensor/buffer.h"
#include "tensor/tensor_desc.h"

namespace tfjs_native {

class Device;
class DeviceStream;

/// Everything that a kernel may decide by: the operator, the descriptions of its inputs and
/// outputs, and its attributes. Two calls with equal descriptors share one prepared kernel.
struct Descriptor {
  const char* op = "";
  std::vector<TensorDesc> inputs;  // One for each declared input; absent ones have !present.
  std::vector<TensorDesc> outputs;
  Attrs attrs;
};

/// One input or output at run time.
struct Operand {
  void* data = nullptr;      // Null when absent or empty.
  Buffer* buffer = nullptr;  // Where derived forms are cached; null where there is no buffer.
};

/// What a prepared kernel runs on.
struct Operands {
  std::span<const Operand> inputs;
  std::span<const Operand> outputs;
  void* workspace = nullptr;       // PreparedKernel::workspace_bytes() bytes, 64-byte aligned.
  MemorySource* memory = nullptr;  // For derived forms that outlive the call.

  template <typename T>
  const T* input(size_t i) const {
    return static_cast<const T*>(inputs[i].data);
  }
  template <typename T>
  T* output(size_t i = 0) const {
    return static_cast<T*>(outputs[i].data);
  }
};

/// A kernel made ready for one descriptor, reused by every call with that descriptor and by
/// captured graphs. Several streams may run it at the same time; a run changes nothing that others
/// can see.
class PreparedKernel {
 public:
  virtual ~PreparedKernel() = default;
  virtual Status run(const Operands& operands, DeviceStream& stream) const = 0;
  /// Scratch memory that run() wants.
  size_t workspace_bytes() const { return workspace_bytes_; }
  /// Bytes that it holds from run to run: generated code and tables, as nearly as can be told. What
  /// is made only once a run needs it counts from then on. Plans are forgotten by this figure; a
  /// kernel that holds little more than itself may leave it 0. Any thread.
  size_t held_bytes() const { return held_bytes_.load(std::memory_order_relaxed); }

 protected:
  /// Adds to held_bytes(). Any thread.
  void count_held(size_t bytes) const { held_bytes_.fetch_add(bytes, std::memory_order_relaxed); }

  size_t workspace_bytes_ = 0;

 private:
  mutable std::atomic<size_t> held_bytes_{0};
};

using PreparedKernelPtr = std::shared_ptr<const PreparedKernel>;

/// One way to compute an operator on a device.
struct Kernel {
  const char* op;    // tfjs-core's name.
  const char* name;  // What it is made of, for people: "onednn", "simd".
  /// Null when it can compute the descriptor, else the reason why not. Cheap: runs on the calling
  /// thread for every new descriptor.
  const char* (*accept)(const Descriptor& descriptor);
  /// May take milliseconds (code generation). UNSUPPORTED passes the call on to the next kernel.
  Result<PreparedKernelPtr> (*prepare)(const Descriptor& descriptor, Device& device);
};

/// A prepared kernel of class K.
template <class K, typename... Arguments>
Result<PreparedKernelPtr> make_prepared(Arguments&&... arguments) {
  return PreparedKernelPtr(std::make_shared<K>(std::forward<Arguments>(arguments)...));
}

/// Kernel::prepare for a class that is made from the descriptor, and from constants of its row.
template <class K, auto... kConstants>
Result<PreparedKernelPtr> prepare_as(const Descriptor& descriptor, Device&) {
  return make_prepared<K>(descriptor, kConstants...);
}

/// For kernels that take every descriptor that inference lets through.
inline const char* accept_all(const Descriptor&) { return nullptr; }

}  // namespace tfjs_native
