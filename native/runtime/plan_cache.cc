#include "runtime/plan_cache.h"

#include <cstring>
#include <utility>

namespace tfjs_native {

bool PlanCache::find(Words key, PlannedCall& call, bool wants_given) {
  store_.tidy();
  if (clears_seen_ != store_.clears()) clear();
  const size_t hash = Hash()(key);
  Entry*& front = front_of(hash);
  if (front == nullptr || front->hash != hash || !Equal()(front->key, key)) {
    const auto found = index_.find(key);
    if (found == index_.end()) return false;
    front = &*found->second;
  }
  Entry& entry = *front;
  call.plan = entry.place->plan();
  if (!call.plan) {
    forget(index_.find(key)->second);
    return false;
  }
  entry.was_used = true;
  call.scalars = entry.scalars;
  call.given = wants_given ? entry.given : nullptr;
  return true;
}

void PlanCache::insert(Words key, const PlannedCall& call) {
  if (const auto found = index_.find(key); found != index_.end()) forget(found->second);
  make_room();
  entries_.push_back({{key.begin(), key.end()}, Hash()(key), call.place, call.scalars, call.given});
  index_.emplace(entries_.back().key, std::prev(entries_.end()));
}

void PlanCache::clear() {
  clears_seen_ = store_.clears();
  front_.fill(nullptr);
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
  if (Entry*& front = front_of(entry->hash); front == &*entry) front = nullptr;
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
