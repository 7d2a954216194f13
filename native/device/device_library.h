#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>

#include "device/device.h"

namespace tfjs_native {

/// How a device that lives in a shared library of its own is opened. The library is C++ and built
/// from the same sources as whoever opens it; nothing else can cross this border safely, and
/// device_library_abi() is how both sides tell.

/// Rises with every change of the contracts in device/, tensor/ and base/ that the sizes below may
/// not show: virtual functions, the meaning of a field.
constexpr uint64_t kDeviceLibraryVersion = 4;

/// A number that two builds share when their objects have the same layout.
constexpr uint64_t device_library_abi() {
  uint64_t number = kDeviceLibraryVersion;
  for (const size_t size : {sizeof(Descriptor),  sizeof(TensorDesc),
                            sizeof(Layout),      sizeof(Attrs),
                            sizeof(AttrValue),   sizeof(Padding),
                            sizeof(Resolved),    sizeof(Window),
                            sizeof(PostOp),      sizeof(Kernel),
                            sizeof(Takes),       sizeof(PreparedKernel),
                            sizeof(Operand),     sizeof(Operands),
                            sizeof(Buffer),      sizeof(Storage),
                            sizeof(Error),       sizeof(Status),
                            sizeof(std::string), sizeof(std::shared_ptr<void>)}) {
    number = number * 1099511628211u + size;
  }
  return number;
}

/// The type of the library's one exported function. `abi` is the caller's device_library_abi().
/// Returns the device, which lives as long as the process, or null; then `reason`, a text of at
/// most `reason_bytes` bytes with its end, says why there is none. Callable from any thread.
using OpenDeviceFunction = Device*(uint64_t abi, char* reason, size_t reason_bytes);

/// The name of that function.
constexpr char kOpenDeviceSymbol[] = "tfjs_native_open_device";

}  // namespace tfjs_native
