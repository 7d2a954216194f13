// binding/: the only room that knows JavaScript: values <-> tensors, promises, teardown. It alone
// names concrete backends.
// May include: everything below it, Node-API and its C++ wrapper.
// Threads: JavaScript's own thread, but for a worker's Execute(), and send() and nudge() of a
// SignalChannel.
//
// The wrapper's classes are used where a failure may be left to JavaScript as a pending exception.
// Finalizers, teardown and what every call does besides use the C functions, whose status tells. In
// an environment that is being torn down what runs JavaScript or makes a function or a promise
// fails and leaves no exception, only an empty value, of which nothing may be asked.
#pragma once

#include <napi.h>

#include <atomic>
#include <deque>
#include <map>
#include <memory>
#include <span>
#include <vector>

#include "binding/call_frame.h"
#include "binding/external_memory.h"
#include "binding/signal_channel.h"
#include "binding/slots.h"
#include "codecs/codecs.h"
#include "graph/compilation.h"
#include "graph/recorder.h"
#include "runtime/session.h"

namespace tfjs_native {

/// One session as lib/ sees it: an object of functions that share a Float64Array, the call frame.
/// It ends with its environment, or when that object is collected. The C++ side outlives both until
/// the last cell tied to a slot of it has been finalized.
class SessionBinding {
 public:
  /// Creates the JavaScript object. Its `onDone(id, value)`, which the caller sets, is called for
  /// every wait that ends later.
  static Result<Napi::Object> open(Napi::Env env, DeviceRuntime& runtime);

 private:
  class Worker;
  class CompileWorker;
  class ImageWorker;
  class EncodeWorker;

  explicit SessionBinding(Napi::Env env) : env_(env) {}
  ~SessionBinding() = default;

  // Each is one function of the object; its definition says what JavaScript passes and gets.
  using Method = Napi::Value (SessionBinding::*)(const Napi::CallbackInfo&);
  // session_calls.cc
  Napi::Value set_frame(const Napi::CallbackInfo& info);
  Napi::Value call(Napi::Env env, napi_value words, napi_value cell);
  Napi::Value call_later(const Napi::CallbackInfo& info);
  Napi::Value collect(const Napi::CallbackInfo& info);
  // session_handles.cc
  Napi::Value adopt(const Napi::CallbackInfo& info);
  Napi::Value dispose(Napi::Env env, napi_value number, napi_value);
  // session_data.cc
  Napi::Value write(const Napi::CallbackInfo& info);
  Napi::Value elements(const Napi::CallbackInfo& info);
  Napi::Value read_into(const Napi::CallbackInfo& info);
  // session_images.cc
  Napi::Value decode_image(const Napi::CallbackInfo& info);
  Napi::Value decode_image_later(const Napi::CallbackInfo& info);
  Napi::Value collect_image(const Napi::CallbackInfo& info);
  // session_encoding.cc
  Napi::Value encode_image_later(const Napi::CallbackInfo& info);
  Napi::Value encoded_size(const Napi::CallbackInfo& info);
  Napi::Value take_encoded(const Napi::CallbackInfo& info);
  // session_waits.cc
  Napi::Value when_done(const Napi::CallbackInfo& info);
  Napi::Value synchronize(const Napi::CallbackInfo& info);
  Napi::Value profile_begin(const Napi::CallbackInfo& info);
  Napi::Value profile_end(const Napi::CallbackInfo& info);
  // session_capture.cc
  Napi::Value record_begin(const Napi::CallbackInfo& info);
  Napi::Value record_end(const Napi::CallbackInfo& info);
  Napi::Value canceller(const Napi::CallbackInfo& info);
  Napi::Value cancel(const Napi::CallbackInfo& info);
  Napi::Value replay(const Napi::CallbackInfo& info);
  Napi::Value run_deferred(const Napi::CallbackInfo& info);
  Napi::Value release(const Napi::CallbackInfo& info);
  Napi::Value explain(const Napi::CallbackInfo& info);
  // session_compile.cc
  Napi::Value compile(const Napi::CallbackInfo& info);
  Napi::Value compilation_state(const Napi::CallbackInfo& info);
  Napi::Value when_compiled(const Napi::CallbackInfo& info);
  // session_binding.cc
  Napi::Value last_error(const Napi::CallbackInfo& info);

  // Those that every call of an operator comes to take two arguments, and pass by the wrapper.
  using HotMethod = Napi::Value (SessionBinding::*)(Napi::Env env, napi_value, napi_value);

