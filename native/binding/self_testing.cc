#include "binding/self_testing.h"

#include <atomic>
#include <exception>
#include <memory>

#include "binding/napi_util.h"
#include "runtime/self_test/runner.h"

namespace tfjs_native {
namespace {

/// A test that runs. Made and deleted on JavaScript's thread; a libuv worker fills the report.
struct SelfTestWork {
  explicit SelfTestWork(DeviceRuntime& device_runtime) : runtime(device_runtime) {}

  DeviceRuntime& runtime;
  napi_async_work work = nullptr;
  napi_deferred deferred = nullptr;
  std::atomic<bool> stop{false};  // The environment ends, and waits for the worker.
  Result<SelfTestReport> report{Status(Code::kInternal, "the self test did not run")};
};

void on_environment_exit(void* self) { static_cast<SelfTestWork*>(self)->stop = true; }

void execute(napi_env, void* self) {
  auto* work = static_cast<SelfTestWork*>(self);
  try {
    work->report = run_self_test(work->runtime, work->stop);
  } catch (const std::exception& exception) {
    work->report = Status(Code::kInternal, exception.what());
  }
}

napi_value js_report(napi_env env, const SelfTestReport& report) {
  napi_value object = js_object(env);
  set_property(env, object, "checks", js_number(env, report.checks));
  set_property(env, object, "skipped", js_number(env, report.skipped));
  set_property(env, object, "seconds", js_number(env, report.seconds));
  napi_value differences = js_array(env);
  for (const SelfTestDifference& difference : report.differences) {
    napi_value row = js_object(env);
    set_property(env, row, "op", js_string(env, difference.op));
    set_property(env, row, "what", js_string(env, difference.what));
    set_property(env, row, "expected", js_number(env, difference.expected));
    set_property(env, row, "got", js_number(env, difference.got));
    if (!difference.error.empty()) {
      set_property(env, row, "error", js_string(env, difference.error));
    }
    append(env, differences, row);
  }
  set_property(env, object, "differences", differences);
  return object;
}

void complete(napi_env env, napi_status, void* self) {
  const std::unique_ptr<SelfTestWork> work(static_cast<SelfTestWork*>(self));
  napi_delete_async_work(env, work->work);
  // In an environment that is being torn down all of this fails, and nobody waits for it.
  napi_remove_env_cleanup_hook(env, on_environment_exit, work.get());
  napi_handle_scope scope = nullptr;
  if (napi_open_handle_scope(env, &scope) != napi_ok) return;
  if (work->report.ok()) {
    napi_resolve_deferred(env, work->deferred, js_report(env, work->report.value()));
  } else {
    const Status status = work->report.status().at("selfTest", work->runtime.device.name());
    napi_reject_deferred(env, work->deferred, js_error_info(env, status.error()));
  }
  napi_close_handle_scope(env, scope);
}

}  // namespace

napi_value start_self_test(napi_env env, DeviceRuntime& runtime) {
  auto work = std::make_unique<SelfTestWork>(runtime);
  napi_value promise = nullptr;
  if (napi_create_promise(env, &work->deferred, &promise) != napi_ok) return nullptr;
  if (napi_create_async_work(env, nullptr, js_string(env, "tfjs-native self test"), execute,
                             complete, work.get(), &work->work) != napi_ok ||
      napi_queue_async_work(env, work->work) != napi_ok) {
    if (work->work != nullptr) napi_delete_async_work(env, work->work);
    const Error error{Code::kInternal, "libuv took no work", "selfTest", runtime.device.name()};
    napi_reject_deferred(env, work->deferred, js_error_info(env, error));
    return promise;
  }
  napi_add_env_cleanup_hook(env, on_environment_exit, work.get());
  work.release();  // complete() deletes it.
  return promise;
}

}  // namespace tfjs_native
