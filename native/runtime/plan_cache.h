#pragma once

#include <array>
#include <cstdint>
#include <list>
#include <span>
#include <unordered_map>
#include <vector>

#include "runtime/plan_store.h"

namespace tfjs_native {

/// What calls came to, by their words: an equal call needs no inference. It keeps no plans, only
/// their places in the store, and is bounded by number; what was used lately stays.
///
/// For the thread that creates it.
class PlanCache {
 public:
  using Words = std::span<const double>;

  static constexpr size_t kMostCalls = 4096;

  explicit PlanCache(PlanStore& store) : store_(store), clears_seen_(store.clears()) {}
  PlanCache(const PlanCache&) = delete;
  PlanCache& operator=(const PlanCache&) = delete;

  /// Fills `call`, but for its place, and the attributes as given unless they are wanted, which
  /// only a recorder does. False where the call is new, or its plan has been forgotten.
  bool find(Words key, PlannedCall& call, bool wants_given = true);
  /// Replaces a call that has the same words.
  void insert(Words key, const PlannedCall& call);
  void clear();

  size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    std::vector<double> key;
    size_t hash;
    Ref<PlanPlace> place;
    Doubles scalars;
    std::shared_ptr<const Attrs> given;
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

  Entry*& front_of(size_t hash) { return front_[hash % kFrontPlaces]; }
  void make_room();
  void forget(Entries::iterator entry);

  PlanStore& store_;
  uint64_t clears_seen_;
  Entries entries_;                                                  // In the order of their turns.
  std::unordered_map<Words, Entries::iterator, Hash, Equal> index_;  // Keys lie in the entries.
  // Of all calls with one remainder of their hash the one that was found last: a look-up without
  // the table's division and its chain of nodes.
  static constexpr size_t kFrontPlaces = 256;
  std::array<Entry*, kFrontPlaces> front_{};
};

}  // namespace tfjs_native
