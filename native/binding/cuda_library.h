#pragma once

#include <string>

#include "base/status.h"

namespace tfjs_native {

class Device;

/// Where the shared library of the CUDA backend lies when it is not beside the addon, as in a
/// package of its own. Any thread; counts when it is called first, and before the device is opened.
void set_cuda_library(const std::string& path);

/// The GPU as a device. Looks in this order, and stops at the first thing that is missing, for the
/// shared library of the CUDA backend (beside the addon, else as set_cuda_library() said), for
/// NVIDIA's driver, and for what the library itself finds: a GPU, and a driver new enough. Nothing
/// of CUDA is loaded where there is no driver. The device lives as long as the process. UNSUPPORTED
/// with the exact reason.
Result<Device*> open_cuda_device();

/// The device of the library at `path`. UNSUPPORTED with the reason when the system cannot load
/// it, when it is no library of this build, or when it has no device.
Result<Device*> open_device_library(const std::string& path);

}  // namespace tfjs_native
