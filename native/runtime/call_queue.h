#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "base/ref.h"
#include "device/device.h"
#include "runtime/plan.h"
#include "runtime/profile.h"
#include "tensor/buffer.h"

namespace tfjs_native {

/// One entry of the queue: a planned call, or a body of its own (a replayed graph).
struct Task {
  Ref<Plan> plan;
  std::vector<Ref<Buffer>> buffers;  // Inputs, then outputs; null for absent inputs.
  size_t input_count = 0;
  std::shared_ptr<ProfileScope> profile;
  /// Runs instead of a kernel. Its error poisons the outputs.
  std::function<Status(DeviceStream&, MemorySource&)> body;
};

/// Runs a planned call, unless one of its inputs is poisoned: prepares its kernel where needed,
/// allocates the outputs and the workspace. Buffers as in Task.
Status run_plan(Plan& plan, Device& device, std::span<const Ref<Buffer>> buffers,
                size_t input_count, DeviceStream& stream, MemorySource& memory);

/// The stream: an in-order queue of calls, drained by one thread at a time. A libuv worker drains
/// it in slices; a thread that needs a result takes the drain over instead of sleeping.
class CallQueue {
 public:
  using Ticket = uint64_t;

  /// `memory` is in the stream's order: tasks take outputs and workspaces from it. `wake` asks for
  /// a libuv worker that will call drain_slice(); it is called on the owner's thread, at most once
  /// until that worker has been told "empty".
  CallQueue(Device& device, MemorySource& memory, std::unique_ptr<DeviceStream> stream,
            std::function<void()> wake);
  ~CallQueue();

  /// Appends; the owner's thread only. When the queue is full the caller helps until half is done.
  Ticket push(Task task);
  /// Runs a call on the owner's thread if the queue is idle, else returns 0. For calls that take
  /// less time than handing them over. Buffers as in Task.
  Ticket run_at_once(Plan& plan, std::span<const Ref<Buffer>> buffers, size_t input_count);
  /// The ticket of the newest task.
  Ticket newest() const { return pushed_.load(std::memory_order_relaxed); }
  bool is_done(Ticket ticket) const { return done_.load(std::memory_order_acquire) >= ticket; }
  /// Calls `notify` when the task is done on the device too, on the thread that drains; never after
  /// close(). The owner's thread only.
  void when_done(Ticket ticket, std::function<void()> notify);
  /// Executes on the calling thread until the task is done.
  void drain_until(Ticket ticket);
  /// Executes until the queue stays empty, the slice is over, someone wants to take over, or the
  /// queue closes. A libuv worker's entry; where work is left, the owner then calls resume().
  void drain_slice(std::chrono::microseconds slice);
  bool has_work();
  /// Asks for another worker if there is work.
  void resume();
  /// Waits for the task that runs, drops all others. Nothing runs afterwards.
  void close();

  DeviceStream& stream() { return *stream_; }

 private:
  void execute(Task& task);
  void poison(const Plan* plan, std::span<const Ref<Buffer>> outputs, Status status);
  bool run_next();
  void notify_waiters();
  bool has_work_locked() const { return !tasks_.empty() || !waiters_.empty(); }
  void wake_and_unlock(std::unique_lock<std::mutex>& lock);

  struct Waiter {
    Ticket ticket;
    std::function<void()> notify;
  };

  Device& device_;
  MemorySource& memory_;
  const std::unique_ptr<DeviceStream> stream_;
  const std::function<void()> wake_;

  std::mutex mutex_;  // Guards tasks_, waiters_ and worker_asked_.
  std::deque<Task> tasks_;
  std::vector<Waiter> waiters_;
  std::atomic<size_t> waiter_count_{0};  // Of waiters_: a glance without the lock.
  bool worker_asked_ = false;

  std::mutex drain_mutex_;  // Held by whoever executes.
  std::atomic<int> takeovers_{0};
  std::atomic<bool> closed_{false};
  std::atomic<Ticket> pushed_{0};
  std::atomic<Ticket> done_{0};
};

}  // namespace tfjs_native
