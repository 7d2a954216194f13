#include "runtime/call_queue.h"

#include <algorithm>
#include <exception>
#include <new>
#include <thread>

#include "base/inline_vector.h"
#include "base/thread_pool.h"
#include "runtime/execution.h"

namespace tfjs_native {
namespace {

// A worker that has not begun after this long waits for jobs of others. (On an idle pool it begins
// within some ten microseconds.)
constexpr std::chrono::milliseconds kPatience{4};

// With so many tasks queued, more than a prediction has, or values of several tasks awaited, the
// owner asks for more than is computed. If it pushes nothing while some tasks run it may have lost
// its core to them; after so many it has come to an end.
constexpr size_t kManyTasks = 512;
constexpr int kPatientTasks = 16;

// How long a producer is held up where the queue is full.
constexpr std::chrono::milliseconds kMaxWait{10};

// A worker that ran dry waits as long as it took for what it did, within these bounds, before it
// gives its libuv thread back: a model's calls come every few microseconds, the next prediction
// soon after the one before, and waking a worker costs about as much as the shorter of these.
constexpr std::chrono::microseconds kShortLinger{40};
constexpr std::chrono::microseconds kLongLinger{200};

int64_t now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

/// What a queued task takes: itself, its lists, the objects of the buffers that it will fill.
size_t overhead_bytes(const Task& task) {
  constexpr size_t kHeapBytes = 256;  // What a body captures, and the headers of all blocks.
  return sizeof(Task) + kHeapBytes + 2 * task.storages.capacity() * sizeof(Storage) +
         (task.storages.size() - task.input_count) * sizeof(Buffer);
}

}  // namespace

CallQueue::CallQueue(Device& device, MemorySource& memory, std::unique_ptr<DeviceStream> stream,
                     Owner owner)
    : device_(device), memory_(memory), stream_(std::move(stream)), owner_(std::move(owner)) {
  if (owner_.worker_is_late) watch_.emplace(StandIn::instance(), [this] { stand_in(); });
}

CallQueue::~CallQueue() { close(); }

CallQueue::Ticket CallQueue::run_at_once(const PlannedCall& call, std::span<const Storage> storages,
                                         size_t input_count) {
  return execute_if_idle([&] {
    // Any other thread takes longer to come than the call takes.
    const ThreadPool::Alone alone(true);
    Status status = guarded([&] {
      return run_plan(*call.plan, call.scalars, device_, storages, input_count, *stream_, memory_);
    });
    if (!status.ok()) poison(call.plan.get(), storages.subspan(input_count), std::move(status));
  });
}

CallQueue::Ticket CallQueue::run_at_once(Task& task) {
  return execute_if_idle([&] { execute(task); });
}

CallQueue::Ticket CallQueue::execute_if_idle(FunctionRef<void()> work) {
  if (!is_done(newest())) return 0;
  const std::unique_lock<std::mutex> draining(drain_mutex_, std::try_to_lock);
  if (!draining.owns_lock() || closed_.load(std::memory_order_relaxed)) return 0;
  const Ticket ticket = newest() + 1;
  pushed_.store(ticket, std::memory_order_relaxed);
  work();
  done_.store(ticket, std::memory_order_release);
  return ticket;
}

CallQueue::Ticket CallQueue::push(Task task) { return append(std::move(task), false); }

CallQueue::Ticket CallQueue::defer(Task task) { return append(std::move(task), is_done(newest())); }

void CallQueue::run_deferred() {
  if (has_deferred()) drain_until(newest());
}

CallQueue::Ticket CallQueue::append(Task task, bool waits_for_owner) {
  const Ticket ticket = newest() + 1;
  if (closed_.load(std::memory_order_relaxed)) return ticket;
  task.held_bytes = overhead_bytes(task);
  std::unique_lock<std::mutex> lock(mutex_);
  const size_t held = held_bytes() + task.held_bytes;
  held_bytes_.store(held, std::memory_order_relaxed);
  tasks_.push_back(std::move(task));
  if (waits_for_owner) deferred_.store(ticket, std::memory_order_relaxed);
  pushed_.store(ticket, std::memory_order_release);
  wake_and_unlock(lock);
  if (held > max_held_bytes_ && !waits_for_owner) make_room();
  return ticket;
}

void CallQueue::hold(size_t size_bytes) {
  std::lock_guard<std::mutex> lock(mutex_);
  if (tasks_.empty()) return;  // Only the task that runs can have it.
  tasks_.back().held_bytes += size_bytes;
  held_bytes_.store(held_bytes() + size_bytes, std::memory_order_relaxed);
}

/// While the owner waits others drain. A slice that ends is followed by a new one at once, as the
/// owner's loop, which would see to that, stands still.
void CallQueue::make_room() {
  const auto is_full = [this] { return held_bytes() > 2 * max_held_bytes_; };
  if (is_full()) return drain_while(is_full);
  const auto deadline = StandIn::Clock::now() + kMaxWait;
  // Some more than is needed for the next task, so that not every one has to wait.
  const size_t wanted = max_held_bytes_ - max_held_bytes_ / 8;
  bool is_in_time = true;
  while (is_in_time && held_bytes() >= wanted) {
    resume();
    std::unique_lock<std::mutex> lock(mutex_);
    wanted_bytes_ = wanted;
    const uint64_t slices = slices_;
    is_in_time = room_.wait_until(lock, deadline,
                                  [&] { return held_bytes() < wanted || slices_ != slices; });
    wanted_bytes_ = 0;
  }
}

void CallQueue::when_done(Ticket ticket, std::function<void()> notify) {
  if (closed_.load(std::memory_order_relaxed)) return;
  if (is_done(ticket) && !device_.is_host()) return notify_by_event(std::move(notify));
  std::unique_lock<std::mutex> lock(mutex_);
  waiters_.push_back({ticket, std::move(notify)});
  waiter_count_.store(waiters_.size(), std::memory_order_relaxed);
  wake_and_unlock(lock);
}

/// Tells those whose task is done. Only with the drain role.
///
/// A waiter that comes while this looks is not missed: it comes under the mutex, which the drainer
/// takes once more before it leaves.
void CallQueue::notify_waiters() {
  if (waiter_count_.load(std::memory_order_relaxed) == 0) return;
  std::vector<Waiter> due;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    const auto waiting = std::stable_partition(
        waiters_.begin(), waiters_.end(), [this](const Waiter& w) { return is_done(w.ticket); });
    due.assign(std::make_move_iterator(waiters_.begin()), std::make_move_iterator(waiting));
    waiters_.erase(waiters_.begin(), waiting);
    waiter_count_.store(waiters_.size(), std::memory_order_relaxed);
  }
  for (Waiter& waiter : due) {
    if (device_.is_host()) {
      waiter.notify();
    } else {
      notify_by_event(std::move(waiter.notify));
    }
  }
}

