#include "runtime/plan_store.h"

#include <algorithm>

#include "base/heap.h"

namespace tfjs_native {
namespace {

// Plans that one call forgets: freeing generated code takes about 0.1 ms for each. Where hundreds
// were queued before the first was prepared, the calls after them share the work.
constexpr size_t kMostAtOnce = 4;

// The heap keeps what is freed, and small things settle in the large gaps that descriptions of
// primitives leave, so that the next ones find none. After so many bytes free pages are given back,
// which takes about a hundredth of the time that preparing as much does.
constexpr size_t kTrimBytes = size_t{16} << 20;

bool has_run_time_attrs(const OpDef& op) {
  return std::any_of(op.attrs.begin(), op.attrs.end(),
                     [](const AttrSpec& spec) { return spec.is_run_time; });
}

}  // namespace

Result<PlannedCall> PlanStore::plan(const OpDef& op, std::vector<TensorDesc> inputs,
                                    const Attrs& attrs, std::span<const void* const> values) {
  TFJS_ASSIGN_OR_RETURN(Inference inference, planner_.infer(op, inputs, attrs, values));
  Doubles scalars = std::move(inference.scalars);
  Descriptor descriptor = Planner::describe(op, std::move(inputs), attrs, std::move(inference));
  TFJS_ASSIGN_OR_RETURN(PlannedCall call, plan(op, std::move(descriptor), std::move(scalars)));
  if (has_run_time_attrs(op)) call.given = std::make_shared<const Attrs>(attrs);
  return call;
}

Result<PlannedCall> PlanStore::plan(const OpDef& op, Descriptor descriptor, Doubles scalars) {
  const size_t hash = hash_of(descriptor);
  PlannedCall call;
  call.scalars = std::move(scalars);
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (find_locked(hash, descriptor, call)) return call;
  }
  TFJS_ASSIGN_OR_RETURN(Ref<Plan> made, planner_.select(op, std::move(descriptor)));
  std::vector<Ref<Plan>> surplus;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (find_locked(hash, made->descriptor(), call)) return call;  // Another thread was faster.
    surplus = take_surplus_locked(kMostPlans - 1);
    made->join(held_);
    call.place = make_ref<PlanPlace>(made);
    call.plan = std::move(made);
    entries_.push_back({hash, call.place});
    index_.emplace(hash, std::prev(entries_.end()));
  }
  let_go(std::move(surplus));
  return call;
}

bool PlanStore::find_locked(size_t hash, const Descriptor& descriptor, PlannedCall& call) {
  const auto [first, last] = index_.equal_range(hash);
  for (auto found = first; found != last; ++found) {
    const Ref<PlanPlace>& place = found->second->place;
    if (!(place->plan_->descriptor() == descriptor)) continue;
    call.place = place;
    call.plan = place->plan();
    return true;
  }
  return false;
}

Ref<Plan> PlanStore::forget_locked(Entries::iterator entry) {
  const auto [first, last] = index_.equal_range(entry->hash);
  for (auto found = first; found != last; ++found) {
    if (found->second != entry) continue;
    index_.erase(found);
    break;
  }
  Ref<Plan> plan = entry->place->take();
  plan->leave();
  entries_.erase(entry);
  return plan;
}

/// A turn forgets a plan or takes back a use that an earlier call has made, so that what a call
/// adds is all that it pays for.
std::vector<Ref<Plan>> PlanStore::take_surplus_locked(size_t most_plans) {
  std::vector<Ref<Plan>> taken;
  while (taken.size() < kMostAtOnce && !entries_.empty() &&
         (entries_.size() > most_plans || holds_too_much())) {
    const auto oldest = entries_.begin();
    if (oldest->place->was_used_.exchange(false, std::memory_order_relaxed)) {
      entries_.splice(entries_.end(), entries_, oldest);
    } else {
      taken.push_back(forget_locked(oldest));
    }
  }
  return taken;
}

void PlanStore::forget_surplus() {
  std::vector<Ref<Plan>> surplus;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    surplus = take_surplus_locked(kMostPlans);
  }
  let_go(std::move(surplus));
}

/// Without the lock: freeing takes its time.
void PlanStore::let_go(std::vector<Ref<Plan>> plans) {
  size_t bytes = 0;
  for (const Ref<Plan>& plan : plans) bytes += plan->held_bytes();
  plans.clear();
  if (bytes == 0 || forgotten_bytes_.fetch_add(bytes) + bytes < kTrimBytes) return;
  forgotten_bytes_.store(0);
  trim_heap();
}

void PlanStore::clear() {
  std::vector<Ref<Plan>> all;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    clears_.fetch_add(1, std::memory_order_relaxed);
    while (!entries_.empty()) all.push_back(forget_locked(entries_.begin()));
  }
}

size_t PlanStore::size() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return entries_.size();
}

}  // namespace tfjs_native
