#include "runtime/call_queue.h"

#include <algorithm>
#include <exception>
#include <new>
#include <thread>

#include "base/inline_vector.h"
#include "base/thread_pool.h"

namespace tfjs_native {
namespace {

// Bounds what a producer that never reads can pile up.
constexpr size_t kMaxQueued = 1024;

// A worker that ran dry waits this long for the next call before it gives its libuv thread back:
// a model's calls come every few microseconds, and waking a worker costs about as much.
constexpr std::chrono::microseconds kLinger{40};

int64_t now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

/// Kernels return errors; what the standard library throws below them becomes one here.
template <typename Body>
Status guarded(Body body) {
  try {
    return body();
  } catch (const std::bad_alloc&) {
    return Status(Code::kOutOfMemory, "the host is out of memory");
  } catch (const std::exception& exception) {
    return Status(Code::kInternal, exception.what());
  } catch (...) {
    return Status(Code::kInternal, "an exception of unknown type");
  }
}

/// A kernel's scratch memory for one run.
class Workspace {
 public:
  Workspace(MemorySource& memory, size_t size_bytes) : memory_(memory), size_bytes_(size_bytes) {}
  Workspace(const Workspace&) = delete;
  Workspace& operator=(const Workspace&) = delete;
  ~Workspace() {
    if (data_ != nullptr) memory_.release(data_, size_bytes_);
  }
  Status allocate() {
    if (size_bytes_ > 0) {
      TFJS_ASSIGN_OR_RETURN(data_, memory_.allocate(size_bytes_));
    }
    return {};
  }
  void* data() const { return data_; }

 private:
  MemorySource& memory_;
  const size_t size_bytes_;
  void* data_ = nullptr;
};

}  // namespace

CallQueue::CallQueue(Device& device, MemorySource& memory, std::unique_ptr<DeviceStream> stream,
                     std::function<void()> wake)
    : device_(device), memory_(memory), stream_(std::move(stream)), wake_(std::move(wake)) {}

CallQueue::~CallQueue() { close(); }

CallQueue::Ticket CallQueue::run_at_once(Plan& plan, std::span<const Ref<Buffer>> buffers,
                                         size_t input_count) {
  if (!is_done(newest()) || !drain_mutex_.try_lock()) return 0;
  const Ticket ticket = newest() + 1;
  pushed_.store(ticket, std::memory_order_relaxed);
  Status status =
      guarded([&] { return run_plan(plan, device_, buffers, input_count, *stream_, memory_); });
  if (!status.ok()) poison(&plan, buffers.subspan(input_count), std::move(status));
  done_.store(ticket, std::memory_order_release);
  drain_mutex_.unlock();
  return ticket;
}

CallQueue::Ticket CallQueue::push(Task task) {
  const Ticket ticket = newest() + 1;
  if (closed_.load(std::memory_order_relaxed)) return ticket;
  std::unique_lock<std::mutex> lock(mutex_);
  tasks_.push_back(std::move(task));
  pushed_.store(ticket, std::memory_order_release);
  const bool full = tasks_.size() >= kMaxQueued;
  wake_and_unlock(lock);
  if (full) drain_until(ticket - kMaxQueued / 2);
  return ticket;
}

void CallQueue::when_done(Ticket ticket, std::function<void()> notify) {
  if (closed_.load(std::memory_order_relaxed)) return;
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
  // An error of the device surfaces when the value is read.
  if (!due.empty()) (void)stream_->synchronize();
  for (const Waiter& waiter : due) waiter.notify();
}

void CallQueue::wake_and_unlock(std::unique_lock<std::mutex>& lock) {
  const bool ask = !worker_asked_ && has_work_locked();
  if (ask) worker_asked_ = true;
  lock.unlock();
  if (ask) wake_();
}

bool CallQueue::run_next() {
  Task task;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (tasks_.empty()) return false;
    task = std::move(tasks_.front());
    tasks_.pop_front();
  }
  execute(task);
  // Buffers must be back in the pool before a reader learns that the task is done.
  task = Task();
  done_.fetch_add(1, std::memory_order_release);
  notify_waiters();
  return true;
}

