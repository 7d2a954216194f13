#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace tfjs_native {

/// Time that the kernels enqueued within a scope took to execute. Scopes nest; a call counts for
/// every scope that was open when it was enqueued.
struct ProfileScope {
  std::shared_ptr<ProfileScope> parent;
  std::atomic<int64_t> kernel_ns{0};

  void add(int64_t ns) {
    for (ProfileScope* scope = this; scope != nullptr; scope = scope->parent.get()) {
      scope->kernel_ns.fetch_add(ns, std::memory_order_relaxed);
    }
  }
};

}  // namespace tfjs_native
