#include "runtime/stand_in.h"

#include <algorithm>
#include <system_error>
#include <thread>

#include "base/log.h"

namespace tfjs_native {

StandIn::Watch::Watch(StandIn& stand_in, std::function<void()> work)
    : stand_in_(stand_in), work_(std::move(work)) {
  stand_in_.add(*this);
}

void StandIn::Watch::set(Clock::time_point due) {
  const int64_t ticks = due.time_since_epoch().count();
  int64_t before = due_.load(std::memory_order_relaxed);
  do {
    if (before <= ticks) return;
  } while (!due_.compare_exchange_weak(before, ticks));
  stand_in_.look_before(ticks);
}

void StandIn::Watch::end() { stand_in_.remove(*this); }

StandIn& StandIn::instance() {
  static auto* const stand_in = new StandIn;
  return *stand_in;
}

void StandIn::add(Watch& watch) {
  std::lock_guard<std::mutex> lock(mutex_);
  watches_.push_back(&watch);
}

void StandIn::remove(Watch& watch) {
  std::unique_lock<std::mutex> lock(mutex_);
  watches_.erase(std::remove(watches_.begin(), watches_.end(), &watch), watches_.end());
  returned_.wait(lock, [&] { return at_work_ != &watch; });
}

void StandIn::look_before(int64_t due) {
  if (looks_at_.load() <= due) return;
  std::lock_guard<std::mutex> lock(mutex_);
  if (!is_started_) start_locked();
  wake_.notify_one();
}

void StandIn::start_locked() {
  is_started_ = true;
  try {
    std::thread([this] { thread_main(); }).detach();
  } catch (const std::system_error& error) {
    log_line("the system gives no thread to stand in for libuv's: %s", error.what());
    looks_at_.store(0);  // As if it looked already: nobody tries again.
  }
}

StandIn::Watch* StandIn::earliest_locked() const {
  const auto earlier = [](const Watch* a, const Watch* b) { return a->due_ < b->due_; };
  const auto found = std::min_element(watches_.begin(), watches_.end(), earlier);
  return found == watches_.end() ? nullptr : *found;
}

void StandIn::thread_main() {
  std::unique_lock<std::mutex> lock(mutex_);
  for (;;) {
    looks_at_.store(0);
    Watch* const watch = earliest_locked();
    int64_t due = watch == nullptr ? kNever : watch->due_.load();
    if (due <= Clock::now().time_since_epoch().count()) {
      // Unless it has been cleared, or set anew, meanwhile.
      if (!watch->due_.compare_exchange_strong(due, kNever)) continue;
      at_work_ = watch;
      lock.unlock();
      watch->work_();
      lock.lock();
      at_work_ = nullptr;
      returned_.notify_all();
      continue;
    }
    looks_at_.store(due);
    const Watch* const again = earliest_locked();
    if (again != nullptr && again->due_ < due) continue;
    if (due == kNever) {
      wake_.wait(lock);
    } else {
      wake_.wait_until(lock, Clock::time_point(Clock::duration(due)));
    }
  }
}

}  // namespace tfjs_native
