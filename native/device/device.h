// device/: the contracts a device fulfils: device, memory, stream, event; kernel = accept /
// prepare / run; and the values that cross them (attributes). No concrete device.
// May include: math/, tensor/, base/.
// Threads: accept() runs on the thread that calls operators, prepare() on any, run() on the one
// thread that drains the stream at that moment. The functions of a DeviceStream may be called at
// the same time by that thread and by the one that owns the stream (it writes and reads tensors
// meanwhile), unless they say otherwise.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "base/function_ref.h"
#include "base/status.h"
#include "device/kernel.h"
#include "tensor/buffer.h"

namespace tfjs_native {

/// A point in a stream's work. May outlive the stream.
class DeviceEvent {
 public:
  virtual ~DeviceEvent() = default;
  /// Blocks until the work before the event is done; the stream takes more work meanwhile. Any
  /// thread. DEVICE_LOST when some of the work failed.
  virtual Status wait() = 0;
};

/// Work that a stream has captured, ready to be done again as a whole. It uses the memory and the
/// prepared kernels that it was captured with, which its user keeps. May end while it is under way.
class DeviceGraph {
 public:
  virtual ~DeviceGraph() = default;
};

/// In-order queue of a device. A device whose kernels return when they are done (the CPU) has
/// nothing to wait for. Ending a stream does not wait for its work.
class DeviceStream {
 public:
  virtual ~DeviceStream() = default;
  /// Unpooled memory in this stream's order: what is released may be handed out again at once,
  /// because the new owner's work comes after the old owner's. Streams whose memory may be mixed
  /// return the same source. It outlives the stream, as what lies in it may.
  virtual MemorySource& memory() = 0;
  /// Returns when `src` may be changed, though the bytes may still be on their way.
  virtual Status copy_from_host(void* dst, const void* src, size_t size_bytes) = 0;
  /// Returns when the bytes are there; waits for the work before it.
  virtual Status copy_to_host(void* dst, const void* src, size_t size_bytes) = 0;
  /// Only the thread that drains.
  virtual Status copy_on_device(void* dst, const void* src, size_t size_bytes) = 0;
  /// The point after all work so far.
  virtual Result<std::unique_ptr<DeviceEvent>> record() = 0;
  /// Blocks until all work so far is done. DEVICE_LOST when some of it failed.
  virtual Status synchronize() = 0;

  // Capture: the runs of kernels and copies on the device between begin and end are recorded
  // instead of done. Memory, copies from and to the host, and events stay in the stream's own
  // order, as if nothing were recorded. The thread that drains calls these; see also capture().

  virtual bool can_capture() const { return false; }
  /// UNSUPPORTED where the stream cannot capture; INTERNAL while it captures.
  virtual Status begin_capture();
  /// Ends the capture in every case, also where a kernel failed meanwhile: that leaves a graph of
  /// what came before, or is the error here. INTERNAL where none has begun.
  virtual Result<std::unique_ptr<DeviceGraph>> end_capture();
  /// Enqueues the work of a graph that this stream captured. INTERNAL while it captures.
  virtual Status launch(DeviceGraph& graph);
};

/// The graph of what `enqueue` gives to the stream. Where it fails, or throws, the capture ends and
/// nothing of it remains. Errors of begin_capture(), `enqueue` and end_capture().
Result<std::unique_ptr<DeviceGraph>> capture(DeviceStream& stream, FunctionRef<Status()> enqueue);

/// One place where kernels run. Lives as long as the process.
class Device {
 public:
  virtual ~Device() = default;
  /// The name of tfjs's backend for it: "onednn", "cuda".
  virtual const std::string& name() const = 0;
  /// For people: what hardware and which libraries.
  virtual std::string description() const = 0;
  /// For each operator the order is the order of preference.
  virtual std::span<const Kernel> kernels() const = 0;
  /// True when kernels have finished when run() returns, and the host may read the memory.
  virtual bool is_host() const = 0;
  virtual Result<std::unique_ptr<DeviceStream>> create_stream() = 0;
};

}  // namespace tfjs_native
