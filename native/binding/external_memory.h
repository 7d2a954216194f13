#pragma once

#include <chrono>
#include <cstdint>

namespace tfjs_native {

/// What a JavaScript engine is told of memory that its objects hold outside of its heap. It
/// collects garbage when that grows by some tens of megabytes, and each training step, or
/// prediction without a graph, takes and gives back more: so it hears at once of growth and of what
/// it has collected, but of what was disposed of only when most of the memory has not been wanted
/// for a while.
class ExternalMemory {
 public:
  using Clock = std::chrono::steady_clock;

  /// Drifts that the engine is told of: to tell costs more than a small tensor.
  static constexpr int64_t kStepBytes = 256 * 1024;
  static constexpr std::chrono::seconds kWhile{1};

  /// Objects that held so much were collected. The engine is told with the next add().
  void collect(int64_t bytes) {
    held_ -= bytes;
    collected_ += bytes;
  }

  /// `bytes` more are held, or fewer where that is negative. What the engine is to be told to add
  /// to what it knows; mostly 0.
  int64_t add(int64_t bytes) { return add(bytes, &Clock::now); }

  /// The same with another clock.
  template <typename Now>
  int64_t add(int64_t bytes, Now now) {
    held_ += bytes;
    if (held_ > told_ / 2) is_low_ = false;
    if (held_ >= told_ + kStepBytes) return tell(held_);
    if (collected_ >= kStepBytes) return tell(told_ - collected_);
    if (held_ > told_ / 2 || held_ > told_ - kStepBytes) return 0;
    const Clock::time_point time = now();
    if (!is_low_) low_since_ = time;
    is_low_ = true;
    return time - low_since_ < kWhile ? 0 : tell(held_);
  }

 private:
  int64_t tell(int64_t bytes) {
    const int64_t change = bytes - told_;
    told_ = bytes;
    collected_ = 0;
    is_low_ = false;
    return change;
  }

  int64_t held_ = 0;
  int64_t told_ = 0;
  int64_t collected_ = 0;  // Of what was told.
  bool is_low_ = false;    // Less than half of what was told is held, since:
  Clock::time_point low_since_;
};

}  // namespace tfjs_native
