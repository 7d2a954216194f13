#include "base/thread_pool.h"

#include <algorithm>
#include <chrono>
#include <exception>

#include "base/cpu_placement.h"
#include "base/log.h"
#include "base/machine.h"

#if defined(__x86_64__) || defined(_M_X64)
#include <immintrin.h>
#endif

namespace tfjs_native {
namespace {

using Clock = std::chrono::steady_clock;

thread_local bool t_in_job = false;
thread_local bool t_one_less = false;

void pause_briefly() {
#if defined(__x86_64__) || defined(_M_X64)
  _mm_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

/// Spins until `done` or for about `microseconds`; true if done.
template <typename Done>
bool spin(int microseconds, Done done) {
  const auto deadline = Clock::now() + std::chrono::microseconds(microseconds);
  do {
    for (int i = 0; i < 64; ++i) {
      if (done()) return true;
      pause_briefly();
    }
  } while (Clock::now() < deadline);
  return done();
}

// Long enough to bridge the gap between two operators of a running model, short enough that an
// idle process uses no measurable CPU. Where jobs kept coming just after that, as between the runs
// of a small model in a loop, the longer time bridges those gaps: being woken costs as much.
constexpr int kIdleSpinMicroseconds = 60;
constexpr int kLongIdleSpinMicroseconds = 250;

// Moving costs some ten microseconds. On a machine that is overloaded it does not help for long.
constexpr std::chrono::milliseconds kMoveInterval{1};

}  // namespace

/// Lives on the stack of the thread that called run(). Threads register under the pool's mutex
/// before they touch it, and run() returns only when none is registered.
struct ThreadPool::Job {
  FunctionRef<void(int64_t)> body;
  int64_t count;
  std::atomic<int64_t> next{0};
  std::atomic<int> helpers{0};
  int helper_limit = 0;
  CpuSet cpus;  // Where threads began with it.
  Job* link = nullptr;
  std::atomic<bool> failed{false};
  std::exception_ptr error;  // Written by the thread that set `failed`.
};

ThreadPool& ThreadPool::instance() {
  static ThreadPool* const pool = new ThreadPool(machine().threads);
  return *pool;
}

ThreadPool::ThreadPool(int size) { set_size(size); }

bool ThreadPool::in_job() { return t_in_job; }

ThreadPool::OneLess::OneLess(bool is_wanted) { t_one_less = is_wanted; }

ThreadPool::OneLess::~OneLess() { t_one_less = false; }

ThreadPool::Alone::Alone(bool is_wanted) : before_(t_in_job) { t_in_job = before_ || is_wanted; }

ThreadPool::Alone::~Alone() { t_in_job = before_; }

void ThreadPool::offer(std::function<void()> work) {
  if (size() <= 1) return;
  int to_wake = 0;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    offers_.push_back(std::move(work));
    posted_.fetch_add(1, std::memory_order_release);
    to_wake = sleepers_to_wake_locked(1);
  }
  wake(to_wake);
}

bool ThreadPool::take_offer() {
  std::function<void()> offer;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (offers_.empty()) return false;
    offer = std::move(offers_.front());
    offers_.pop_front();
  }
  const Alone alone(true);
  offer();
  return true;
}

/// The system likes to queue whom it wakes behind the one that wakes, where it may wait for
/// milliseconds: part_from_others() helps only once it runs.
int ThreadPool::sleepers_to_wake_locked(int most) {
  constexpr int kMostKeptOff = 4;  // Each takes two calls of the system.
  const int count = std::min(static_cast<int>(sleepers_.size()), most);
  const int cpu = count > 0 ? current_cpu() : -1;
  for (int i = 0; i < std::min(count, kMostKeptOff); ++i) {
    sleepers_[static_cast<size_t>(i)]->keep_off(cpu);
  }
  return count;
}

void ThreadPool::wake(int count) {
  if (count == 1) {
    wake_.notify_one();
  } else if (count > 1) {
    wake_.notify_all();
  }
}

int ThreadPool::wanted_threads() const { return std::max(1, size() - (t_one_less ? 1 : 0)); }

void ThreadPool::hold_size() {
  size_holds_.fetch_add(1);
  if (!resizing_.load()) return;
  let_size_go();
  std::unique_lock<std::mutex> lock(hold_mutex_);
  ++turned_away_;
  hold_change_.wait(lock, [this] { return !resizing_.load(); });
  size_holds_.fetch_add(1);
  --turned_away_;
  hold_change_.notify_all();
}

/// Not while the pool is resized, which waits for its own threads.
bool ThreadPool::try_hold_size() {
  size_holds_.fetch_add(1);
  if (!resizing_.load()) return true;
  let_size_go();
  return false;
}

void ThreadPool::let_size_go() {
  if (size_holds_.fetch_sub(1) == 1 && resizing_.load()) size_holds_.notify_all();
}

void ThreadPool::set_size(int size) {
  std::lock_guard<std::mutex> resizing(resize_mutex_);
  size = std::clamp(size, 1, 1024);
  if (size == size_.load() && static_cast<int>(threads_.size()) == size - 1) return;
  {
    // Whoever waits for the resize before this one goes first, or resizing again and again would
    // stop all work.
    std::unique_lock<std::mutex> lock(hold_mutex_);
    hold_change_.wait(lock, [this] { return turned_away_ == 0; });
    resizing_.store(true);
  }
  for (int holds = size_holds_.load(); holds != 0; holds = size_holds_.load()) {
    size_holds_.wait(holds);
  }
  size_.store(1);
  {
    std::lock_guard<std::mutex> lock(mutex_);
    generation_.fetch_add(1);
    posted_.fetch_add(1);
    wake_.notify_all();
  }
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
  start_threads(size - 1);
  if (threads_.empty()) {
    std::lock_guard<std::mutex> lock(mutex_);
    offers_.clear();
  }
  size_.store(static_cast<int>(threads_.size()) + 1);
  {
    std::lock_guard<std::mutex> lock(hold_mutex_);
    resizing_.store(false);
  }
  hold_change_.notify_all();
  // Offers could not be taken meanwhile.
  std::lock_guard<std::mutex> lock(mutex_);
  if (offers_.empty()) return;
  posted_.fetch_add(1);
  wake_.notify_all();
}

