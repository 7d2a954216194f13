#include "binding/session_binding.h"

#include <algorithm>
#include <chrono>
#include <exception>
#include <new>

#include "binding/call_frame.h"
#include "binding/napi_util.h"

// Of libuv, whose header comes with Node only.
extern "C" int uv_loop_alive(const struct uv_loop_s* loop);

namespace tfjs_native {
namespace {

// A worker gives its libuv thread back this often, so that file system work of the same process
// gets its turn, and so that an environment that is torn down never waits for a whole queue.
constexpr std::chrono::milliseconds kSlice{20};

// The garbage collector is told of drifts of this size; telling costs more than a small tensor.
constexpr int64_t kReportBytes = 256 * 1024;

constexpr double kMaxElements = 9007199254740992.0;  // 2^53

/// The dtype whose values a typed array holds as they are; false for other arrays.
bool dtype_of_array(napi_typedarray_type type, DType dtype) {
  switch (dtype) {
    case DType::kFloat32:
    case DType::kComplex64:
      return type == napi_float32_array;
    case DType::kInt32:
      return type == napi_int32_array;
    case DType::kBool:
      return type == napi_uint8_array || type == napi_uint8_clamped_array;
  }
  return false;
}

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
  auto session = Session::create(runtime, [binding] { binding->ask_for_worker(); });
  if (!session.ok()) {
    delete binding;
    return session.status();
  }
  binding->session_ = std::move(session.value());
  napi_value object = js_object(env);
  napi_add_finalizer(env, object, binding, on_object_collected, nullptr, &binding->object_ref_);
  napi_add_env_cleanup_hook(env, on_environment_exit, binding);
  TFJS_RETURN_IF_ERROR(binding->signals_.open(env, binding->object_ref_));
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
  const size_t bytes = binding->slots_.remove(reinterpret_cast<Slots::Key>(key));
  // No call into the engine from a finalizer; the next call reports it.
  binding->unreported_bytes_ -= static_cast<int64_t>(bytes);
  binding->release_reference();
}

void SessionBinding::release_reference() {
  if (--references_ == 0) delete this;
}

// --- Workers and signals ----------------------------------------------------------------------

void SessionBinding::ask_for_worker() {
  napi_value name = nullptr;
  if (napi_create_string_utf8(env_, "tfjs-native", NAPI_AUTO_LENGTH, &name) != napi_ok) return;
  auto* worker = new Worker{this};
  ++references_;
  const auto execute = [](napi_env, void* data) {
    // A libuv thread.
    static_cast<Worker*>(data)->binding->session_->queue().drain_slice(kSlice);
  };
  const auto complete = [](napi_env env, napi_status, void* data) {
    auto* worker = static_cast<Worker*>(data);
    SessionBinding* binding = worker->binding;
    napi_delete_async_work(env, worker->work);
    delete worker;
    // A worker keeps the event loop alive. It goes on only where something else does too (a timer,
    // someone who waits for a value): a finished script ends, whatever is left in the queue.
    if (binding->can_call_js(env) && loop_is_alive(env)) binding->session_->queue().resume();
    binding->release_reference();
  };
  if (napi_create_async_work(env_, nullptr, name, execute, complete, worker, &worker->work) !=
          napi_ok ||
      napi_queue_async_work(env_, worker->work) != napi_ok) {
    delete worker;
    --references_;
  }
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
  const size_t bytes = slots_.find(slot)->value.buffer->size_bytes();
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
  Status status = read_frame(words, slots_, call_frame_);
  const OpDef* op = call_frame_.op;
  if (!status.ok()) return fail(env, status.at(op == nullptr ? "call" : op->name, {}));
  Ref<Plan> plan = session_->plans().find(words);
  if (!plan) {
    auto made = plan_call(session_->runtime().planner, call_frame_, words);
    if (!made.ok()) return fail(env, made.status());
    plan = std::move(made.value());
    session_->plans().insert(words, plan);
  }
  size_t needed = 1;
  for (const TensorDesc& output : plan->descriptor().outputs) needed += 3 + output.rank();
  if (needed > frame_words_) return js_number(env, -static_cast<double>(needed));
  outputs_.clear();
  status = session_->call(plan, call_frame_.inputs, outputs_);
  call_frame_.inputs.clear();
  if (!status.ok()) return fail(env, status);
  if ((plan->op().traits & kView) != 0) {
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
    return fail(env, Status(Code::kUnsupported, "the outputs do not fit the call frame"));
  }
  size_t position = 0;
  frame_[position++] = static_cast<double>(descs.size());
  for (size_t i = 0; i < descs.size(); ++i) {
    const TensorDesc& desc = descs[i];
    const uint32_t slot = slots_.add(std::move(outputs_[i]), desc.dtype, desc.num_elements());
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

// --- Data -------------------------------------------------------------------------------------

/// write(handle, values, dtype, elements): slot, -1, or -2 when the values must be converted first
///
/// `elements` is what the shape asks for. Fewer values are followed by zeros, so that no kernel
/// reads memory that nobody wrote; reading returns as many values as were given.
napi_value SessionBinding::write(napi_env env, napi_value* arguments) {
  const DType dtype = static_cast<DType>(static_cast<int>(to_double(env, arguments[2])));
  const double wanted = to_double(env, arguments[3]);
  bool is_typed_array = false;
  napi_is_typedarray(env, arguments[1], &is_typed_array);
  if (!is_typed_array) return js_number(env, -2);
  napi_typedarray_type type = napi_int8_array;
  size_t length = 0;
  void* data = nullptr;
  napi_get_typedarray_info(env, arguments[1], &type, &length, &data, nullptr, nullptr);
  if (!dtype_of_array(type, dtype)) return js_number(env, -2);
  const size_t given = dtype == DType::kComplex64 ? length / 2 : length;
  if (!(wanted >= 0 && wanted <= kMaxElements)) {
    return fail(env, make_status(Code::kBadShape,
                                 "shape: expected at most 2^53 elements, and no negative extents, "
                                 "got %g elements",
                                 wanted)
                         .at("write", {}));
  }
  const size_t elements = std::max(given, static_cast<size_t>(wanted));
  auto value = session_->write(data, given * size_of(dtype), elements * size_of(dtype));
  if (!value.ok()) return fail(env, value.status().at("write", {}));
  const uint32_t slot = slots_.add(std::move(value.value()), dtype, static_cast<int64_t>(given));
  Status status = tie(env, arguments[0], slot);
  return status.ok() ? js_number(env, slot) : fail(env, status);
}

/// elements(slot): how many readInto() will write, or -1; waits for the value, so that nobody makes
/// an array for one that there is not
napi_value SessionBinding::elements(napi_env env, napi_value* arguments) {
  const Slots::Slot* slot = slots_.find(to_double(env, arguments[0]));
  if (slot == nullptr) {
    return fail(env, Status(Code::kDisposed, "the tensor has been disposed").at("read", {}));
  }
  const int64_t elements = slot->elements;
  Status status = session_->wait(slot->value);
  return status.ok() ? js_number(env, static_cast<double>(elements)) : fail(env, status);
}

/// readInto(slot, array): 0, or -1; waits for the value
napi_value SessionBinding::read_into(napi_env env, napi_value* arguments) {
  const Slots::Slot* slot = slots_.find(to_double(env, arguments[0]));
  if (slot == nullptr) {
    return fail(env, Status(Code::kDisposed, "the tensor has been disposed").at("read", {}));
  }
  const Value value = slot->value;
  const DType dtype = slot->dtype;
  const size_t elements = static_cast<size_t>(slot->elements);
  napi_typedarray_type type = napi_int8_array;
  size_t length = 0;
  void* data = nullptr;
  if (napi_get_typedarray_info(env, arguments[1], &type, &length, &data, nullptr, nullptr) !=
          napi_ok ||
      !dtype_of_array(type, dtype) || length != elements * (dtype == DType::kComplex64 ? 2 : 1)) {
    return fail(env, Status(Code::kInternal, "the array does not fit the tensor").at("read", {}));
  }
  Status status = session_->read(value, data, elements * size_of(dtype));
  return status.ok() ? js_number(env, 0) : fail(env, status);
}

/// whenDone(slot, id): 1 when the value is there already; else 0, and onDone(id) follows; or -1
napi_value SessionBinding::when_done(napi_env env, napi_value* arguments) {
  const Slots::Slot* slot = slots_.find(to_double(env, arguments[0]));
  if (slot == nullptr) {
    return fail(env, Status(Code::kDisposed, "the tensor has been disposed").at("read", {}));
  }
  if (session_->is_done(slot->value) && session_->runtime().device.is_host())
    return js_number(env, 1);
  const uint32_t id = static_cast<uint32_t>(to_double(env, arguments[1]));
  signals_.expect();
  session_->when_done(slot->value, [this, id] { signals_.send(id, 0); });
  return js_number(env, 0);
}

/// dispose(slot)
napi_value SessionBinding::dispose(napi_env env, napi_value* arguments) {
  const double slot = to_double(env, arguments[0]);
  if (slots_.find(slot) != nullptr) {
    const size_t bytes = slots_.remove(slots_.key(static_cast<uint32_t>(slot)));
    account(env, -static_cast<int64_t>(bytes));
  }
  return nullptr;
}

napi_value SessionBinding::synchronize(napi_env, napi_value*) {
  session_->synchronize();
  return nullptr;
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

// --- Captured graphs --------------------------------------------------------------------------

/// The frame holds slot, rank, extents... for each of `count` tensors.
Result<SessionBinding::TensorsInFrame> SessionBinding::tensors_in_frame(napi_env env,
                                                                        napi_value count) const {
  TensorsInFrame tensors;
  const size_t wanted = static_cast<size_t>(to_double(env, count));
  size_t position = 0;
  for (size_t i = 0; i < wanted && position + 2 <= frame_words_; ++i) {
    const Slots::Slot* slot = slots_.find(frame_[position]);
    if (slot == nullptr) return make_status(Code::kDisposed, "tensor %zu has been disposed", i);
    const size_t rank = static_cast<size_t>(frame_[position + 1]);
    if (rank > frame_words_ - position - 2) break;
    const double* extents = frame_ + position + 2;
    tensors.values.push_back(slot->value);
    tensors.descs.push_back({slot->dtype, Shape(extents, extents + rank), true});
    position += 2 + rank;
  }
  if (tensors.values.size() != wanted) return Status(Code::kInternal, "malformed call frame");
  return tensors;
}

/// recordBegin(inputCount)
napi_value SessionBinding::record_begin(napi_env env, napi_value* arguments) {
  if (recorder_) {
    return fail(env, Status(Code::kInternal, "a recording is under way").at("capture", {}));
  }
  auto inputs = tensors_in_frame(env, arguments[0]);
  if (!inputs.ok()) return fail(env, inputs.status().at("capture", {}));
  recorder_ =
      std::make_unique<Recorder>(*session_, inputs.value().values, std::move(inputs.value().descs));
  return js_number(env, 0);
}

/// recordEnd(outputCount): an external that replay() takes, or -1
napi_value SessionBinding::record_end(napi_env env, napi_value* arguments) {
  if (!recorder_) {
    return fail(env, Status(Code::kInternal, "no recording is under way").at("capture", {}));
  }
  const std::unique_ptr<Recorder> recorder = std::move(recorder_);
  auto outputs = tensors_in_frame(env, arguments[0]);
  if (!outputs.ok()) return fail(env, outputs.status().at("capture", {}));
  auto executable = recorder->finish(outputs.value().values, std::move(outputs.value().descs));
  if (!executable.ok()) return fail(env, executable.status().at("capture", {}));
  using Held = std::shared_ptr<const Executable>;
  napi_value external = nullptr;
  const auto finalize = [](napi_env, void* data, void*) { delete static_cast<Held*>(data); };
  napi_create_external(env, new Held(executable.value()), finalize, nullptr, &external);
  return external;
}

/// replay(executable, inputCount, firstHandle): outputs in the frame, or -1
napi_value SessionBinding::replay(napi_env env, napi_value* arguments) {
  void* data = nullptr;
  if (napi_get_value_external(env, arguments[0], &data) != napi_ok || data == nullptr) {
    return fail(env, Status(Code::kInternal, "not a captured graph").at("replay", {}));
  }
  const auto executable = *static_cast<std::shared_ptr<const Executable>*>(data);
  auto inputs = tensors_in_frame(env, arguments[1]);
  if (!inputs.ok()) return fail(env, inputs.status().at("replay", {}));
  auto outputs =
      tfjs_native::replay(*session_, executable, inputs.value().values, inputs.value().descs);
  if (!outputs.ok()) return fail(env, outputs.status().at("replay", {}));
  outputs_ = std::move(outputs.value());
  return answer(env, executable->output_descs, arguments[2]);
}

}  // namespace tfjs_native
