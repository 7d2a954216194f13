#pragma once

#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "runtime/plan.h"

namespace tfjs_native {

/// Plans by the words of the call that led to them. Bounded: when a generation is full the
/// generation before it is forgotten, so that what is in use survives. One thread.
class PlanCache {
 public:
  using Words = std::span<const double>;

  Ref<Plan> find(Words key) {
    if (auto found = current_.find(key); found != current_.end()) return found->second;
    auto found = previous_.find(key);
    if (found == previous_.end()) return {};
    Ref<Plan> plan = found->second;
    insert(key, plan);
    return plan;
  }

  void insert(Words key, Ref<Plan> plan) {
    if (current_.size() >= kGenerationSize) {
      previous_ = std::move(current_);
      current_.clear();
    }
    current_.insert_or_assign(std::vector<double>(key.begin(), key.end()), std::move(plan));
  }

  size_t size() const { return current_.size() + previous_.size(); }

 private:
  static constexpr size_t kGenerationSize = 4096;

  // Keys are compared and hashed as bytes: NaN equals itself, and -0 differs from 0.
  struct Hash {
    using is_transparent = void;
    size_t operator()(Words key) const {
      uint64_t hash = 0x9e3779b97f4a7c15ull ^ key.size();
      for (const double word : key) {
        uint64_t bits;
        std::memcpy(&bits, &word, sizeof bits);
        hash = (hash ^ bits) * 0xff51afd7ed558ccdull;
        hash ^= hash >> 32;
      }
      return hash;
    }
    size_t operator()(const std::vector<double>& key) const { return (*this)(Words(key)); }
  };
  struct Equal {
    using is_transparent = void;
    bool operator()(Words a, Words b) const {
      return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size_bytes()) == 0;
    }
    bool operator()(const std::vector<double>& a, Words b) const { return (*this)(Words(a), b); }
    bool operator()(Words a, const std::vector<double>& b) const { return (*this)(a, Words(b)); }
    bool operator()(const std::vector<double>& a, const std::vector<double>& b) const {
      return (*this)(Words(a), Words(b));
    }
  };
  using Map = std::unordered_map<std::vector<double>, Ref<Plan>, Hash, Equal>;

  Map current_;
  Map previous_;
};

}  // namespace tfjs_native
