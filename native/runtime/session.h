#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/function_ref.h"
#include "runtime/call_queue.h"
#include "runtime/constant_store.h"
#include "runtime/memory_pool.h"
#include "runtime/plan.h"
#include "runtime/plan_cache.h"
#include "runtime/profile.h"

namespace tfjs_native {

/// Data in flight: where it lies, and the ticket of the task that writes it.
struct Value {
  Storage storage;
  CallQueue::Ticket ticket = 0;
};

/// Sees every call as it is enqueued, and every read as it is asked for: how graph/ records.
class CallObserver {
 public:
  virtual ~CallObserver() = default;
  virtual void on_call(const PlannedCall& call, std::span<const Storage> inputs,
                       std::span<const Storage> outputs) = 0;
  virtual void on_read(const Storage& storage) = 0;
};

/// A device with what all sessions on it share: memory, plans, and which constants are the same.
/// Lives as long as the process.
struct DeviceRuntime {
  explicit DeviceRuntime(Device& device) : device(device), planner(device) {}
  Device& device;
  MemoryPool pool;
  Planner planner;
  PlanStore plans{planner};
  ConstantStore constants;  // Stays empty unless the device is the host.

  /// Gives back what is kept for reuse: pooled memory, and plans that neither a queue nor a
  /// captured graph holds. Returns its bytes. Any thread.
  size_t trim();
};

/// Everything that one JavaScript environment runs on one device. All functions are for the thread
/// of that environment, but for drain_slice().
class Session {
 public:
  static Result<std::unique_ptr<Session>> create(DeviceRuntime& runtime, CallQueue::Owner owner);

  /// Enqueues a planned call, which takes the inputs' storages, and appends its outputs, one for
  /// each of the plan's.
  ///
  /// A small call on an idle queue runs at once; when it fails its error is returned besides, so
  /// that it can be thrown where it was made, as tfjs does. An input's error is not the call's.
  Status call(const PlannedCall& call, std::span<Value> inputs, std::vector<Value>& outputs);

  /// A call some of whose outputs have extents that the kernel finds.
  struct OpenCall {
    std::vector<Value> outputs;
    /// Those of the outputs, complete once the outputs are there and without error.
    std::vector<TensorDesc> descs;
  };
  /// Computes it before it returns, on this thread, which waits for the inputs only: the queue goes
  /// on beside it. The error of an input, or the call's own.
  Result<OpenCall> call_open(const PlannedCall& call, std::span<const Value> inputs);
  /// Enqueues it. `call.outputs` may be waited for with when_done() and wait(); `call.descs` is to
  /// be read after that.
  std::shared_ptr<const OpenCall> enqueue_open(const PlannedCall& call,
                                               std::span<const Value> inputs);

  /// Waits for the inputs whose values inference wants, and plans the call by them; the error of
  /// such an input. For operators with wants_values only.
  Result<PlannedCall> plan_by_values(const OpDef& op, std::vector<TensorDesc> inputs,
                                     const Attrs& attrs, std::span<const Value> values);

  using Body =
      std::function<Status(DeviceStream&, MemorySource&, std::span<const Storage> outputs)>;
  /// Enqueues a body that fills outputs of the given sizes from the inputs.
  std::vector<Value> call_body(Body body, std::span<const Value> inputs,
                               std::span<const size_t> output_bytes);
  /// How a body begins where the queue is idle; where it is not, all wait for their turn.
  enum class Start {
    kByWorker,
    kAtTurnsEnd,  // See CallQueue::defer().
    kAtOnce,
  };
  /// The same for outputs that are made already.
  std::vector<Value> call_body_into(Body body, std::span<const Value> inputs,
                                    std::span<const Storage> outputs,
                                    Start start = Start::kByWorker);
  /// A buffer for an output of such a body.
  Storage new_storage(size_t size_bytes) const { return {make_buffer(size_bytes)}; }

  /// Enqueues a copy of the value, of which `size_bytes` are, into memory of its own.
  Value copy(const Value& value, size_t size_bytes);

  /// Copies `given_bytes` from the host into a new buffer of `size_bytes`; the rest becomes zero.
  /// Where memory is short, queued calls are done first, which may let go of some. OUT_OF_MEMORY.
  Result<Value> write(const void* src, size_t given_bytes, size_t size_bytes);
  /// The same where the host's bytes are made for the occasion: `make` is called with pieces of
  /// them, in order, and where each begins.
  Result<Value> write_made(size_t given_bytes, size_t size_bytes,
                           FunctionRef<void(size_t begin_bytes, std::span<char> piece)> make);
  /// To be told of a value of `size_bytes` whose user lets it go: queued calls may keep its memory.
  void let_go(const Value& value, size_t size_bytes);
  /// Waits for the value, helping to compute it; the producer's error.
  Status wait(const Value& value);
  /// Waits, and copies `size_bytes` to the host.
  Status read(const Value& value, void* dst, size_t size_bytes);
  /// Calls `signal` once the value is there or failed: at once on this thread, or later on another,
  /// as CallQueue::when_done() does.
  void when_done(const Value& value, std::function<void()> signal);
  bool is_done(const Value& value) const { return queue_.is_done(value.ticket); }
  /// Whether it will be computed by run_deferred().
  bool is_deferred(const Value& value) const { return queue_.is_deferred(value.ticket); }
  bool has_deferred() const { return queue_.has_deferred(); }
  void run_deferred() { queue_.run_deferred(); }
  /// Waits for everything enqueued so far.
  void synchronize() { queue_.drain_until(queue_.newest()); }

  /// Kernel times between begin and end; `done` gets them in ms, as CallQueue::when_done() calls
  /// it.
  void begin_profile();
  void end_profile(std::function<void(double kernel_ms)> done);

  void set_observer(CallObserver* observer) { observer_ = observer; }

  bool is_profiled() const { return profile_ != nullptr; }

  DeviceRuntime& runtime() { return runtime_; }
  /// For what lives in the order of this session's stream.
  MemorySource& memory() { return memory_; }
  CallQueue& queue() { return queue_; }
  PlanCache& plans() { return plans_; }
  /// Ends all work; afterwards every call is a no-op.
  void close() {
    queue_.close();
    plans_.clear();
  }

 private:
  Session(DeviceRuntime& runtime, std::unique_ptr<DeviceStream> stream, CallQueue::Owner owner);

  struct OpenTask;
  std::shared_ptr<OpenTask> make_open_task(const PlannedCall& call, std::span<const Value> inputs);

  Ref<Buffer> make_buffer(size_t size_bytes) const { return make_ref<Buffer>(memory_, size_bytes); }
  Result<Ref<Buffer>> allocated_buffer(size_t size_bytes);
  Status write_zeros(char* dst, size_t size_bytes);

  DeviceRuntime& runtime_;
  MemorySource& memory_;  // The pool's, in the order of this session's stream.
  CallQueue queue_;
  PlanCache plans_;
  std::shared_ptr<ProfileScope> profile_;
  CallObserver* observer_ = nullptr;
  std::vector<Storage> storages_;  // Of the call that is being made; kept for their capacity.
};

}  // namespace tfjs_native
