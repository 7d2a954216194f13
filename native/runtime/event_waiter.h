#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "device/device.h"

namespace tfjs_native {

/// Waits for the events of one stream on a thread of its own, started with the first, so that
/// neither the thread that drains nor the owner stands still while the device works.
class EventWaiter {
 public:
  EventWaiter() = default;
  EventWaiter(const EventWaiter&) = delete;
  EventWaiter& operator=(const EventWaiter&) = delete;
  ~EventWaiter() { close(); }

  /// Calls `notify` once the event has come, or its device is lost: on the waiter's thread, in the
  /// order of add(). Where the system gives no thread, on the calling one, before this returns. Any
  /// thread.
  void add(std::unique_ptr<DeviceEvent> event, std::function<void()> notify);
  /// Waits for the event at hand and drops the others: nothing is called afterwards. Not from a
  /// notification.
  void close();

 private:
  struct Entry {
    std::unique_ptr<DeviceEvent> event;
    std::function<void()> notify;
  };

  bool start_locked();
  void thread_main();

  std::mutex mutex_;  // Guards what follows.
  std::condition_variable wake_;
  std::deque<Entry> entries_;
  bool is_closed_ = false;
  std::thread thread_;
};

}  // namespace tfjs_native
