// The addon's entry: what lib/load-addon.js gets.
#include <node_api.h>

#include <memory>
#include <string>
#include <vector>

#include "backends/cpu/cpu_device.h"
#include "base/machine.h"
#include "base/thread_pool.h"
#include "binding/cuda_library.h"
#include "binding/napi_util.h"
#include "binding/self_testing.h"
#include "binding/session_binding.h"
#include "ops/op_table.h"

namespace tfjs_native {
namespace {

/// A device by its backend name, or why it is not used.
struct DeviceSlot {
  std::string name;
  std::unique_ptr<DeviceRuntime> runtime;
  std::string reason;
};

DeviceSlot make_slot(const char* name, const Result<Device*>& opened) {
  if (!opened.ok()) return {name, nullptr, opened.status().error().message};
  return {name, std::make_unique<DeviceRuntime>(*opened.value()), {}};
}

/// Found once for the process; worker threads share the devices and their pools. The order is that
/// of preference.
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

const char* kind_name(AttrKind kind) {
  switch (kind) {
    case AttrKind::kNumber:
      return "number";
    case AttrKind::kNumbers:
      return "numbers";
    case AttrKind::kBool:
      return "bool";
    case AttrKind::kDType:
      return "dtype";
    case AttrKind::kChoice:
      return "choice";
    case AttrKind::kPadding:
      return "padding";
  }
  return "?";
}

napi_value describe_op(napi_env env, const OpDef& op) {
  napi_value row = js_object(env);
  set_property(env, row, "name", js_string(env, op.name));
  set_property(env, row, "variadic", js_bool(env, op.variadic));
  set_property(env, row, "view", js_bool(env, (op.traits & kView) != 0));
  set_property(env, row, "list", js_bool(env, (op.traits & kListOutput) != 0));
  napi_value inputs = js_array(env);
  for (const InputSpec& spec : op.inputs) {
    napi_value input = js_object(env);
    set_property(env, input, "name", js_string(env, spec.name));
    set_property(env, input, "optional", js_bool(env, spec.optional));
    append(env, inputs, input);
  }
  set_property(env, row, "inputs", inputs);
  napi_value attrs = js_array(env);
  for (const AttrSpec& spec : op.attrs) {
    napi_value attr = js_object(env);
    set_property(env, attr, "name", js_string(env, spec.name));
    set_property(env, attr, "kind", js_string(env, kind_name(spec.kind)));
    set_property(env, attr, "optional", js_bool(env, spec.optional));
    napi_value choices = js_array(env);
    for (const std::string& choice : spec.choices) append(env, choices, js_string(env, choice));
    set_property(env, attr, "choices", choices);
    append(env, attrs, attr);
  }
  set_property(env, row, "attrs", attrs);
  napi_value supported = js_array(env);
  for (const DeviceSlot& slot : devices()) {
    if (slot.runtime && slot.runtime->planner.supports(op)) {
      append(env, supported, js_string(env, slot.name));
    }
  }
  set_property(env, row, "devices", supported);
  return row;
}

/// ops(): the operator table, in the order of the call protocol's numbers
napi_value ops(napi_env env, napi_callback_info) {
  napi_value list = js_array(env);
  for (const OpDef& op : op_table()) append(env, list, describe_op(env, op));
  return list;
}

/// [{level, bytes, source}]: the data caches of one core, and who says so.
napi_value list_caches(napi_env env) {
  napi_value list = js_array(env);
  for (size_t i = 0; i < machine().caches.size(); ++i) {
    const CacheFact& fact = machine().caches[i];
    napi_value cache = js_object(env);
    set_property(env, cache, "level", js_number(env, static_cast<double>(i + 1)));
    set_property(env, cache, "bytes", js_number(env, static_cast<double>(fact.bytes)));
    set_property(env, cache, "source", js_string(env, source_name(fact.source)));
    append(env, list, cache);
  }
  return list;
}

/// devices(): [{name, available, description, caches, reason}]
napi_value list_devices(napi_env env, napi_callback_info) {
  napi_value list = js_array(env);
  for (const DeviceSlot& slot : devices()) {
    napi_value device = js_object(env);
    set_property(env, device, "name", js_string(env, slot.name));
    set_property(env, device, "available", js_bool(env, slot.runtime != nullptr));
    if (slot.runtime) {
      set_property(env, device, "description", js_string(env, slot.runtime->device.description()));
      if (slot.runtime->device.is_host()) set_property(env, device, "caches", list_caches(env));
    } else {
      set_property(env, device, "reason", js_string(env, slot.reason));
    }
    append(env, list, device);
  }
  return list;
}

/// open(deviceName): the session's object, or the reason (a text) why there is none
napi_value open_session(napi_env env, napi_callback_info info) {
  CallbackArguments<1> arguments(env, info);
  const DeviceSlot* slot = find_device(to_utf8(env, arguments.values[0]));
  if (slot == nullptr) return js_string(env, "no such device");
  if (!slot->runtime) return js_string(env, slot->reason);
  const auto opened = SessionBinding::open(env, *slot->runtime);
  return opened.ok() ? opened.value() : js_string(env, opened.status().error().message);
}

/// setThreads(count), threads()
napi_value set_threads(napi_env env, napi_callback_info info) {
  CallbackArguments<1> arguments(env, info);
  ThreadPool::instance().set_size(static_cast<int>(to_double(env, arguments.values[0])));
  return nullptr;
}

napi_value threads(napi_env env, napi_callback_info) {
  return js_number(env, ThreadPool::instance().size());
}

/// Null where there is no such device.
DeviceRuntime* device_argument(napi_env env, napi_value name) {
  const DeviceSlot* slot = find_device(to_utf8(env, name));
  return slot == nullptr ? nullptr : slot->runtime.get();
}

/// memory(deviceName): {liveBytes, pooledBytes, peakBytes, ceilingBytes, planBytes}
napi_value memory(napi_env env, napi_callback_info info) {
  CallbackArguments<1> arguments(env, info);
  napi_value figures = js_object(env);
  if (DeviceRuntime* runtime = device_argument(env, arguments.values[0])) {
    const MemoryStats stats = runtime->pool.stats();
    set_property(env, figures, "liveBytes", js_number(env, stats.live_bytes));
    set_property(env, figures, "pooledBytes", js_number(env, stats.pooled_bytes));
    set_property(env, figures, "peakBytes", js_number(env, stats.peak_bytes));
    set_property(env, figures, "ceilingBytes", js_number(env, stats.ceiling_bytes));
    set_property(env, figures, "planBytes", js_number(env, runtime->planner.held_bytes()));
  }
  return figures;
}

/// setMemoryCeiling(deviceName, bytes): 0 lifts it
napi_value set_memory_ceiling(napi_env env, napi_callback_info info) {
  CallbackArguments<2> arguments(env, info);
  if (DeviceRuntime* runtime = device_argument(env, arguments.values[0])) {
    runtime->pool.set_ceiling(static_cast<size_t>(to_double(env, arguments.values[1])));
  }
  return nullptr;
}

/// trimMemory(deviceName): bytes given back to the system
napi_value trim_memory(napi_env env, napi_callback_info info) {
  CallbackArguments<1> arguments(env, info);
  DeviceRuntime* runtime = device_argument(env, arguments.values[0]);
  return js_number(env, runtime == nullptr ? 0 : static_cast<double>(runtime->trim()));
}

/// resetPeak(deviceName)
napi_value reset_peak(napi_env env, napi_callback_info info) {
  CallbackArguments<1> arguments(env, info);
  if (DeviceRuntime* runtime = device_argument(env, arguments.values[0])) {
    runtime->pool.reset_peak();
  }
  return nullptr;
}

/// selfTest(deviceName): a promise of the report, or the reason (a text) why there is none
napi_value self_test(napi_env env, napi_callback_info info) {
  CallbackArguments<1> arguments(env, info);
  const DeviceSlot* slot = find_device(to_utf8(env, arguments.values[0]));
  if (slot == nullptr) return js_string(env, "no such device");
  if (!slot->runtime) return js_string(env, slot->reason);
  return start_self_test(env, *slot->runtime);
}

napi_value init(napi_env env, napi_value exports) {
  const struct {
    const char* name;
    napi_callback function;
  } kFunctions[] = {
      {"ops", ops},
      {"devices", list_devices},
      {"open", open_session},
      {"setThreads", set_threads},
      {"threads", threads},
      {"memory", memory},
      {"setMemoryCeiling", set_memory_ceiling},
      {"trimMemory", trim_memory},
      {"resetPeak", reset_peak},
      {"selfTest", self_test},
  };
  for (const auto& [name, function] : kFunctions) {
    napi_value value = nullptr;
    napi_create_function(env, name, NAPI_AUTO_LENGTH, function, nullptr, &value);
    set_property(env, exports, name, value);
  }
  return exports;
}

}  // namespace
}  // namespace tfjs_native

NAPI_MODULE_INIT() { return tfjs_native::init(env, exports); }
