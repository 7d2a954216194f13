#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "base/function_ref.h"

namespace tfjs_native {

class SleepingThread;

/// The one pool of the process: oneDNN and our own kernels divide their work over it, whichever
/// thread (JavaScript's, libuv's, a worker's) executes them. The calling thread always takes part,
/// so a pool of size n owns n - 1 threads. Idle threads spin for a moment, then sleep.
class ThreadPool {
 public:
  /// Never destroyed: its threads may sleep in it while the process exits.
  static ThreadPool& instance();

  /// Threads that take part in a job, the caller included.
  int size() const { return size_.load(std::memory_order_relaxed); }
  /// Sets the size (clamped to 1..1024, and to as many threads as the system gives). Waits for
  /// those who hold the size; not for a thread that holds it.
  void set_size(int size);

  /// While it lives the size stays as it is. oneDNN's primitives have scratch memory for as many
  /// threads as there were when they were made, and use it by the number that they find when they
  /// run: between the two the size must not change. Not to be nested.
  class SizeHold {
   public:
    explicit SizeHold(ThreadPool& pool) : pool_(pool) { pool_.hold_size(); }
    SizeHold(const SizeHold&) = delete;
    SizeHold& operator=(const SizeHold&) = delete;
    ~SizeHold() { pool_.let_size_go(); }

   private:
    ThreadPool& pool_;
  };

  /// While it lives, one thread fewer takes part in the jobs of the thread that made it: for when
  /// another thread of the process has work of its own that must not wait for a core. Not to be
  /// nested.
  class OneLess {
   public:
    explicit OneLess(bool is_wanted);
    OneLess(const OneLess&) = delete;
    OneLess& operator=(const OneLess&) = delete;
    ~OneLess();
  };

  /// While it lives, the jobs of the thread that made it run on that thread alone.
  class Alone {
   public:
    explicit Alone(bool is_wanted);
    Alone(const Alone&) = delete;
    Alone& operator=(const Alone&) = delete;
    ~Alone();

   private:
    const bool before_;
  };

  /// Has a thread of the pool call `work` as soon as one has no job to help with. Jobs inside run
  /// on that thread alone, and the size is held. Whoever offers must not count on it: a pool of one
  /// thread never calls. `work` throws nothing. Any thread.
  void offer(std::function<void()> work);
  /// Does the oldest work on offer on this thread, as a thread of the pool would; false where there
  /// is none. For a thread that must wait and holds the size.
  bool take_offer();

  /// Calls `body(i)` once for every i in [0, count), in any order and on any thread; returns when
  /// all calls have returned. Called from inside a job it runs everything on the calling thread.
  /// When a call throws, indices that nobody has begun are skipped, and the first exception reaches
  /// the caller.
  void run(int64_t count, FunctionRef<void(int64_t)> body);

  /// Splits [0, total) into ranges of at least `grain` and calls `body(begin, end)` for each.
  void parallel_for(int64_t total, int64_t grain, FunctionRef<void(int64_t, int64_t)> body);

  /// True on a thread that is executing a job's body.
  static bool in_job();

 private:
  struct Job;

  explicit ThreadPool(int size);
  /// Threads for the calling thread's next job.
  int wanted_threads() const;
  void hold_size();
  bool try_hold_size();
  void let_size_go();
  void start_threads(int count);
  void thread_main(uint64_t generation);
  Job* find_job_locked();
  /// How many threads there are to wake, of at most that many. The first of them are kept off the
  /// caller's processor until they are awake. Under mutex_.
  int sleepers_to_wake_locked(int most);
  void wake(int count);
  static void part_from_others(Job& job);
  static void work_on(Job& job);

  std::atomic<int> size_{1};
  std::atomic<uint64_t> posted_{0};  // Rises with every job; what idle threads spin on.
  std::atomic<uint64_t> generation_{0};
  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<SleepingThread*> sleepers_;  // In the order in which they began to sleep.
  Job* jobs_ = nullptr;                    // Jobs with indices left, newest first.
  std::deque<std::function<void()>> offers_;
  std::mutex resize_mutex_;
  std::atomic<int> size_holds_{0};
  std::atomic<bool> resizing_{false};  // Turns away who comes to hold the size. Set under:
  std::mutex hold_mutex_;              // Guards turned_away_ too.
  std::condition_variable hold_change_;
  int turned_away_ = 0;
  std::vector<std::thread> threads_;
};

}  // namespace tfjs_native
