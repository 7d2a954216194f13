#pragma once

#include <condition_variable>
#include <mutex>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "runtime/session.h"
#include "runtime/testing/fake_device.h"

namespace tfjs_native {

/// Plays libuv's part: a thread that drains a queue when asked to. As there, the owner learns of
/// the end of a slice in a turn of its own loop: run_completions().
class TestWorker {
 public:
  TestWorker() : thread_([this] { thread_main(); }) {}
  ~TestWorker() {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      stopping_ = true;
    }
    wake_.notify_all();
    thread_.join();
  }

  void set_queue(CallQueue* queue) { queue_ = queue; }
  /// What a CallQueue's `wake` is to call.
  void ask() {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      ++asked_;
      ++unfinished_;
    }
    wake_.notify_all();
  }
  /// While it is busy nothing begins that is asked for: as if other jobs came first.
  void set_busy(bool busy) {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      busy_ = busy;
    }
    wake_.notify_all();
  }
  /// Takes back what was asked for; false if it has begun.
  bool cancel() {
    std::lock_guard<std::mutex> lock(mutex_);
    if (unfinished_ == (running_ ? 1 : 0)) return false;
    if (--unfinished_ == 0) idle_.notify_all();
    return true;
  }
  bool is_running() const {
    std::lock_guard<std::mutex> lock(mutex_);
    return running_;
  }
  /// How often a worker was asked for.
  int asked() const {
    std::lock_guard<std::mutex> lock(mutex_);
    return asked_;
  }
  /// Waits until no slice runs. A queue must live until then.
  void wait() {
    std::unique_lock<std::mutex> lock(mutex_);
    idle_.wait(lock, [&] { return unfinished_ == 0; });
  }
  /// A turn of the owner's loop, after the slice that runs: resumes where work is left. True if it
  /// was.
  bool run_completions() {
    wait();
    const bool left = queue_->has_work();
    queue_->resume();
    return left;
  }
  /// Runs the loop until nothing is left.
  void settle() {
    while (run_completions()) {
    }
  }

 private:
  void thread_main() {
    std::unique_lock<std::mutex> lock(mutex_);
    for (;;) {
      wake_.wait(lock, [&] { return (unfinished_ > 0 && !busy_) || stopping_; });
      if (unfinished_ == 0) return;
      running_ = true;
      lock.unlock();
      queue_->drain_slice(CallQueue::kSlice);
      lock.lock();
      running_ = false;
      if (--unfinished_ == 0) idle_.notify_all();
    }
  }

  CallQueue* queue_ = nullptr;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::condition_variable idle_;
  int asked_ = 0;
  int unfinished_ = 0;
  bool running_ = false;
  bool busy_ = false;
  bool stopping_ = false;
  std::thread thread_;
};

/// A session on a FakeDevice with a worker, as an environment has one.
struct TestSession {
  FakeDevice device;
  DeviceRuntime runtime{device};
  TestWorker worker;
  std::unique_ptr<Session> session =
      std::move(Session::create(runtime, {[this] { worker.ask(); }, {}}).value());

  explicit TestSession(bool runs_ahead = false) : device(runs_ahead) {
    worker.set_queue(&session->queue());
  }
  ~TestSession() {
    session->close();
    worker.wait();
  }

  PlannedCall plan(std::string_view op, const Shape& shape) {
    const TensorDesc desc{DType::kFloat32, shape, true};
    auto plan = runtime.plans.plan(op_table()[find_op(op)], {desc, desc}, Attrs());
    EXPECT_TRUE(plan.ok()) << plan.status().error().message;
    return plan.value();
  }
  Value call(std::string_view op, const Value& a, const Value& b, const Shape& shape) {
    std::vector<Value> outputs;
    Value inputs[] = {a, b};
    // What fails at once poisons the outputs as well, and those are what the tests look at.
    (void)session->call(plan(op, shape), inputs, outputs);
    return outputs.at(0);
  }
  Value write(const std::vector<float>& values) {
    const size_t size_bytes = values.size() * sizeof(float);
    return session->write(values.data(), size_bytes, size_bytes).value();
  }
  /// The values, or those that the error leaves as they were (-1).
  std::pair<Status, std::vector<float>> read(const Value& value) {
    const size_t size_bytes = value.storage.buffer->size_bytes() - value.storage.offset_bytes;
    std::vector<float> values(size_bytes / sizeof(float), -1);
    Status status = session->read(value, values.data(), size_bytes);
    return {status, values};
  }
};

}  // namespace tfjs_native
