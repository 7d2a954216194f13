#include "binding/self_testing.h"

#include <atomic>
#include <exception>

#include "binding/error_info.h"
#include "runtime/self_test/runner.h"

namespace tfjs_native {
namespace {

Napi::Object js_report(Napi::Env env, const SelfTestReport& report) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("checks", report.checks);
  object.Set("skipped", report.skipped);
  object.Set("seconds", report.seconds);
  Napi::Array differences = Napi::Array::New(env);
  for (const SelfTestDifference& difference : report.differences) {
    Napi::Object row = Napi::Object::New(env);
    row.Set("op", difference.op);
    row.Set("what", difference.what);
    row.Set("expected", difference.expected);
    row.Set("got", difference.got);
    if (!difference.error.empty()) row.Set("error", difference.error);
    differences.Set(differences.Length(), row);
  }
  object.Set("differences", differences);
  return object;
}

/// A test that runs; deletes itself when it has completed.
class SelfTestWorker : public Napi::AsyncWorker {
 public:
  SelfTestWorker(Napi::Env env, DeviceRuntime& runtime, napi_deferred deferred)
      : AsyncWorker(env, "tfjs-native self test"),
        runtime_(runtime),
        deferred_(deferred),
        stop_hook_(env.AddCleanupHook(
            +[](std::atomic<bool>* stop) { *stop = true; }, &stop_)) {}
  ~SelfTestWorker() override {
    if (!stop_) stop_hook_.Remove(Env());  // It frees itself where it has run.
  }

 protected:
  void Execute() override {
    try {
      report_ = run_self_test(runtime_, stop_);
    } catch (const std::exception& exception) {
      report_ = Status(Code::kInternal, exception.what());
    }
  }

  void OnOK() override {
    if (report_.ok()) {
      napi_resolve_deferred(Env(), deferred_, js_report(Env(), report_.value()));
    } else {
      const Status status = report_.status().at("selfTest", runtime_.device.name());
      napi_reject_deferred(Env(), deferred_, error_info(Env(), status.error()));
    }
  }

 private:
  using StopHook = Napi::Env::CleanupHook<void (*)(std::atomic<bool>*), std::atomic<bool>>;

  DeviceRuntime& runtime_;
  napi_deferred deferred_;
  std::atomic<bool> stop_{false};  // The environment ends, and waits for the worker.
  StopHook stop_hook_;
  Result<SelfTestReport> report_{Status(Code::kInternal, "the self test did not run")};
};

}  // namespace

Napi::Value start_self_test(Napi::Env env, DeviceRuntime& runtime) {
  // Napi::Promise::Deferred does not tell when there is none, as in an environment that is being
  // torn down.
  napi_deferred deferred = nullptr;
  napi_value promise = nullptr;
  if (napi_create_promise(env, &deferred, &promise) != napi_ok) return {};
  (new SelfTestWorker(env, runtime, deferred))->Queue();
  return Napi::Value(env, promise);
}

}  // namespace tfjs_native
