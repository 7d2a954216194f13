#include "runtime/call_queue.h"

#include <exception>
#include <new>
#include <thread>

#include "base/inline_vector.h"

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

/// The error of the first input whose producer failed.
Status first_error(std::span<const Ref<Buffer>> inputs) {
  for (const Ref<Buffer>& input : inputs) {
    if (input && !input->error().ok()) return input->error();
  }
  return {};
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
  }
}

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
  Status status = guarded([&] { return run_call(plan, buffers, input_count); });
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
  wake_locked_out(lock);
  if (full) drain_until(ticket - kMaxQueued / 2);
  return ticket;
}

void CallQueue::wake_locked_out(std::unique_lock<std::mutex>& lock) {
  const bool ask = !worker_asked_ && !tasks_.empty();
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

bool CallQueue::drain_slice(std::chrono::microseconds slice) {
  const auto deadline = std::chrono::steady_clock::now() + slice;
  const auto interrupted = [this] {
    return closed_.load(std::memory_order_relaxed) ||
           takeovers_.load(std::memory_order_relaxed) > 0;
  };
  bool empty = false;
  while (!empty && !interrupted() && std::chrono::steady_clock::now() < deadline) {
    {
      std::lock_guard<std::mutex> draining(drain_mutex_);
      while (!interrupted() && run_next()) {
        if (std::chrono::steady_clock::now() >= deadline) break;
      }
    }
    // Lingers without the drain role, so that the owner may run cheap calls itself.
    const auto until = std::chrono::steady_clock::now() + kLinger;
    while (is_done(newest()) && !interrupted() && !empty) {
      std::this_thread::yield();
      empty = std::chrono::steady_clock::now() >= until;
    }
  }
  std::lock_guard<std::mutex> lock(mutex_);
  worker_asked_ = false;
  return tasks_.empty();
}

void CallQueue::resume() {
  std::unique_lock<std::mutex> lock(mutex_);
  if (closed_.load()) return;
  wake_locked_out(lock);
}

void CallQueue::close() {
  closed_.store(true);
  std::lock_guard<std::mutex> draining(drain_mutex_);
  std::deque<Task> dropped;
  std::lock_guard<std::mutex> lock(mutex_);
  dropped.swap(tasks_);
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
    return task.plan ? run_call(*task.plan, buffers, task.input_count) : Status();
  });
  if (task.profile || task.signal) {
    const Status synchronized = stream_->synchronize();
    if (status.ok()) status = synchronized;
  }
  if (task.profile) task.profile->add(now_ns() - start);
  if (!status.ok()) poison(task.plan.get(), buffers.subspan(task.input_count), std::move(status));
  if (task.signal) task.signal();
}

Status CallQueue::run_call(Plan& plan, std::span<const Ref<Buffer>> buffers, size_t input_count) {
  TFJS_RETURN_IF_ERROR(first_error(buffers.first(input_count)));
  TFJS_ASSIGN_OR_RETURN(const PreparedKernel* kernel, plan.prepared(device_));
  return run_prepared(*kernel, buffers, input_count, *stream_, memory_);
}

void CallQueue::poison(const Plan* plan, std::span<const Ref<Buffer>> outputs, Status status) {
  if (plan != nullptr) status = status.at(plan->op().name, device_.name());
  for (const Ref<Buffer>& output : outputs) output->poison(status);
}

Status run_prepared(const PreparedKernel& kernel, std::span<const Ref<Buffer>> buffers,
                    size_t input_count, DeviceStream& stream, MemorySource& memory) {
  InlineVector<Operand, 8> operands;
  for (size_t i = 0; i < buffers.size(); ++i) {
    Buffer* buffer = buffers[i].get();
    if (i >= input_count) TFJS_RETURN_IF_ERROR(buffer->allocate());
    operands.push_back({buffer == nullptr ? nullptr : buffer->data(), buffer});
  }
  const std::span<const Operand> all(operands);
  Operands arguments{all.first(input_count), all.subspan(input_count), nullptr, &memory};
  const size_t workspace_bytes = kernel.workspace_bytes();
  if (workspace_bytes > 0) {
    TFJS_ASSIGN_OR_RETURN(arguments.workspace, memory.allocate(workspace_bytes));
  }
  Status status = kernel.run(arguments, stream);
  if (workspace_bytes > 0) memory.release(arguments.workspace, workspace_bytes);
  return status;
}

}  // namespace tfjs_native