  template <Method kMethod>
  static Napi::Value entry(const Napi::CallbackInfo& info);
  template <HotMethod kMethod>
  static napi_value hot_entry(napi_env env, napi_callback_info info);
  template <Method kMethod>
  void add_function(Napi::Object object, const char* name);
  template <HotMethod kMethod>
  void add_hot_function(Napi::Object object, const char* name);
  template <typename Body>
  Napi::Value guarded(Napi::Env env, Body body);
  /// Keeps the error for last_error() and answers with -1.
  Napi::Value fail(Napi::Env env, Status status);

  // session_lifetime.cc
  Status attach(Napi::Object object);
  void end();
  static void on_environment_exit(void* self);
  static void on_object_collected(napi_env env, void* self, void*);
  void release_reference();

  // session_worker.cc
  void ask_for_worker();
  void withdraw_worker();
  bool cancel_worker();
  bool can_call_js(napi_env env) const;

  // session_handles.cc
  /// Ties the slot to the cell, so that it is freed when the cell is collected.
  Status tie(napi_env env, napi_value cell, uint32_t slot);
  /// The slot of the cell that goes with a call, which the word behind the frame holds; -1: it has
  /// none yet.
  double cell_slot() const { return frame_ == nullptr ? -1 : frame_[frame_words_]; }
  /// Gives a value to the cell, in the slot that it has, or in a new one; its slot.
  Result<uint32_t> give(napi_env env, napi_value cell, double cell_slot, Value value, DType dtype,
                        int64_t elements, size_t size_bytes);
  Result<uint32_t> adopt(napi_env env, napi_value cell, double cell_slot, Slots::Key orphan);
  static void on_cell_collected(napi_env env, void* key, void* self);
  void let_go_of_orphans();
  size_t let_go(Slots::Key key);
  void account(Napi::Env env, int64_t bytes);

  // session_compile.cc
  /// A graph that is to be compiled, and who waits for that.
  struct CompileJob {
    std::shared_ptr<Compilation> compilation;
    std::shared_ptr<const Graph> graph;
    CompileOptions options;
    CallQueue::Ticket ticket = 0;  // What is enqueued up to it may write the graph's constants.
    std::vector<uint32_t> waits;   // Ids for onDone().
  };
  void compile_next();
  void take_shared_constants(const CompiledGraph& compiled);
  void exchange_buffers();

  // session_calls.cc
  /// Whatever becomes of a call: what is kept of it would outlive its tensors.
  struct ForgetCall {
    SessionBinding& binding;
    ~ForgetCall() {
      binding.call_frame_.inputs.clear();
      binding.planned_.plan = {};
      binding.planned_.given.reset();
      binding.outputs_.clear();
    }
  };
  Status plan_from_frame(double count);
  Napi::Value answer_view(Napi::Env env, const TensorDesc& desc);
  Napi::Value answer(Napi::Env env, std::span<const TensorDesc> descs, std::span<Value> outputs,
                     napi_value cell);

  // session_images.cc
  MemorySource& image_memory() const;
  Napi::Value answer_image(Napi::Env env, DecodedImage image, napi_value cell);

  // session_capture.cc
  struct TensorsInFrame {
    std::vector<uint32_t> slots;
    std::vector<Value> values;
    std::vector<TensorDesc> descs;
  };
  Result<TensorsInFrame> tensors_in_frame(double count) const;
  void lay_apart(Napi::Env env, uint32_t slot);

  Napi::Env env_;
  std::unique_ptr<Session> session_;
  Slots slots_;
  double* frame_ = nullptr;
  size_t frame_words_ = 0;
  Napi::ObjectReference object_;  // Weak; empty once the object has been collected.
  SignalChannel signals_;
  Worker* worker_ = nullptr;  // The newest, until it completes.
  bool has_ended_ = false;
  Status last_error_;
  ExternalMemory external_memory_;
  int references_ = 1;  // The object's, and one for every worker and every cell tied to a slot.
  std::unique_ptr<Recorder> recorder_;
  // One after another, so that libuv's pool has threads for others; the first is under way.
  std::deque<CompileJob> compile_jobs_;
  std::vector<BufferExchange> exchanges_;  // That wait for the end of a recording.
  std::vector<Slots::Key> orphans_;        // Outputs of the newest answer that wait for adopt().
  std::map<uint32_t, std::shared_ptr<const Session::OpenCall>> open_calls_;  // By id.
  // Shared with workers, which look at it on their threads: the session has ended.
  const std::shared_ptr<std::atomic<bool>> stop_images_ =
      std::make_shared<std::atomic<bool>>(false);
  // Of the call that is being made; kept for their capacity.
  CallFrame call_frame_;
  PlannedCall planned_;
  std::vector<Value> outputs_;
};

}  // namespace tfjs_native