void ThreadPool::start_threads(int count) {
  const uint64_t generation = generation_.load();
  try {
    {
      // No thread has to find memory for its place there.
      std::lock_guard<std::mutex> lock(mutex_);
      sleepers_.reserve(static_cast<size_t>(std::max(count, 0)));
    }
    for (int i = 0; i < count; ++i) {
      threads_.emplace_back([this, generation] { thread_main(generation); });
    }
  } catch (const std::exception&) {
    log_line("the system gave %zu of the %d threads asked for", threads_.size() + 1, count + 1);
  }
}

void ThreadPool::work_on(Job& job) {
  t_in_job = true;
  try {
    for (;;) {
      const int64_t index = job.next.fetch_add(1, std::memory_order_relaxed);
      if (index >= job.count) break;
      job.body(index);
    }
  } catch (...) {
    if (!job.failed.exchange(true)) job.error = std::current_exception();
    job.next.store(job.count, std::memory_order_relaxed);
  }
  t_in_job = false;
}

/// A thread that is woken may be put on the processor of the one that woke it, although another is
/// idle; the two would take turns there, each waiting for the other, until the system balances its
/// load, which takes it milliseconds: longer than many a model runs.
void ThreadPool::part_from_others(Job& job) {
  if (job.cpus.add(current_cpu())) return;
  thread_local Clock::time_point last_move;
  const auto now = Clock::now();
  if (now - last_move < kMoveInterval) return;
  last_move = now;
  if (move_off(job.cpus)) job.cpus.add(current_cpu());
}

ThreadPool::Job* ThreadPool::find_job_locked() {
  for (Job* job = jobs_; job != nullptr; job = job->link) {
    if (job->next.load(std::memory_order_relaxed) < job->count &&
        job->helpers.load(std::memory_order_relaxed) < job->helper_limit) {
      return job;
    }
  }
  return nullptr;
}

void ThreadPool::thread_main(uint64_t generation) {
  uint64_t seen = 0;
  int spin_microseconds = kIdleSpinMicroseconds;
  SleepingThread here;
  for (;;) {
    Job* job = nullptr;
    std::function<void()> offer;
    {
      std::unique_lock<std::mutex> lock(mutex_);
      for (;;) {
        if (generation_.load() != generation) return;
        seen = posted_.load();
        job = find_job_locked();
        if (job != nullptr) break;
        if (!offers_.empty() && try_hold_size()) {
          offer = std::move(offers_.front());
          offers_.pop_front();
          break;
        }
        lock.unlock();
        const auto idle_since = Clock::now();
        const bool posted = spin(spin_microseconds,
                                 [&] { return posted_.load(std::memory_order_acquire) != seen; });
        lock.lock();
        if (posted || posted_.load() != seen) continue;
        sleepers_.push_back(&here);
        wake_.wait(lock, [&] { return posted_.load() != seen; });
        sleepers_.erase(std::find(sleepers_.begin(), sleepers_.end(), &here));
        here.free();
        const bool was_short =
            Clock::now() - idle_since < std::chrono::microseconds(kLongIdleSpinMicroseconds);
        spin_microseconds = was_short ? kLongIdleSpinMicroseconds : kIdleSpinMicroseconds;
      }
      if (job != nullptr) job->helpers.fetch_add(1, std::memory_order_relaxed);
    }
    if (job == nullptr) {
      {
        const Alone alone(true);
        offer();
      }
      let_size_go();
      continue;
    }
    part_from_others(*job);
    work_on(*job);
    job->helpers.fetch_sub(1, std::memory_order_release);
  }
}

void ThreadPool::run(int64_t count, FunctionRef<void(int64_t)> body) {
  const int size = wanted_threads();
  if (count <= 1 || size <= 1 || t_in_job) {
    for (int64_t i = 0; i < count; ++i) body(i);
    return;
  }
  Job job{body, count};
  job.cpus.add(current_cpu());
  job.helper_limit = static_cast<int>(std::min<int64_t>(size - 1, count - 1));
  int to_wake = 0;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    job.link = jobs_;
    jobs_ = &job;
    posted_.fetch_add(1, std::memory_order_release);
    to_wake = sleepers_to_wake_locked(job.helper_limit);
  }
  wake(to_wake);
  work_on(job);
  {
    std::lock_guard<std::mutex> lock(mutex_);
    Job** slot = &jobs_;
    while (*slot != &job) slot = &(*slot)->link;
    *slot = job.link;
  }
  // Helpers have at most one index each left; they are running, unless the machine is overloaded.
  while (!spin(200, [&] { return job.helpers.load(std::memory_order_acquire) == 0; })) {
    std::this_thread::yield();
  }
  if (job.error) std::rethrow_exception(job.error);
}

void ThreadPool::parallel_for(int64_t total, int64_t grain,
                              FunctionRef<void(int64_t, int64_t)> body) {
  if (total <= 0) return;
  const int64_t pieces = std::min<int64_t>(
      std::max<int64_t>(1, total / std::max<int64_t>(1, grain)), wanted_threads());
  if (pieces <= 1 || t_in_job) {
    body(0, total);
    return;
  }
  run(pieces, [&](int64_t piece) { body(total * piece / pieces, total * (piece + 1) / pieces); });
}

}  // namespace tfjs_native
