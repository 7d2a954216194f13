#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "base/function_ref.h"
#include "device/device.h"
#include "runtime/event_waiter.h"
#include "runtime/stand_in.h"
#include "runtime/task.h"

namespace tfjs_native {

/// The stream: an in-order queue of calls, drained by one thread at a time. A libuv worker drains
/// it in slices, and the process's stand-in where none comes in time; a thread that needs a result
/// takes the drain over instead of sleeping.
///
/// The worker that the stand-in replaces stays asked for as long as that is at work: a process that
/// exits waits for libuv's workers, and this one waits for the stand-in.
class CallQueue {
 public:
  using Ticket = uint64_t;

  /// How a queue reaches its owner.
  struct Owner {
    /// Asks for a libuv worker that will call drain_slice(). Called on the owner's thread, at most
    /// once until that worker has returned or been withdrawn.
    std::function<void()> ask_for_worker;
    /// A worker came too late, and the stand-in has done a slice in its place: the owner is to
    /// withdraw() it, and to call resume(). On any thread, never after close(). Where this is empty
    /// nobody stands in.
    std::function<void()> worker_is_late;
  };

  /// A worker's share: so often it gives its libuv thread back, so that file system work of the
  /// same process gets its turn, and an environment that is torn down never waits for a whole
  /// queue.
  static constexpr std::chrono::milliseconds kSlice{20};
  /// What the queue may hold (see held_bytes()) before it slows its producer down.
  static constexpr size_t kMaxHeldBytes = size_t{128} << 20;

  /// `memory` is in the stream's order: tasks take outputs and workspaces from it.
  CallQueue(Device& device, MemorySource& memory, std::unique_ptr<DeviceStream> stream,
            Owner owner);
  ~CallQueue();

  /// Appends; the owner's thread only.
  ///
  /// Where the queue holds more than it may, the caller waits until there is room, but at most 10
  /// ms; only where it holds twice as much it helps, until that is over.
  Ticket push(Task task);
  /// Appends a task that the owner's thread is to run itself, with run_deferred(), once its turn of
  /// the event loop is over. Until then nobody is asked to come for it, unless more is pushed or
  /// somebody is to be told when it is done. Where the queue is not idle this is push().
  Ticket defer(Task task);
  /// Whether that task still waits for run_deferred().
  bool is_deferred(Ticket ticket) const {
    return deferred_.load(std::memory_order_relaxed) == ticket && newest() == ticket &&
           !is_done(ticket) && waiter_count_.load(std::memory_order_relaxed) == 0;
  }
  bool has_deferred() const { return is_deferred(newest()); }
  /// Runs such a task on the owner's thread.
  void run_deferred();
  /// Runs a call on the owner's thread if the queue is idle and open, else returns 0. For calls
  /// that take less time than handing them over. Storages as in Task.
  Ticket run_at_once(const PlannedCall& call, std::span<const Storage> storages,
                     size_t input_count);
  /// The same for a task, which is left as it is where this returns 0.
  Ticket run_at_once(Task& task);
  /// `size_bytes` of memory that its user has let go are kept by queued tasks only: they count as
  /// held until the newest of these is done. The owner's thread only.
  void hold(size_t size_bytes);
  /// Memory that would not be in use if every task had run when it was pushed: the tasks
  /// themselves, and what hold() told of. Their outputs do not count: they take memory once they
  /// are computed, and no more of it than if that had been at once.
  size_t held_bytes() const { return held_bytes_.load(std::memory_order_relaxed); }
  /// Bounds what is held, kMaxHeldBytes at the most. The owner's thread only.
  void set_max_held_bytes(size_t max_bytes) {
    max_held_bytes_ = std::min(max_bytes, kMaxHeldBytes);
  }
  /// The ticket of the newest task.
  Ticket newest() const { return pushed_.load(std::memory_order_relaxed); }
  bool is_done(Ticket ticket) const { return done_.load(std::memory_order_acquire) >= ticket; }
  /// Calls `notify` when the task is done on the device too; never after close(). On the thread
  /// that drains, or, where the device's kernels run ahead, on one that waits for it; a task that
  /// was enqueued there before this is then waited for with all that followed it so far. The
  /// owner's thread only.
  void when_done(Ticket ticket, std::function<void()> notify);
  /// Executes on the calling thread until the task is done.
  void drain_until(Ticket ticket);
  /// The same for any thread; false when the queue closes before that. What is left afterwards
  /// stays with the worker that was asked for.
  bool help_until(Ticket ticket);
  /// Executes until the queue stays empty, the slice is over, someone wants to take over, or the
  /// queue closes. A libuv worker's entry; where work is left, the owner then calls resume().
  void drain_slice(std::chrono::microseconds slice);
  /// Calls `cancel`, which keeps the worker that was asked for from beginning, and forgets it if
  /// that answers true. Does nothing where the worker has begun, or the stand-in is at work for it.
  void withdraw(FunctionRef<bool()> cancel);
  bool has_work();
  /// Asks for another worker if there is work.
  void resume();
  /// Waits for the task that runs, and for the device where somebody waits for it; drops all other
  /// tasks. Nothing runs afterwards.
  void close();