void CallQueue::drain_until(Ticket ticket) {
  if (is_done(ticket)) return;
  takeovers_.fetch_add(1);
  {
    std::lock_guard<std::mutex> draining(drain_mutex_);
    takeovers_.fetch_sub(1);
    while (!is_done(ticket) && !closed_.load(std::memory_order_relaxed)) {
      if (!run_next()) break;
    }
  }
  resume();
}

void CallQueue::drain_slice(std::chrono::microseconds slice) {
  const auto deadline = std::chrono::steady_clock::now() + slice;
  const auto interrupted = [this] {
    return closed_.load(std::memory_order_relaxed) ||
           takeovers_.load(std::memory_order_relaxed) > 0;
  };
  bool empty = false;
  while (!empty && !interrupted() && std::chrono::steady_clock::now() < deadline) {
    {
      std::lock_guard<std::mutex> draining(drain_mutex_);
      notify_waiters();
      while (!interrupted() && run_next()) {
        if (std::chrono::steady_clock::now() >= deadline) break;
      }
    }
    // Lingers without the drain role, so that the owner may run cheap calls itself.
    const auto until = std::chrono::steady_clock::now() + kLinger;
    while (is_done(newest()) && waiter_count_.load(std::memory_order_relaxed) == 0 &&
           !interrupted() && !empty) {
      std::this_thread::yield();
      empty = std::chrono::steady_clock::now() >= until;
    }
  }
  std::lock_guard<std::mutex> lock(mutex_);
  worker_asked_ = false;
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
  std::lock_guard<std::mutex> draining(drain_mutex_);
  std::deque<Task> dropped;
  std::vector<Waiter> unanswered;
  std::lock_guard<std::mutex> lock(mutex_);
  dropped.swap(tasks_);
  unanswered.swap(waiters_);
}

void CallQueue::execute(Task& task) {
  // What runs on the device before a profiled call does not count for it.
  if (task.profile) (void)stream_->synchronize();
  const int64_t start = task.profile ? now_ns() : 0;
  const std::span<const Ref<Buffer>> buffers(task.buffers);
  Status status = guarded([&]() -> Status {
    if (task.body) {
      TFJS_RETURN_IF_ERROR(first_error(buffers.first(task.input_count)));
      return task.body(*stream_, memory_);
    }
    if (!task.plan) return {};
    return run_plan(*task.plan, device_, buffers, task.input_count, *stream_, memory_);
  });
  if (task.profile) {
    const Status synchronized = stream_->synchronize();
    if (status.ok()) status = synchronized;
  }
  if (task.profile) task.profile->add(now_ns() - start);
  if (!status.ok()) poison(task.plan.get(), buffers.subspan(task.input_count), std::move(status));
}

void CallQueue::poison(const Plan* plan, std::span<const Ref<Buffer>> outputs, Status status) {
  if (plan != nullptr) status = status.at(plan->op().name, device_.name());
  for (const Ref<Buffer>& output : outputs) output->poison(status);
}

Status run_plan(Plan& plan, Device& device, std::span<const Ref<Buffer>> buffers,
                size_t input_count, DeviceStream& stream, MemorySource& memory) {
  TFJS_RETURN_IF_ERROR(first_error(buffers.first(input_count)));
  // The outputs first: tables that are prepared for an extent that no memory holds would not fit
  // either, and nobody would count them.
  InlineVector<Operand, 8> operands;
  for (size_t i = 0; i < buffers.size(); ++i) {
    Buffer* buffer = buffers[i].get();
    if (i >= input_count) TFJS_RETURN_IF_ERROR(buffer->allocate());
    operands.push_back({buffer == nullptr ? nullptr : buffer->data(), buffer});
  }
  const ThreadPool::SizeHold hold(ThreadPool::instance());
  TFJS_ASSIGN_OR_RETURN(const PreparedKernel* kernel, plan.prepared(device));
  const std::span<const Operand> all(operands);
  Operands arguments{all.first(input_count), all.subspan(input_count), nullptr, &memory};
  Workspace workspace(memory, kernel->workspace_bytes());
  TFJS_RETURN_IF_ERROR(workspace.allocate());
  arguments.workspace = workspace.data();
  return kernel->run(arguments, stream);
}

}  // namespace tfjs_native
