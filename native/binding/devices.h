#pragma once

#include <memory>
#include <string>
#include <vector>

#include "runtime/session.h"

namespace tfjs_native {

/// A device by its backend name, or why it is not used.
struct DeviceSlot {
  std::string name;
  std::unique_ptr<DeviceRuntime> runtime;  // Null: not used.
  std::string reason;
};

/// Found once for the process; worker threads share the devices and their pools. The order is that
/// of preference. Any thread.
const std::vector<DeviceSlot>& devices();

/// Null where this build knows no such device.
const DeviceSlot* find_device(const std::string& name);

}  // namespace tfjs_native