/// Once the device has come to where its stream is now.
void CallQueue::notify_by_event(std::function<void()> notify) {
  Result<std::unique_ptr<DeviceEvent>> event = stream_->record();
  // A device that is lost: that surfaces when the value is read.
  if (!event.ok()) return notify();
  event_waiter_.add(std::move(event.value()), std::move(notify));
}

void CallQueue::wake_and_unlock(std::unique_lock<std::mutex>& lock) {
  bool asks = false;
  if (has_work_locked() && !has_deferred()) {
    asks = worker_ == Worker::kNone;
    if (asks) {
      worker_ = Worker::kAsked;
      worker_asked_at_ = StandIn::Clock::now();
    }
    if (watch_ && worker_ == Worker::kAsked) {
      watch_->set(is_libuv_late_ ? worker_asked_at_ : worker_asked_at_ + kPatience);
    }
  }
  lock.unlock();
  if (asks) owner_.ask_for_worker();
}

/// Whether values of more than one task are awaited. A model's outputs come from one.
bool CallQueue::awaits_several_locked() const {
  return std::any_of(waiters_.begin(), waiters_.end(),
                     [this](const Waiter& w) { return w.ticket != waiters_.front().ticket; });
}

bool CallQueue::run_next(bool also_deferred) {
  Task task;
  bool is_owner_pushing = false;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (tasks_.empty() || (!also_deferred && has_deferred())) return false;
    if (newest() != pushed_before_) tasks_since_push_ = 0;
    pushed_before_ = newest();
    is_owner_pushing = (tasks_.size() > kManyTasks || awaits_several_locked()) &&
                       tasks_since_push_++ < kPatientTasks;
    task = std::move(tasks_.front());
    tasks_.pop_front();
    held_bytes_.store(held_bytes() - task.held_bytes, std::memory_order_relaxed);
    if (held_bytes() < wanted_bytes_) room_.notify_all();
  }
  {
    // The owner's loop gets a core, so that its timers and sockets do not wait for this.
    const ThreadPool::OneLess one_less(is_owner_pushing);
    if (is_owner_pushing) std::this_thread::yield();
    execute(task);
  }
  // Buffers must be back in the pool before a reader learns that the task is done.
  task = Task();
  done_.fetch_add(1, std::memory_order_release);
  notify_waiters();
  return true;
}

void CallQueue::drain_until(Ticket ticket) {
  drain_while([this, ticket] { return !is_done(ticket); });
}

bool CallQueue::help_until(Ticket ticket) {
  while (!is_done(ticket)) {
    std::lock_guard<std::mutex> draining(drain_mutex_);
    if (closed_.load(std::memory_order_relaxed) || (!is_done(ticket) && !run_next())) return false;
  }
  return true;
}

void CallQueue::drain_while(FunctionRef<bool()> is_needed) {
  if (!is_needed()) return;
  takeovers_.fetch_add(1);
  {
    std::lock_guard<std::mutex> draining(drain_mutex_);
    takeovers_.fetch_sub(1);
    while (is_needed() && !closed_.load(std::memory_order_relaxed)) {
      if (!run_next()) break;
    }
  }
  resume();
}

