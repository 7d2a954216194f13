// The shared library's one exported function.
#include <cstdio>

#include "backends/cuda/cuda_device.h"
#include "device/device_library.h"

namespace {

using tfjs_native::Device;
using tfjs_native::Result;

void explain(const std::string& text, char* reason, size_t reason_bytes) {
  if (reason_bytes > 0) std::snprintf(reason, reason_bytes, "%s", text.c_str());
}

}  // namespace

#if defined(__GNUC__)
#define TFJS_EXPORT __attribute__((visibility("default")))
#else
#define TFJS_EXPORT
#endif

extern "C" TFJS_EXPORT Device* tfjs_native_open_device(uint64_t abi, char* reason,
                                                       size_t reason_bytes) {
  static_assert(std::is_same_v<decltype(tfjs_native_open_device), tfjs_native::OpenDeviceFunction>);
  if (abi != tfjs_native::device_library_abi()) {
    explain("it was built from other sources than its caller", reason, reason_bytes);
    return nullptr;
  }
  const Result<Device*> opened = tfjs_native::cuda::CudaDevice::open();
  if (opened.ok()) return opened.value();
  explain(opened.status().error().message, reason, reason_bytes);
  return nullptr;
}
