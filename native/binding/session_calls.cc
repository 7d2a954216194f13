// The functions of a session that call operators through the call frame.
#include "binding/arguments.h"
#include "binding/call_frame.h"
#include "binding/session_binding.h"

namespace tfjs_native {

/// setFrame(words: Float64Array)
Napi::Value SessionBinding::set_frame(const Napi::CallbackInfo& info) {
  const auto words = array_view(info[0]);
  if (!words || words->type != napi_float64_array) {
    return fail(info.Env(), Status(Code::kInternal, "the call frame must be a Float64Array"));
  }
  object_.Value().Set("frame", info[0]);  // Keeps it alive.
  frame_ = static_cast<double*>(words->data);
  frame_words_ = words->length;
  return Napi::Number::New(info.Env(), 0);
}

/// call(words, handle): outputs in the frame, or -1
///
/// The handle becomes the owner of a single output. Several wait for adopt(); views take no handle.
///
/// Where the frame has too few words for the answer nothing is computed: the answer is minus the
/// number of words, and the call must be written again into a frame that is large enough.
Napi::Value SessionBinding::call(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const double count = number_of(info[0]);
  if (!(count >= 0 && count <= static_cast<double>(frame_words_))) {
    return fail(env, Status(Code::kInternal, "the call does not fit its frame"));
  }
  const std::span<double> words(frame_, static_cast<size_t>(count));
  // Whatever becomes of the call: what is kept here would outlive its tensor.
  const struct Forget {
    CallFrame& frame;
    std::vector<Value>& outputs;
    ~Forget() {
      frame.inputs.clear();
      outputs.clear();
    }
  } forget{call_frame_, outputs_};
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
  if (needed > frame_words_) return Napi::Number::New(env, -static_cast<double>(needed));
  status = session_->call(planned, call_frame_.inputs, outputs_);
  if (!status.ok()) return fail(env, status);
  if (plan->is_whole_view()) return answer_view(env, plan->descriptor().outputs[0]);
  return answer(env, plan->descriptor().outputs, outputs_, info[1]);
}

/// A view has no slot of its own: JavaScript's tensors share the handle.
Napi::Value SessionBinding::answer_view(Napi::Env env, const TensorDesc& desc) {
  frame_[0] = 1;
  frame_[1] = -1;
  frame_[2] = static_cast<double>(desc.dtype);
  frame_[3] = static_cast<double>(desc.rank());
  for (size_t i = 0; i < desc.rank(); ++i) frame_[4 + i] = static_cast<double>(desc.shape[i]);
  return Napi::Number::New(env, 0);
}

/// Gives each output a slot and writes the answer.
Napi::Value SessionBinding::answer(Napi::Env env, std::span<const TensorDesc> descs,
                                   std::span<Value> outputs, napi_value handle) {
  size_t needed = 1;
  for (const TensorDesc& desc : descs) needed += 3 + desc.rank();
  if (needed > frame_words_) {
    return fail(env, Status(Code::kUnsupported, "the outputs do not fit the call frame"));
  }
  let_go_of_orphans();
  orphans_.reserve(descs.size());
  size_t position = 0;
  frame_[position++] = static_cast<double>(descs.size());
  for (size_t i = 0; i < descs.size(); ++i) {
    const TensorDesc& desc = descs[i];
    const uint32_t slot =
        slots_.add(std::move(outputs[i]), desc.dtype, desc.num_elements(), desc.size_bytes());
    orphans_.push_back(slots_.key(slot));
    frame_[position++] = slot;
    frame_[position++] = static_cast<double>(desc.dtype);
    frame_[position++] = static_cast<double>(desc.rank());
    for (const int64_t extent : desc.shape) frame_[position++] = static_cast<double>(extent);
  }
  if (descs.size() != 1) return {};
  const uint32_t slot = static_cast<uint32_t>(orphans_[0]);
  orphans_.clear();
  Status status = tie(env, handle, slot);
  return status.ok() ? Napi::Value() : fail(env, status);
}

}  // namespace tfjs_native
