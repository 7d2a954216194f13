#pragma once

#include <atomic>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "base/spin_lock.h"
#include "runtime/planner.h"

namespace tfjs_native {

/// A plan's place in a store: whoever called once finds the plan there without looking for it, for
/// as long as the store keeps it. Any thread.
class PlanPlace : public RefCounted {
 public:
  explicit PlanPlace(Ref<Plan> plan) : plan_(std::move(plan)) {}
  /// Empty once the plan has been forgotten.
  Ref<Plan> plan() {
    was_used_.store(true, std::memory_order_relaxed);
    std::lock_guard<SpinLock> lock(lock_);
    return plan_;
  }

 private:
  friend class PlanStore;

  Ref<Plan> take() {
    std::lock_guard<SpinLock> lock(lock_);
    return std::move(plan_);
  }

  SpinLock lock_;  // Guards plan_.
  Ref<Plan> plan_;
  std::atomic<bool> was_used_{false};
};

/// What a call comes to: the plan, and the values that differ between calls which share it.
struct PlannedCall {
  Ref<Plan> plan;
  Doubles scalars;       // Run-time attributes, as inference leaves them.
  Ref<PlanPlace> place;  // Of the plan; empty where no store keeps it, and of a call seen before.
  /// All attributes as given, where the operator's row has some of run time: inference cannot be
  /// undone, and recorders want them.
  std::shared_ptr<const Attrs> given;

  const Attrs& given_attrs() const { return given ? *given : plan->descriptor().attrs; }
};

/// The plans of one device, one for each descriptor. Bounded by number and by the bytes that they
/// hold, which they come to hold only once they are prepared: the bound is kept whenever a plan is
/// looked for. Forgotten is what has waited longest for its next use (second chance: what was used
/// since its last turn gets another). A plan that is forgotten lives on for those who hold it, a
/// queue or a captured graph. Any thread.
class PlanStore {
 public:
  static constexpr size_t kMostPlans = 8192;
  /// Some 400 products or 800 convolutions, which take most: more than the largest models have.
  static constexpr size_t kDefaultBytes = size_t{64} << 20;

  explicit PlanStore(const Planner& planner, size_t max_bytes = kDefaultBytes)
      : planner_(planner), max_bytes_(max_bytes) {}
  PlanStore(const PlanStore&) = delete;
  PlanStore& operator=(const PlanStore&) = delete;
  ~PlanStore() { clear(); }

  /// Infers, and finds the descriptor's plan or makes it. Errors name the operator: those of
  /// inference, and UNSUPPORTED when no kernel accepts.
  /// `values` as in InferContext.
  Result<PlannedCall> plan(const OpDef& op, std::vector<TensorDesc> inputs, const Attrs& attrs,
                           std::span<const void* const> values = {});
  /// The same for a descriptor that is made already.
  Result<PlannedCall> plan(const OpDef& op, Descriptor descriptor, Doubles scalars = {});

  /// Forgets some plans, where they hold more than they may.
  void tidy() {
    if (holds_too_much()) forget_surplus();
  }
  /// Forgets all.
  void clear();
  /// How often all were forgotten.
  uint64_t clears() const { return clears_.load(std::memory_order_relaxed); }

  size_t size() const;
  /// Bytes that its plans hold.
  size_t held_bytes() const { return held_.bytes(); }
  const Planner& planner() const { return planner_; }

 private:
  struct Entry {
    size_t hash;
    Ref<PlanPlace> place;
  };
  using Entries = std::list<Entry>;

  bool holds_too_much() const { return held_bytes() > max_bytes_; }
  bool find_locked(size_t hash, const Descriptor& descriptor, PlannedCall& call);
  Ref<Plan> forget_locked(Entries::iterator entry);
  std::vector<Ref<Plan>> take_surplus_locked(size_t most_plans);
  void forget_surplus();
  void let_go(std::vector<Ref<Plan>> plans);

  const Planner& planner_;
  const size_t max_bytes_;
  ByteCount held_;
  std::atomic<uint64_t> clears_{0};
  std::atomic<size_t> forgotten_bytes_{0};  // Since the heap was trimmed.
  mutable std::mutex mutex_;                // Guards what follows.
  Entries entries_;                         // In the order of their turns.
  std::unordered_multimap<size_t, Entries::iterator> index_;
};

}  // namespace tfjs_native
