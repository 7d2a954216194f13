#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <limits>
#include <mutex>
#include <vector>

namespace tfjs_native {

/// The thread that does what a worker of libuv was asked for where none comes: libuv's pool may be
/// busy with jobs that have nothing to do with us. One for the process, started with the first job
/// that is watched; it sleeps until one of them is overdue.
class StandIn {
 public:
  using Clock = std::chrono::steady_clock;

  /// Never destroyed: its thread may sleep in it while the process exits.
  static StandIn& instance();

  /// Something that may fall to the stand-in.
  class Watch {
   public:
    /// `work` runs on the stand-in's thread.
    Watch(StandIn& stand_in, std::function<void()> work);
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;
    ~Watch() { end(); }

    /// `work` is to be called once, at `due` or soon after it; earlier than asked for before, never
    /// later. Any thread.
    void set(Clock::time_point due);
    /// Nothing is due. A call that has begun goes on. Any thread.
    void clear() { due_.store(kNever); }
    /// Waits for a call that runs; there is none afterwards. Not for `work` itself.
    void end();

   private:
    friend class StandIn;
    StandIn& stand_in_;
    const std::function<void()> work_;
    std::atomic<int64_t> due_{kNever};
  };

 private:
  // Times are ticks of Clock, so that they can be atomic.
  static constexpr int64_t kNever = std::numeric_limits<int64_t>::max();

  StandIn() = default;
  void add(Watch& watch);
  void remove(Watch& watch);
  void look_before(int64_t due);
  void start_locked();
  void thread_main();
  Watch* earliest_locked() const;

  std::mutex mutex_;  // Guards what is not atomic.
  std::condition_variable wake_;
  std::condition_variable returned_;
  std::vector<Watch*> watches_;
  Watch* at_work_ = nullptr;
  bool is_started_ = false;
  // When the thread looks next; of no account before it starts. Stored before the watches are read,
  // as theirs are before this is: one of the two sees the other.
  std::atomic<int64_t> looks_at_{kNever};
};

}  // namespace tfjs_native
