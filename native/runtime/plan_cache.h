#pragma once

#include <atomic>
#include <cstdint>
#include <list>
#include <mutex>
#include <span>
#include <thread>
#include <unordered_map>
#include <vector>

#include "runtime/plan.h"

namespace tfjs_native {

class PlanCache;

/// What the plan caches of all sessions on a device share: a budget in bytes, and the wish to be
/// emptied. While all together hold less than the budget each may hold what it wants (most sessions
/// of a process are idle); then those that hold more than an equal part of it give way. Any thread.
class PlanBudget {
 public:
  /// Some 400 products or 800 convolutions, which take most: more than the largest models have.
  static constexpr size_t kDefaultBytes = size_t{64} << 20;

  explicit PlanBudget(size_t bytes = kDefaultBytes) : bytes_(bytes), share_bytes_(bytes) {}

  /// Empties all caches: those of the calling thread before it returns, the others when their
  /// threads next look for a plan.
  void trim();

 private:
  friend class PlanCache;

  void add(PlanCache& cache);
  void remove(PlanCache& cache);
  void divide_locked();
  size_t share_bytes() const { return share_bytes_.load(std::memory_order_relaxed); }
  bool is_exceeded() const { return held_.bytes() > bytes_; }
  uint64_t trims() const { return trims_.load(std::memory_order_relaxed); }

  const size_t bytes_;
  std::mutex mutex_;  // Guards caches_.
  std::vector<PlanCache*> caches_;
  ByteCount held_;  // By all caches.
  std::atomic<size_t> share_bytes_;
  std::atomic<uint64_t> trims_{0};
};

/// Plans by the words of the call that led to them. Bounded by number and by the bytes that they
/// hold, which they come to hold only once they are prepared, on another thread: the bound is kept
/// whenever a plan is looked for. Forgotten is what has waited longest for its next use (second
/// chance: what was used since its last turn gets another). A plan that is forgotten lives on for
/// those who hold it, a queue or a captured graph.
///
/// For the thread that creates it.
class PlanCache {
 public:
  using Words = std::span<const double>;

  static constexpr size_t kMostPlans = 8192;

  explicit PlanCache(PlanBudget& budget);
  PlanCache(const PlanCache&) = delete;
  PlanCache& operator=(const PlanCache&) = delete;
  ~PlanCache();

  Ref<Plan> find(Words key) {
    if (holds_too_much() || trims_seen_ != budget_.trims()) tidy();
    const auto found = index_.find(key);
    if (found == index_.end()) return {};
    found->second->was_used = true;
    return found->second->plan;
  }
  /// Replaces a plan that has the same key.
  void insert(Words key, Ref<Plan> plan);
  void clear();

  size_t size() const { return entries_.size(); }
  /// Bytes that its plans hold.
  size_t held_bytes() const { return held_.bytes(); }

 private:
  friend class PlanBudget;

  struct Entry {
    std::vector<double> key;
    Ref<Plan> plan;
    bool was_used = false;
  };
  using Entries = std::list<Entry>;

  // Keys are compared and hashed as bytes: NaN equals itself, and -0 differs from 0.
  struct Hash {
    size_t operator()(Words key) const;
  };
  struct Equal {
    bool operator()(Words a, Words b) const;
  };

  bool holds_too_much() const {
    return held_bytes() > budget_.share_bytes() && budget_.is_exceeded();
  }
  void tidy();
  void forget_surplus(size_t most_plans);
  void forget(Entries::iterator entry);

  PlanBudget& budget_;
  const std::thread::id owner_ = std::this_thread::get_id();
  uint64_t trims_seen_;
  Entries entries_;                                                  // In the order of their turns.
  std::unordered_map<Words, Entries::iterator, Hash, Equal> index_;  // Keys lie in the entries.
  ByteCount held_{&budget_.held_};
  size_t forgotten_bytes_ = 0;  // Since the heap was trimmed.
};

}  // namespace tfjs_native