/// Drains while the worker's state is `expected`. It is looked at with the drain role, so a worker
/// that has begun, and has had that role, knows that its stand-in is through.
void CallQueue::drain_for(std::chrono::microseconds slice, Worker expected) {
  const auto deadline = StandIn::Clock::now() + slice;
  const auto is_over = [&] {
    return worker_.load(std::memory_order_relaxed) != expected ||
           closed_.load(std::memory_order_relaxed) ||
           takeovers_.load(std::memory_order_relaxed) > 0;
  };
  bool is_empty = false;
  while (!is_empty && !is_over() && StandIn::Clock::now() < deadline) {
    const auto begin = StandIn::Clock::now();
    {
      std::unique_lock<std::mutex> draining(drain_mutex_, std::defer_lock);
      if (expected == Worker::kAtWork) {
        draining.lock();
      } else if (!draining.try_lock()) {
        return;  // Others need the stand-in too; whoever has the role calls resume().
      }
      if (!is_over()) notify_waiters();
      while (!is_over() && run_next(/*also_deferred=*/false)) {
        if (StandIn::Clock::now() >= deadline) break;
      }
    }
    // Lingers without the drain role, so that the owner may run cheap calls itself.
    const auto end = StandIn::Clock::now();
    const auto until =
        end + std::clamp<StandIn::Clock::duration>(end - begin, kShortLinger, kLongLinger);
    const auto is_idle = [this] {
      return waiter_count_.load(std::memory_order_relaxed) == 0 &&
             (is_done(newest()) || has_deferred());
    };
    while (is_idle() && !is_over() && !is_empty) {
      std::this_thread::yield();
      is_empty = StandIn::Clock::now() >= until;
    }
  }
}

void CallQueue::drain_slice(std::chrono::microseconds slice) {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    is_libuv_late_ = StandIn::Clock::now() > worker_asked_at_ + kPatience;
    worker_ = Worker::kAtWork;
    if (watch_) watch_->clear();
  }
  drain_for(slice, Worker::kAtWork);
  std::lock_guard<std::mutex> lock(mutex_);
  worker_ = Worker::kNone;
  end_slice_locked();
}

void CallQueue::stand_in() {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (worker_ != Worker::kAsked) return;
    has_stand_in_ = true;
  }
  drain_for(kSlice, Worker::kAsked);
  {
    std::lock_guard<std::mutex> lock(mutex_);
    has_stand_in_ = false;
    end_slice_locked();
    if (worker_ != Worker::kAsked || closed_) return;
  }
  owner_.worker_is_late();
}

void CallQueue::end_slice_locked() {
  ++slices_;
  if (wanted_bytes_ > 0) room_.notify_all();
}

void CallQueue::withdraw(FunctionRef<bool()> cancel) {
  std::lock_guard<std::mutex> lock(mutex_);
  if (worker_ != Worker::kAsked || has_stand_in_ || !cancel()) return;
  worker_ = Worker::kNone;
  is_libuv_late_ = true;
  if (watch_) watch_->clear();
}

bool CallQueue::has_work() {
  std::lock_guard<std::mutex> lock(mutex_);
  return has_work_locked();
}

void CallQueue::resume() {
  std::unique_lock<std::mutex> lock(mutex_);
  if (closed_.load()) return;
  wake_and_unlock(lock);
}

void CallQueue::close() {
  closed_.store(true);
  {
    std::lock_guard<std::mutex> draining(drain_mutex_);
    std::deque<Task> dropped;
    std::vector<Waiter> unanswered;
    std::lock_guard<std::mutex> lock(mutex_);
    dropped.swap(tasks_);
    unanswered.swap(waiters_);
    held_bytes_.store(0);
    deferred_.store(0);  // Nobody is to wait for it.
  }
  if (watch_) watch_->end();
  event_waiter_.close();
}

void CallQueue::execute(Task& task) {
  // What runs on the device before a profiled call does not count for it.
  if (task.profile) (void)stream_->synchronize();
  const int64_t start = task.profile ? now_ns() : 0;
  const std::span<const Storage> storages(task.storages);
  Plan* const plan = task.call.plan.get();
  Status status = guarded([&]() -> Status {
    if (task.body) {
      TFJS_RETURN_IF_ERROR(first_error(storages.first(task.input_count)));
      return task.body(*stream_, memory_);
    }
    if (plan == nullptr) return {};
    return run_plan(*plan, task.call.scalars, device_, storages, task.input_count, *stream_,
                    memory_);
  });
  if (task.profile) {
    const Status synchronized = stream_->synchronize();
    if (status.ok()) status = synchronized;
  }
  if (task.profile) task.profile->add(now_ns() - start);
  if (!status.ok()) poison(plan, storages.subspan(task.input_count), std::move(status));
}

void CallQueue::poison(const Plan* plan, std::span<const Storage> outputs, Status status) {
  if (plan != nullptr) status = status.at(plan->op().name, device_.name());
  for (const Storage& output : outputs) {
    if (output.buffer) output.buffer->poison(status);
  }
}

}  // namespace tfjs_native
