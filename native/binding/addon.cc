// The addon's entry: what lib/load-addon.js gets.
#include <napi.h>

#include "base/machine.h"
#include "base/thread_pool.h"
#include "binding/arguments.h"
#include "binding/cuda_library.h"
#include "binding/devices.h"
#include "binding/operator_rows.h"
#include "binding/self_testing.h"
#include "binding/session_binding.h"

namespace tfjs_native {
namespace {

/// The device that the first argument names; null where there is none.
const DeviceSlot* device_argument(const Napi::CallbackInfo& info) {
  return info[0].IsString() ? find_device(info[0].As<Napi::String>().Utf8Value()) : nullptr;
}

/// As before; null also where the device is not used.
DeviceRuntime* runtime_argument(const Napi::CallbackInfo& info) {
  const DeviceSlot* slot = device_argument(info);
  return slot == nullptr ? nullptr : slot->runtime.get();
}

/// Why runtime_argument() is null.
Napi::Value reason_why_not(const Napi::CallbackInfo& info) {
  const DeviceSlot* slot = device_argument(info);
  return Napi::String::New(info.Env(), slot == nullptr ? "no such device" : slot->reason);
}

/// ops(): the operator table, in the order of the call protocol's numbers
Napi::Value ops(const Napi::CallbackInfo& info) { return operator_rows(info.Env()); }

/// [{level, bytes, source}]: the data caches of one core, and who says so.
Napi::Array list_caches(Napi::Env env) {
  Napi::Array list = Napi::Array::New(env);
  for (const CacheFact& fact : machine().caches) {
    Napi::Object cache = Napi::Object::New(env);
    cache.Set("level", list.Length() + 1);
    cache.Set("bytes", static_cast<double>(fact.bytes));
    cache.Set("source", source_name(fact.source));
    list.Set(list.Length(), cache);
  }
  return list;
}

/// setCudaLibrary(path): to be called before any other function that names a device
void use_cuda_library(const Napi::CallbackInfo& info) {
  set_cuda_library(info[0].As<Napi::String>().Utf8Value());
}

/// devices(): [{name, available, description, caches, reason}]
Napi::Value list_devices(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  Napi::Array list = Napi::Array::New(env);
  for (const DeviceSlot& slot : devices()) {
    Napi::Object device = Napi::Object::New(env);
    device.Set("name", slot.name);
    device.Set("available", slot.runtime != nullptr);
    if (slot.runtime) {
      device.Set("description", slot.runtime->device.description());
      if (slot.runtime->device.is_host()) device.Set("caches", list_caches(env));
    } else {
      device.Set("reason", slot.reason);
    }
    list.Set(list.Length(), device);
  }
  return list;
}

/// open(deviceName): the session's object, or the reason (a text) why there is none
Napi::Value open_session(const Napi::CallbackInfo& info) {
  DeviceRuntime* runtime = runtime_argument(info);
  if (runtime == nullptr) return reason_why_not(info);
  const auto opened = SessionBinding::open(info.Env(), *runtime);
  if (opened.ok()) return opened.value();
  return Napi::String::New(info.Env(), opened.status().error().message);
}

/// setThreads(count)
void set_threads(const Napi::CallbackInfo& info) {
  ThreadPool::instance().set_size(info[0].As<Napi::Number>().Int32Value());
}

/// threads()
Napi::Value threads(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), ThreadPool::instance().size());
}

/// memory(deviceName): {liveBytes, pooledBytes, peakBytes, ceilingBytes, planBytes, plans}, or {}
Napi::Value memory(const Napi::CallbackInfo& info) {
  Napi::Object figures = Napi::Object::New(info.Env());
  if (DeviceRuntime* runtime = runtime_argument(info)) {
    const MemoryStats stats = runtime->pool.stats();
    figures.Set("liveBytes", static_cast<double>(stats.live_bytes));
    figures.Set("pooledBytes", static_cast<double>(stats.pooled_bytes));
    figures.Set("peakBytes", static_cast<double>(stats.peak_bytes));
    figures.Set("ceilingBytes", static_cast<double>(stats.ceiling_bytes));
    figures.Set("planBytes", static_cast<double>(runtime->planner.held_bytes()));
    figures.Set("plans", static_cast<double>(runtime->plans.size()));
  }
  return figures;
}

/// setMemoryCeiling(deviceName, bytes): 0 lifts it
void set_memory_ceiling(const Napi::CallbackInfo& info) {
  const double bytes = number_of(info[1]);
  DeviceRuntime* runtime = runtime_argument(info);
  if (runtime != nullptr && bytes >= 0) runtime->pool.set_ceiling(static_cast<size_t>(bytes));
}

/// trimMemory(deviceName): bytes given back to the system
Napi::Value trim_memory(const Napi::CallbackInfo& info) {
  DeviceRuntime* runtime = runtime_argument(info);
  const size_t bytes = runtime == nullptr ? 0 : runtime->trim();
  return Napi::Number::New(info.Env(), static_cast<double>(bytes));
}

/// resetPeak(deviceName)
void reset_peak(const Napi::CallbackInfo& info) {
  if (DeviceRuntime* runtime = runtime_argument(info)) runtime->pool.reset_peak();
}

/// selfTest(deviceName): a promise of the report, or the reason (a text) why there is none
Napi::Value self_test(const Napi::CallbackInfo& info) {
  DeviceRuntime* runtime = runtime_argument(info);
  if (runtime == nullptr) return reason_why_not(info);
  return start_self_test(info.Env(), *runtime);
}

template <auto kFunction>
void add(Napi::Object& exports, const char* name) {
  exports.Set(name, Napi::Function::New<kFunction>(exports.Env(), name));
}

Napi::Object init(Napi::Env, Napi::Object exports) {
  add<ops>(exports, "ops");
  add<list_devices>(exports, "devices");
  add<use_cuda_library>(exports, "setCudaLibrary");
  add<open_session>(exports, "open");
  add<set_threads>(exports, "setThreads");
  add<threads>(exports, "threads");
  add<memory>(exports, "memory");
  add<set_memory_ceiling>(exports, "setMemoryCeiling");
  add<trim_memory>(exports, "trimMemory");
  add<reset_peak>(exports, "resetPeak");
  add<self_test>(exports, "selfTest");
  return exports;
}

NODE_API_MODULE(tfjs_native, init)

}  // namespace
}  // namespace tfjs_native
