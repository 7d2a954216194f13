#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "device/device.h"
#include "runtime/plan_store.h"
#include "runtime/profile.h"
#include "tensor/buffer.h"

namespace tfjs_native {

/// One entry of the queue: a planned call, or a body of its own (a replayed graph).
struct Task {
  PlannedCall call;
  std::vector<Storage> storages;  // Inputs, then outputs.
  size_t input_count = 0;
  std::shared_ptr<ProfileScope> profile;
  /// Runs instead of a kernel. Its error poisons the outputs.
  std::function<Status(DeviceStream&, MemorySource&)> body;
  size_t held_bytes = 0;  // The queue's own account; see CallQueue::held_bytes().
};

}  // namespace tfjs_native