  DeviceStream& stream() { return *stream_; }

 private:
  /// The libuv worker: asked for until it has begun, at work until it returns.
  enum class Worker { kNone, kAsked, kAtWork };

  Ticket append(Task task, bool waits_for_owner);
  Ticket execute_if_idle(FunctionRef<void()> work);
  void execute(Task& task);
  void poison(const Plan* plan, std::span<const Storage> outputs, Status status);
  /// Runs the oldest task; false where there is none. One that is deferred only for who needs it.
  bool run_next(bool also_deferred = true);
  void notify_waiters();
  bool awaits_several_locked() const;
  bool has_work_locked() const { return !tasks_.empty() || !waiters_.empty(); }
  void wake_and_unlock(std::unique_lock<std::mutex>& lock);
  void drain_while(FunctionRef<bool()> is_needed);
  void drain_for(std::chrono::microseconds slice, Worker expected);
  void end_slice_locked();
  void stand_in();
  void make_room();

  struct Waiter {
    Ticket ticket;
    std::function<void()> notify;
  };

  void notify_by_event(std::function<void()> notify);

  Device& device_;
  MemorySource& memory_;
  const std::unique_ptr<DeviceStream> stream_;
  const Owner owner_;

  std::mutex mutex_;  // Guards what follows up to the blank line; the atomics are set under it.
  std::deque<Task> tasks_;
  std::vector<Waiter> waiters_;
  std::atomic<size_t> waiter_count_{0};  // Of waiters_.
  std::atomic<size_t> held_bytes_{0};    // Of tasks_.
  std::atomic<Worker> worker_{Worker::kNone};
  StandIn::Clock::time_point worker_asked_at_;
  bool is_libuv_late_ = false;  // The last worker did not begin in time.
  bool has_stand_in_ = false;   // It is at work.
  uint64_t slices_ = 0;         // Done so far, by either.
  size_t wanted_bytes_ = 0;     // The owner waits until less than this is held; 0: it does not.
  std::condition_variable room_;
  Ticket pushed_before_ = 0;  // The newest task when the last one was taken.
  int tasks_since_push_ = 0;  // Taken since the owner was seen to push.

  std::mutex drain_mutex_;  // Held by whoever executes.
  std::atomic<int> takeovers_{0};
  std::atomic<bool> closed_{false};
  std::atomic<Ticket> pushed_{0};
  std::atomic<Ticket> deferred_{0};  // The newest that was.
  std::atomic<Ticket> done_{0};
  size_t max_held_bytes_ = kMaxHeldBytes;
  std::optional<StandIn::Watch> watch_;
  EventWaiter event_waiter_;
};

}  // namespace tfjs_native
