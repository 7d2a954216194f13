#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/status.h"
#include "device/descriptor.h"
#include "tensor/buffer.h"

namespace tfjs_native {

class Device;
class DeviceStream;

/// One input or output at run time.
struct Operand {
  void* data = nullptr;      // Null when absent or empty.
  Buffer* buffer = nullptr;  // Where derived forms are cached; null where there is no buffer.
  size_t offset_bytes = 0;   // Of data in the buffer.

  /// For PreparedKernel::bind(): whether the values are known, whose data may be deferred.
  bool is_known() const { return data != nullptr || (buffer != nullptr && buffer->has_origin()); }
  /// data, or what is deferred; null where that cannot be had.
  const void* values() const;
};

/// An input that runs do not read, as what bind() made stands for it.
struct ReplacedInput {
  size_t input = 0;
  /// Writes the input's values as they were given, each once, to memory of their size. It keeps
  /// what it needs for that.
  Buffer::Contents contents;
};

/// Where a kernel gets an output whose size it finds out while it runs.
class OutputAllocator {
 public:
  virtual ~OutputAllocator() = default;
  /// The memory of output `i`, which has that shape; null when it is empty. Once for each output
  /// that inference left open. OUT_OF_MEMORY; BAD_SHAPE for what is no shape.
  virtual Result<void*> allocate(size_t i, const Shape& shape) = 0;
};

/// What a prepared kernel runs on.
struct Operands {
  std::span<const Operand> inputs;
  std::span<const Operand> outputs;
  std::span<const double> scalars;  // Run-time attributes, as inference leaves them.
  const void* bound = nullptr;      // PreparedKernel::bind()'s for these constants, or null.
  void* workspace = nullptr;        // PreparedKernel::workspace_bytes(), 64-byte aligned.
  MemorySource* memory = nullptr;   // For derived forms that outlive the call.
  OutputAllocator* open_outputs = nullptr;  // For outputs of open size.

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
  /// What runs need of inputs that are the same every time (weights in a packed form), made once,
  /// so that no run looks for it: a captured graph hands it to each as Operands::bound. `constants`
  /// has what is_known() for these inputs alone. Null where there is nothing to make; run()
  /// works without it, too. Any thread.
  virtual Result<std::shared_ptr<const void>> bind(const Operands& constants) const;
  /// The inputs that no run reads which is given `bound`, what bind() made: their plain values need
  /// no memory. Any thread.
  virtual std::vector<ReplacedInput> replaced_inputs(
      const std::shared_ptr<const void>& bound) const;
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

/// What a kernel understands. It gets nothing that is not named here: the planner sees to that.
struct Takes {
  /// Of all inputs and outputs.
  DTypeSet dtypes;
  EnumSet<PostOpKind> post_ops;
  /// Beyond float32; a kernel may always compute more exactly than it was asked for.
  EnumSet<Numerics> numerics;
  /// Inputs that may lie at strides, or in a packed form; a bit for each.
  uint32_t strided_inputs = 0;
  uint32_t packed_inputs = 0;
  /// Outputs that may lie at strides; a bit for each.
  uint32_t strided_outputs = 0;
  /// Inputs that need not be moved where they lie in the first output already; a bit for each.
  uint32_t placed_inputs = 0;
  /// Inputs whose memory the first output may share from the same beginning; a bit for each.
  uint32_t aliased_inputs = 0;
  /// Outputs that may be left out where nobody wants them; a bit for each.
  uint32_t optional_outputs = 0;
  /// Its runs may be recorded into a graph of the device: it neither waits nor allocates.
  bool is_capturable = false;
};

/// One way to compute an operator on a device.
struct Kernel {
  const char* op;    // tfjs-core's name.
  const char* name;  // What it is made of, for people: "onednn", "simd".
  Takes takes;
  /// May take milliseconds (code generation). UNSUPPORTED passes the call on to the next kernel.
  /// Any thread.
  Result<PreparedKernelPtr> (*prepare)(const Descriptor& descriptor, Device& device);
  /// Null, or further conditions: answers null when it can compute the descriptor, else the reason
  /// why not. Cheap: runs on the calling thread for every new descriptor.
  const char* (*accept)(const Descriptor& descriptor) = nullptr;
};

/// Why the kernel does not compute the descriptor; empty when it does.
std::string reason_to_decline(const Kernel& kernel, const Descriptor& descriptor);

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

}  // namespace tfjs_native
