// binding/: the only room that knows JavaScript: values <-> tensors, promises, teardown. It alone
// names concrete backends.
// May include: everything below it, Node-API.
// Threads: JavaScript's own thread, but for a worker's execute(), and send() and nudge() of a
// SignalChannel.
#pragma once

#include <node_api.h>

#include <memory>
#include <string>

#include "binding/call_frame.h"
#include "binding/signal_channel.h"
#include "binding/slots.h"
#include "graph/recorder.h"
#include "runtime/session.h"

namespace tfjs_native {

/// One session as lib/ sees it: an object of functions that share a Float64Array, the call frame.
/// It ends with its environment, or when that object is collected. The C++ side outlives both until
/// the last handle tied to a slot of it has been finalized.
class SessionBinding {
 public:
  /// Creates the JavaScript object. Its `onDone(id, value)`, which the caller sets, is called for
  /// every wait that ends later.
  static Result<napi_value> open(napi_env env, DeviceRuntime& runtime);

  // Each is one function of the object; its definition says what JavaScript passes and gets. Those
  // that move data are in session_data.cc, those of captured graphs in session_capture.cc.
  napi_value set_frame(napi_env env, napi_value* arguments);
  napi_value call(napi_env env, napi_value* arguments);
  napi_value adopt(napi_env env, napi_value* arguments);
  napi_value write(napi_env env, napi_value* arguments);
  napi_value read_into(napi_env env, napi_value* arguments);
  napi_value elements(napi_env env, napi_value* arguments);
  napi_value when_done(napi_env env, napi_value* arguments);
  napi_value dispose(napi_env env, napi_value* arguments);
  napi_value profile_begin(napi_env env, napi_value* arguments);
  napi_value profile_end(napi_env env, napi_value* arguments);
  napi_value last_error(napi_env env, napi_value* arguments);
  napi_value synchronize(napi_env env, napi_value* arguments);
  napi_value record_begin(napi_env env, napi_value* arguments);
  napi_value record_end(napi_env env, napi_value* arguments);
  napi_value replay(napi_env env, napi_value* arguments);

 private:
  struct Worker;

  SessionBinding(napi_env env) : env_(env) {}
  ~SessionBinding() = default;

  void end();
  static void on_environment_exit(void* self);
  static void on_object_collected(napi_env env, void* self, void*);
  static void on_handle_collected(napi_env env, void* key, void* self);
  void release_reference();

  void ask_for_worker();
  void withdraw_worker();
  size_t let_go(Slots::Key key);
  napi_value object(napi_env env) const;
  bool can_call_js(napi_env env) const;

  using Method = napi_value (SessionBinding::*)(napi_env, napi_value*);
  napi_value guarded(Method method, napi_env env, napi_value* arguments);

  /// Keeps the error for last_error() and answers with -1.
  napi_value fail(napi_env env, Status status);
  /// Ties the slot to the handle, so that it is freed when the handle is collected.
  Status tie(napi_env env, napi_value handle, uint32_t slot);
  void account(napi_env env, int64_t bytes);
  struct TensorsInFrame {
    std::vector<Value> values;
    std::vector<TensorDesc> descs;
  };
  Result<TensorsInFrame> tensors_in_frame(napi_env env, napi_value count) const;
  napi_value answer_view(napi_env env, const TensorDesc& desc);
  napi_value answer(napi_env env, std::span<const TensorDesc> descs, napi_value first_handle);

  napi_env env_;
  std::unique_ptr<Session> session_;
  Slots slots_;
  double* frame_ = nullptr;
  size_t frame_words_ = 0;
  napi_ref object_ref_ = nullptr;  // Weak.
  SignalChannel signals_;
  Worker* worker_ = nullptr;  // The newest, until it completes.
  bool has_ended_ = false;
  Status last_error_;
  int64_t unreported_bytes_ = 0;
  int references_ = 1;  // The object's, and one for every worker and every handle tied to a slot.
  std::unique_ptr<Recorder> recorder_;
  // Of the call that is being made; kept for their capacity.
  CallFrame call_frame_;
  std::vector<Value> outputs_;
};

}  // namespace tfjs_native
