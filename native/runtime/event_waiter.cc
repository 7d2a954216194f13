#include "runtime/event_waiter.h"

#include <system_error>

#include "base/log.h"

namespace tfjs_native {

void EventWaiter::add(std::unique_ptr<DeviceEvent> event, std::function<void()> notify) {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (is_closed_) return;
    if (thread_.joinable() || start_locked()) {
      entries_.push_back({std::move(event), std::move(notify)});
      wake_.notify_one();
      return;
    }
  }
  (void)event->wait();
  notify();
}

bool EventWaiter::start_locked() {
  try {
    thread_ = std::thread([this] { thread_main(); });
    return true;
  } catch (const std::system_error& error) {
    log_line("the system gives no thread to wait for the device: %s", error.what());
    return false;
  }
}

void EventWaiter::thread_main() {
  std::unique_lock<std::mutex> lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return is_closed_ || !entries_.empty(); });
    if (is_closed_) return;
    {
      const Entry entry = std::move(entries_.front());
      entries_.pop_front();
      lock.unlock();
      // An error of the device surfaces when the value is read.
      (void)entry.event->wait();
      lock.lock();
      if (is_closed_) return;
      lock.unlock();
      entry.notify();
    }
    lock.lock();
  }
}

void EventWaiter::close() {
  {
    std::deque<Entry> dropped;
    std::lock_guard<std::mutex> lock(mutex_);
    is_closed_ = true;
    dropped.swap(entries_);
    wake_.notify_one();
  }
  if (thread_.joinable()) thread_.join();
}

}  // namespace tfjs_native
