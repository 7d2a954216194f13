// backends/cpu/: oneDNN and SIMD kernels.
// May include: device/, tensor/, base/, oneDNN, Highway.
// Threads: kernels run on the thread that drains a stream and divide their work over ThreadPool.
#pragma once

#include "device/device.h"

namespace tfjs_native {

/// The host as a device. Created on first use, never destroyed.
Device& cpu_device();

/// The same, or UNSUPPORTED with the reason why it would not compute right values here.
Result<Device*> open_cpu_device();

}  // namespace tfjs_native
