#pragma once

#include <condition_variable>
#include <cstring>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "device/device.h"

namespace tfjs_native {

/// The stream of a FakeDevice. Work is done at once, or, where the device runs ahead, in order by a
/// thread of the stream's own, which a test can hold up. It ends with the work that is left undone.
class FakeStream : public DeviceStream {
 public:
  using Work = std::function<Status()>;

  FakeStream(MemorySource& memory, bool runs_ahead) : memory_(memory) {
    if (runs_ahead) thread_ = std::thread([this] { thread_main(); });
  }
  ~FakeStream() override {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      is_ending_ = true;
    }
    wake_.notify_all();
    if (thread_.joinable()) thread_.join();
  }

  static FakeStream& of(DeviceStream& stream) { return static_cast<FakeStream&>(stream); }

  /// While it is held up no work begins.
  void hold_up(bool held_up) {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      is_held_up_ = held_up;
    }
    wake_.notify_all();
  }
  /// Work that is given to it now is done before it returns.
  bool is_at_once() const { return !thread_.joinable() && captured_ == nullptr; }
  /// A kernel's work.
  Status enqueue(Work work) {
    if (captured_ == nullptr) return submit(std::move(work));
    captured_->push_back(std::move(work));
    return {};
  }

  MemorySource& memory() override { return memory_; }
  Status copy_from_host(void* dst, const void* src, size_t size_bytes) override {
    const auto* bytes = static_cast<const char*>(src);
    return submit([dst, kept = std::vector<char>(bytes, bytes + size_bytes)]() -> Status {
      std::memcpy(dst, kept.data(), kept.size());
      return {};
    });
  }
  Status copy_to_host(void* dst, const void* src, size_t size_bytes) override {
    TFJS_RETURN_IF_ERROR(synchronize());
    std::memcpy(dst, src, size_bytes);
    return {};
  }
  Status copy_on_device(void* dst, const void* src, size_t size_bytes) override {
    return enqueue([=]() -> Status {
      std::memcpy(dst, src, size_bytes);
      return {};
    });
  }
  Result<std::unique_ptr<DeviceEvent>> record() override {
    auto event = std::make_unique<Event>();
    TFJS_RETURN_IF_ERROR(submit([this, point = event->point]() -> Status {
      point->reach(failure_);
      return {};
    }));
    return std::unique_ptr<DeviceEvent>(std::move(event));
  }
  Status synchronize() override {
    TFJS_ASSIGN_OR_RETURN(const auto event, record());
    return event->wait();
  }

  bool can_capture() const override { return true; }
  Status begin_capture() override {
    if (captured_ != nullptr) return Status(Code::kInternal, "a capture is under way");
    captured_ = std::make_unique<std::vector<Work>>();
    return {};
  }
  Result<std::unique_ptr<DeviceGraph>> end_capture() override {
    if (captured_ == nullptr) return Status(Code::kInternal, "no capture has begun");
    auto graph = std::make_unique<Graph>();
    graph->works = *std::exchange(captured_, nullptr);
    return std::unique_ptr<DeviceGraph>(std::move(graph));
  }
  Status launch(DeviceGraph& graph) override {
    if (captured_ != nullptr) return Status(Code::kInternal, "a capture is under way");
    for (const Work& work : static_cast<Graph&>(graph).works) TFJS_RETURN_IF_ERROR(submit(work));
    return {};
  }

 private:
  /// A point in the work, which the event and the work share.
  class Point {
   public:
    void reach(Status status) {
      std::lock_guard<std::mutex> lock(mutex_);
      status_ = std::move(status);
      is_reached_ = true;
      reached_.notify_all();
    }
    Status wait() {
      std::unique_lock<std::mutex> lock(mutex_);
      reached_.wait(lock, [this] { return is_reached_; });
      return status_;
    }

   private:
    std::mutex mutex_;
    std::condition_variable reached_;
    bool is_reached_ = false;
    Status status_;
  };

  struct Event : DeviceEvent {
    std::shared_ptr<Point> point = std::make_shared<Point>();
    Status wait() override { return point->wait(); }
  };

  struct Graph : DeviceGraph {
    std::vector<Work> works;
  };

  Status submit(Work work) {
    if (!thread_.joinable()) return work();
    std::lock_guard<std::mutex> lock(mutex_);
    works_.push_back(std::move(work));
    wake_.notify_all();
    return {};
  }

  void thread_main() {
    std::unique_lock<std::mutex> lock(mutex_);
    for (;;) {
      wake_.wait(lock, [this] { return is_ending_ || (!is_held_up_ && !works_.empty()); });
      if (is_ending_) return;
      const Work work = std::move(works_.front());
      works_.pop_front();
      lock.unlock();
      const Status status = work();
      if (failure_.ok()) failure_ = status;
      lock.lock();
    }
  }

  MemorySource& memory_;
  std::unique_ptr<std::vector<Work>> captured_;  // While a capture is under way.
  Status failure_;    // The first one; only for the thread that does the work.
  std::mutex mutex_;  // Guards what follows.
  std::condition_variable wake_;
  std::deque<Work> works_;
  bool is_held_up_ = false;
  bool is_ending_ = false;
  std::thread thread_;
};

}  // namespace tfjs_native
