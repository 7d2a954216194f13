#include "binding/session_binding.h"

#include <exception>
#include <new>

#include "binding/call_frame.h"
#include "binding/napi_util.h"

// Of libuv, whose header comes with Node only.
extern "C" int uv_loop_alive(const struct uv_loop_s* loop);

namespace tfjs_native {
namespace {

// The garbage collector is told of drifts of this size; telling costs more than a small tensor.
constexpr int64_t kReportBytes = 256 * 1024;

/// Whether anything that waits (a timer, a socket, work) keeps the environment from ending.
bool loop_is_alive(napi_env env) {
  uv_loop_s* loop = nullptr;
  return napi_get_uv_event_loop(env, &loop) == napi_ok && uv_loop_alive(loop) != 0;
}

}  // namespace

/// One drain of the queue by a libuv worker.
struct SessionBinding::Worker {
  SessionBinding* binding;
  napi_async_work work = nullptr;
};

Result<napi_value> SessionBinding::open(napi_env env, DeviceRuntime& runtime) {
  auto* binding = new SessionBinding(env);
  auto session = Session::create(runtime, {[binding] { binding->ask_for_worker(); },
                                           [binding] { binding->signals_.nudge(); }});
  if (!session.ok()) {
    delete binding;
    return session.status();
  }
  binding->session_ = std::move(session.value());
  napi_value object = js_object(env);
  if (napi_add_finalizer(env, object, binding, on_object_collected, nullptr,
                         &binding->object_ref_) != napi_ok) {
    delete binding;
    return Status(Code::kInternal, "the session's object could not be made");
  }
  napi_add_env_cleanup_hook(env, on_environment_exit, binding);
  TFJS_RETURN_IF_ERROR(
      binding->signals_.open(env, binding->object_ref_, [binding] { binding->withdraw_worker(); }));
#define TFJS_METHOD(name, method)                             \
  {                                                           \
    constexpr Method kMethod = &SessionBinding::method;       \
    napi_value function = nullptr;                            \
    napi_create_function(                                     \
        env, name, NAPI_AUTO_LENGTH,                          \
        [](napi_env env, napi_callback_info info) {           \
          CallbackArguments<4> arguments(env, info);          \
          return static_cast<SessionBinding*>(arguments.data) \
              ->guarded(kMethod, env, arguments.values);      \
        },                                                    \
        binding, &function);                                  \
    set_property(env, object, name, function);                \
  }
  TFJS_METHOD("setFrame", set_frame)
  TFJS_METHOD("call", call)
  TFJS_METHOD("adopt", adopt)
  TFJS_METHOD("write", write)
  TFJS_METHOD("readInto", read_into)
  TFJS_METHOD("elements", elements)
  TFJS_METHOD("whenDone", when_done)
  TFJS_METHOD("dispose", dispose)
  TFJS_METHOD("profileBegin", profile_begin)
  TFJS_METHOD("profileEnd", profile_end)
  TFJS_METHOD("lastError", last_error)
  TFJS_METHOD("synchronize", synchronize)
  TFJS_METHOD("recordBegin", record_begin)
  TFJS_METHOD("recordEnd", record_end)
  TFJS_METHOD("replay", replay)
#undef TFJS_METHOD
  return object;
}

// --- Teardown ---------------------------------------------------------------------------------

void SessionBinding::end() {
  session_->close();
  // An environment ends when libuv has done with all its jobs, whatever is before them.
  if (worker_ != nullptr) napi_cancel_async_work(env_, worker_->work);
  recorder_.reset();
  slots_.clear();
  signals_.close();
}

void SessionBinding::on_environment_exit(void* self) {
  auto* binding = static_cast<SessionBinding*>(self);
  binding->has_ended_ = true;
  binding->end();
}

/// Nothing can reach the session any more: its backend, and the realm of that, are gone. (Or the
/// environment is; then its finalizers run after its hooks.)
void SessionBinding::on_object_collected(napi_env env, void* self, void*) {
  auto* binding = static_cast<SessionBinding*>(self);
  if (!binding->has_ended_) {
    napi_remove_env_cleanup_hook(env, on_environment_exit, binding);
    binding->end();
  }
  napi_delete_reference(env, binding->object_ref_);
  binding->object_ref_ = nullptr;
  binding->release_reference();
}

void SessionBinding::on_handle_collected(napi_env, void* key, void* self) {
  auto* binding = static_cast<SessionBinding*>(self);
  const size_t bytes = binding->let_go(reinterpret_cast<Slots::Key>(key));
  // No call into the engine from a finalizer; the next call reports it.
  binding->unreported_bytes_ -= static_cast<int64_t>(bytes);
  binding->release_reference();
}

/// Frees the slot that `key` names; the bytes of its tensor, 0 where it was free already.
size_t SessionBinding::let_go(Slots::Key key) {
  if (const Slots::Slot* slot = slots_.find_life(key))
    session_->let_go(slot->value, slot->size_bytes);
  return slots_.remove(key);
}

void SessionBinding::release_reference() {
  if (--references_ == 0) delete this;
}

// --- Workers and signals ----------------------------------------------------------------------

void SessionBinding::ask_for_worker() {
  auto* worker = new Worker{this};
  worker_ = worker;
  ++references_;
  const auto execute = [](napi_env, void* data) {
    // A libuv thread.
    static_cast<Worker*>(data)->binding->session_->queue().drain_slice(CallQueue::kSlice);
  };
  const auto complete = [](napi_env env, napi_status, void* data) {
    auto* worker = static_cast<Worker*>(data);
    SessionBinding* binding = worker->binding;
    if (binding->worker_ == worker) binding->worker_ = nullptr;
    napi_delete_async_work(env, worker->work);
    delete worker;
    // A worker keeps the event loop alive. It goes on only where something else does too (a timer,
    // someone who waits for a value): a finished script ends, whatever is left in the queue.
    if (binding->can_call_js(env) && loop_is_alive(env)) binding->session_->queue().resume();
    binding->release_reference();
  };
  if (napi_create_async_work(env_, nullptr, js_string(env_, "tfjs-native"), execute, complete,
                             worker, &worker->work) != napi_ok ||
      napi_queue_async_work(env_, worker->work) != napi_ok) {
    if (worker->work != nullptr) napi_delete_async_work(env_, worker->work);
    delete worker;
    worker_ = nullptr;
    --references_;
    // A worker that is done at once: the next call asks for another.
    session_->queue().drain_slice({});
  }
}

/// Its completion follows, and asks for another one where that is of use: a slice of the stand-in
/// ends as one of a worker does. Without this a finished script would wait for other jobs.
void SessionBinding::withdraw_worker() {
  if (worker_ == nullptr) return;
  session_->queue().withdraw(
      [this] { return napi_cancel_async_work(env_, worker_->work) == napi_ok; });
}

/// Reading a property fails in an environment that is being torn down: then nobody waits for what
/// is left in the queue.
bool SessionBinding::can_call_js(napi_env env) const {
  napi_value property = nullptr;
  return napi_get_named_property(env, object(env), "call", &property) == napi_ok;
}

/// Null once it has been collected.
napi_value SessionBinding::object(napi_env env) const {
  napi_value object = nullptr;
  if (object_ref_ != nullptr) napi_get_reference_value(env, object_ref_, &object);
  return object;
}

// --- Helpers ----------------------------------------------------------------------------------

/// No exception may reach the engine's frames.
napi_value SessionBinding::guarded(Method method, napi_env env, napi_value* arguments) {
  try {
    return (this->*method)(env, arguments);
  } catch (const std::bad_alloc&) {
    return fail(env, Status(Code::kOutOfMemory, "the host is out of memory"));
  } catch (const std::exception& exception) {
    return fail(env, Status(Code::kInternal, exception.what()));
  }
}

napi_value SessionBinding::fail(napi_env env, Status status) {
  last_error_ = status.at("", session_->runtime().device.name());
  return js_number(env, -1);
}

napi_value SessionBinding::last_error(napi_env env, napi_value*) {
  if (last_error_.ok()) return js_undefined(env);
  return js_error_info(env, last_error_.error());
}

void SessionBinding::account(napi_env env, int64_t bytes) {
  unreported_bytes_ += bytes;
  if (unreported_bytes_ < kReportBytes && unreported_bytes_ > -kReportBytes) return;
  const int64_t change = unreported_bytes_;
  unreported_bytes_ = 0;
  int64_t total = 0;
  napi_adjust_external_memory(env, change, &total);
}

Status SessionBinding::tie(napi_env env, napi_value handle, uint32_t slot) {
  const Slots::Key key = slots_.key(slot);
  const size_t bytes = slots_.find(slot)->size_bytes;
  // A finalizer without napi_wrap: the handle itself knows its slot.
  if (napi_add_finalizer(env, handle, reinterpret_cast<void*>(key), on_handle_collected, this,
                         nullptr) != napi_ok) {
    slots_.remove(key);
    return Status(Code::kInternal, "the handle could not be tied to its tensor");
  }
  ++references_;
  account(env, static_cast<int64_t>(bytes));
  return {};
}

// --- Calls ------------------------------------------------------------------------------------

/// setFrame(words: Float64Array)
napi_value SessionBinding::set_frame(napi_env env, napi_value* arguments) {
  napi_typedarray_type type = napi_int8_array;
  size_t length = 0;
  void* data = nullptr;
  if (napi_get_typedarray_info(env, arguments[0], &type, &length, &data, nullptr, nullptr) !=
          napi_ok ||
      type != napi_float64_array) {
    return fail(env, Status(Code::kInternal, "the call frame must be a Float64Array"));
  }
  set_property(env, object(env), "frame", arguments[0]);  // Keeps it alive.
  frame_ = static_cast<double*>(data);
  frame_words_ = length;
  return js_number(env, 0);
}

/// call(words, firstHandle): outputs in the frame, or -1; views take no handle
///
/// Where the frame has too few words for the answer nothing is computed: the answer is minus the
/// number of words, and the call must be written again into a frame that is large enough.
napi_value SessionBinding::call(napi_env env, napi_value* arguments) {
  const double count = to_double(env, arguments[0]);
  if (!(count >= 0 && count <= static_cast<double>(frame_words_))) {
    return fail(env, Status(Code::kInternal, "the call does not fit its frame"));
  }
  const std::span<double> words(frame_, static_cast<size_t>(count));
  // Whatever becomes of the call: what is kept here would outlive its tensor.
  const struct Forget {
    CallFrame& frame;
    ~Forget() { frame.inputs.clear(); }
  } forget{call_frame_};
  Status status = read_frame(words, slots_, call_frame_);
  const OpDef* op = call_frame_.op;
  if (!status.ok()) return fail(env, status.at(op == nullptr ? "call" : op->name, {}));
  PlannedCall planned = session_->plans().find(words);
  if (!planned.plan) {
    auto made = plan_call(session_->runtime().plans, call_frame_, words);
    if (!made.ok()) return fail(env, made.status());
    planned = std::move(made.value());
    session_->plans().insert(words, planned);
  }
  const Plan* plan = planned.plan.get();
  size_t needed = 1;
  for (const TensorDesc& output : plan->descriptor().outputs) needed += 3 + output.rank();
  if (needed > frame_words_) return js_number(env, -static_cast<double>(needed));
  outputs_.clear();
  status = session_->call(planned, call_frame_.inputs, outputs_);
  if (!status.ok()) {
    outputs_.clear();
    return fail(env, status);
  }
  if (plan->is_whole_view()) {
    outputs_.clear();  // It is the input's buffer, which must not be kept.
    return answer_view(env, plan->descriptor().outputs[0]);
  }
  return answer(env, plan->descriptor().outputs, arguments[1]);
}

/// A view has no slot of its own: JavaScript's tensors share the handle.
napi_value SessionBinding::answer_view(napi_env env, const TensorDesc& desc) {
  frame_[0] = 1;
  frame_[1] = -1;
  frame_[2] = static_cast<double>(desc.dtype);
  frame_[3] = static_cast<double>(desc.rank());
  for (size_t i = 0; i < desc.rank(); ++i) frame_[4 + i] = static_cast<double>(desc.shape[i]);
  return js_number(env, 0);
}

/// Gives each of outputs_ a slot and writes the answer.
napi_value SessionBinding::answer(napi_env env, std::span<const TensorDesc> descs,
                                  napi_value first_handle) {
  size_t needed = 1;
  for (const TensorDesc& desc : descs) needed += 3 + desc.rank();
  if (needed > frame_words_) {
    outputs_.clear();
    return fail(env, Status(Code::kUnsupported, "the outputs do not fit the call frame"));
  }
  size_t position = 0;
  frame_[position++] = static_cast<double>(descs.size());
  for (size_t i = 0; i < descs.size(); ++i) {
    const TensorDesc& desc = descs[i];
    const uint32_t slot =
        slots_.add(std::move(outputs_[i]), desc.dtype, desc.num_elements(), desc.size_bytes());
    frame_[position++] = slot;
    frame_[position++] = static_cast<double>(desc.dtype);
    frame_[position++] = static_cast<double>(desc.rank());
    for (const int64_t extent : desc.shape) frame_[position++] = static_cast<double>(extent);
    if (i == 0) {
      if (Status status = tie(env, first_handle, slot); !status.ok()) return fail(env, status);
    }
  }
  return nullptr;
}

/// adopt(handle, slot): ties an output behind the first one to its handle
napi_value SessionBinding::adopt(napi_env env, napi_value* arguments) {
  const double slot = to_double(env, arguments[1]);
  if (slots_.find(slot) == nullptr) {
    return fail(env, Status(Code::kInternal, "no such slot"));
  }
  Status status = tie(env, arguments[0], static_cast<uint32_t>(slot));
  return status.ok() ? js_number(env, 0) : fail(env, status);
}

// --- Profile ----------------------------------------------------------------------------------

napi_value SessionBinding::profile_begin(napi_env, napi_value*) {
  session_->begin_profile();
  return nullptr;
}

/// profileEnd(id): onDone(id, kernelMs) follows
napi_value SessionBinding::profile_end(napi_env env, napi_value* arguments) {
  const uint32_t id = static_cast<uint32_t>(to_double(env, arguments[0]));
  signals_.expect();
  session_->end_profile([this, id](double ms) { signals_.send(id, ms); });
  return nullptr;
}

}  // namespace tfjs_native
