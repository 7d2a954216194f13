#include "binding/devices.h"

#include "backends/cpu/cpu_device.h"
#include "binding/cuda_library.h"

namespace tfjs_native {
namespace {

DeviceSlot make_slot(const char* name, const Result<Device*>& opened) {
  if (!opened.ok()) return {name, nullptr, opened.status().error().message};
  return {name, std::make_unique<DeviceRuntime>(*opened.value()), {}};
}

}  // namespace

const std::vector<DeviceSlot>& devices() {
  static const auto* const all = [] {
    auto* list = new std::vector<DeviceSlot>;
    list->push_back(make_slot("onednn", open_cpu_device()));
    list->push_back(make_slot("cuda", open_cuda_device()));
    return list;
  }();
  return *all;
}

const DeviceSlot* find_device(const std::string& name) {
  for (const DeviceSlot& slot : devices()) {
    if (slot.name == name) return &slot;
  }
  return nullptr;
}

}  // namespace tfjs_native
