#include "runtime/plan_cache.h"

#include <cstring>
#include <utility>

namespace tfjs_native {

PlannedCall PlanCache::find(Words key) {
  store_.tidy();
  if (clears_seen_ != store_.clears()) clear();
  const auto found = index_.find(key);
  if (found == index_.end()) return {};
  Entry& entry = *found->second;
  Ref<Plan> plan = entry.place->plan();
  if (!plan) {
    forget(found->second);
    return {};
  }
  entry.was_used = true;
  return {std::move(plan), entry.scalars, entry.place, entry.given};
}

void PlanCache::insert(Words key, const PlannedCall& call) {
  if (const auto found = index_.find(key); found != index_.end()) forget(found->second);
  make_room();
  entries_.push_back({{key.begin(), key.end()}, call.place, call.scalars, call.given});
  index_.emplace(entries_.back().key, std::prev(entries_.end()));
}

void PlanCache::clear() {
  clears_seen_ = store_.clears();
  index_.clear();
  entries_.clear();
}

void PlanCache::make_room() {
  while (entries_.size() >= kMostCalls) {
    const auto oldest = entries_.begin();
    if (std::exchange(oldest->was_used, false)) {
      entries_.splice(entries_.end(), entries_, oldest);
    } else {
      forget(oldest);
    }
  }
}

void PlanCache::forget(Entries::iterator entry) {
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
