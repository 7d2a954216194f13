#include "runtime/plan_cache.h"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <utility>

#include "base/heap.h"

namespace tfjs_native {
namespace {

// Plans that one call forgets: freeing generated code takes about 0.1 ms for each. Where hundreds
// were queued before the first was prepared, the calls after them share the work.
constexpr int kMostAtOnce = 4;

// The heap keeps what is freed, and small things settle in the large gaps that descriptions of
// primitives leave, so that the next ones find none. After so many bytes free pages are given back,
// which takes about a hundredth of the time that preparing as much does.
constexpr size_t kTrimBytes = size_t{16} << 20;

}  // namespace

void PlanBudget::trim() {
  trims_.fetch_add(1, std::memory_order_relaxed);
  std::lock_guard<std::mutex> lock(mutex_);
  for (PlanCache* cache : caches_) {
    if (cache->owner_ == std::this_thread::get_id()) cache->tidy();
  }
}

void PlanBudget::add(PlanCache& cache) {
  std::lock_guard<std::mutex> lock(mutex_);
  caches_.push_back(&cache);
  divide_locked();
}

void PlanBudget::remove(PlanCache& cache) {
  std::lock_guard<std::mutex> lock(mutex_);
  std::erase(caches_, &cache);
  divide_locked();
}

void PlanBudget::divide_locked() {
  share_bytes_.store(bytes_ / std::max<size_t>(1, caches_.size()), std::memory_order_relaxed);
}

PlanCache::PlanCache(PlanBudget& budget) : budget_(budget), trims_seen_(budget.trims()) {
  budget_.add(*this);
}

PlanCache::~PlanCache() {
  budget_.remove(*this);
  clear();
}

void PlanCache::insert(Words key, Ref<Plan> plan) {
  if (const auto found = index_.find(key); found != index_.end()) forget(found->second);
  forget_surplus(kMostPlans - 1);
  plan->join(held_);
  entries_.push_back({{key.begin(), key.end()}, std::move(plan)});
  index_.emplace(entries_.back().key, std::prev(entries_.end()));
}

void PlanCache::clear() {
  while (!entries_.empty()) forget(entries_.begin());
}

void PlanCache::tidy() {
  if (const uint64_t trims = budget_.trims(); trims_seen_ != trims) {
    trims_seen_ = trims;
    clear();
  }
  forget_surplus(kMostPlans);
}

/// A turn forgets a plan or takes back a use that an earlier call has made, so that what a call
/// adds is all that it pays for.
void PlanCache::forget_surplus(size_t most_plans) {
  int forgotten = 0;
  while (forgotten < kMostAtOnce && !entries_.empty() &&
         (entries_.size() > most_plans || holds_too_much())) {
    const auto oldest = entries_.begin();
    if (std::exchange(oldest->was_used, false)) {
      entries_.splice(entries_.end(), entries_, oldest);
    } else {
      forgotten_bytes_ += oldest->plan->held_bytes();
      forget(oldest);
      ++forgotten;
    }
  }
  if (forgotten_bytes_ < kTrimBytes) return;
  forgotten_bytes_ = 0;
  trim_heap();
}

void PlanCache::forget(Entries::iterator entry) {
  entry->plan->leave();
  index_.erase(entry->key);
  entries_.erase(entry);
}

size_t PlanCache::Hash::operator()(Words key) const {
  uint64_t hash = 0x9e3779b97f4a7c15ull ^ key.size();
  for (const double word : key) {
    uint64_t bits;
    std::memcpy(&bits, &word, sizeof bits);
    hash = (hash ^ bits) * 0xff51afd7ed558ccdull;
    hash ^= hash >> 32;
  }
  return hash;
}

bool PlanCache::Equal::operator()(Words a, Words b) const {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size_bytes()) == 0;
}

}  // namespace tfjs_native
