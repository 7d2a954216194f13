// The functions of a session that call operators through the call frame.
#include "binding/arguments.h"
#include "binding/call_frame.h"
#include "binding/session_binding.h"

namespace tfjs_native {

/// setFrame(words: Float64Array)
Napi::Value SessionBinding::set_frame(const Napi::CallbackInfo& info) {
  const auto words = array_view(info[0]);
  if (!words || words->type != napi_float64_array || words->length == 0) {
    return fail(info.Env(), Status(Code::kInternal, "the call frame must be a Float64Array"));
  }
  object_.Value().Set("frame", info[0]);  // Keeps it alive.
  frame_ = static_cast<double*>(words->data);
  frame_words_ = words->length - 1;
  return Napi::Number::New(info.Env(), 0);
}

/// The call that lies in the frame: its inputs go to call_frame_, what it comes to goes to
/// planned_. That is known from an equal call, unless it depends on values.
Status SessionBinding::plan_from_frame(double count) {
  if (!(count >= 0 && count <= static_cast<double>(frame_words_))) {
    return Status(Code::kInternal, "the call does not fit its frame");
  }
  const std::span<double> words(frame_, static_cast<size_t>(count));
  Status status = read_frame(words, slots_, call_frame_);
  const OpDef* const op = call_frame_.op;
  if (!status.ok()) return status.at(op == nullptr ? "call" : op->name, {});
  const bool is_recorded = recorder_ != nullptr;
  if (!op->wants_values && session_->plans().find(words, planned_, is_recorded)) return {};
  TFJS_ASSIGN_OR_RETURN(DecodedCall call, decode_call(call_frame_, words));
  if (op->wants_values) {
    TFJS_ASSIGN_OR_RETURN(planned_, session_->plan_by_values(*op, std::move(call.inputs),
                                                             call.attrs, call_frame_.inputs));
    return {};
  }
  TFJS_ASSIGN_OR_RETURN(planned_,
                        session_->runtime().plans.plan(*op, std::move(call.inputs), call.attrs));
  session_->plans().insert(words, planned_);
  planned_.place = {};
  return {};
}

/// call(words, cell): outputs in the frame, or -1
///
/// The cell becomes the owner of a single output. Several wait for adopt(); views take no cell.
///
/// Where the frame has too few words for the answer nothing is computed: the answer is minus the
/// number of words, and the call must be written again into a frame that is large enough.
Napi::Value SessionBinding::call(Napi::Env env, napi_value words, napi_value cell) {
  const ForgetCall forget{*this};
  Status status = plan_from_frame(number_of(env, words));
  if (!status.ok()) return fail(env, status);
  const Plan& plan = *planned_.plan;
  size_t needed = 1;
  for (const TensorDesc& output : plan.descriptor().outputs) needed += 3 + output.rank();
  if (needed > frame_words_) return Napi::Number::New(env, -static_cast<double>(needed));
  if ((plan.op().traits & kOpenOutputs) != 0) {
    auto open = session_->call_open(planned_, call_frame_.inputs);
    if (!open.ok()) return fail(env, open.status());
    return answer(env, open.value().descs, open.value().outputs, cell);
  }
  status = session_->call(planned_, call_frame_.inputs, outputs_);
  if (!status.ok()) return fail(env, status);
  if (plan.is_whole_view()) return answer_view(env, plan.descriptor().outputs[0]);
  return answer(env, plan.descriptor().outputs, outputs_, cell);
}

/// callLater(words, id): enqueues a call of an operator with open outputs; 0, and onDone(id)
/// follows, then collect(id); or -1
Napi::Value SessionBinding::call_later(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const ForgetCall forget{*this};
  Status status = plan_from_frame(number_of(info[0]));
  if (!status.ok()) return fail(env, status);
  const uint32_t id = info[1].As<Napi::Number>().Uint32Value();
  const auto open = session_->enqueue_open(planned_, call_frame_.inputs);
  open_calls_[id] = open;
  signals_.expect();
  session_->when_done(open->outputs[0], [this, id] { signals_.send(id, 0); });
  return Napi::Number::New(env, 0);
}

/// collect(id, cell): as call() answers, for a call that is done
Napi::Value SessionBinding::collect(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto found = open_calls_.find(info[0].As<Napi::Number>().Uint32Value());
  if (found == open_calls_.end()) return fail(env, Status(Code::kInternal, "no such call"));
  const std::shared_ptr<const Session::OpenCall> open = std::move(found->second);
  open_calls_.erase(found);
  Status status = session_->wait(open->outputs[0]);
  if (!status.ok()) return fail(env, status);
  std::vector<Value> outputs = open->outputs;
  return answer(env, open->descs, outputs, info[1]);
}

/// A view has no slot of its own: JavaScript's tensors share the data id.
Napi::Value SessionBinding::answer_view(Napi::Env env, const TensorDesc& desc) {
  frame_[0] = 1;
  frame_[1] = -1;
  frame_[2] = static_cast<double>(desc.dtype);
  frame_[3] = static_cast<double>(desc.rank());
  for (size_t i = 0; i < desc.rank(); ++i) frame_[4 + i] = static_cast<double>(desc.shape[i]);
  return Napi::Number::New(env, 0);
}

/// Gives each output a slot, a single one that of the cell, and writes the answer.
Napi::Value SessionBinding::answer(Napi::Env env, std::span<const TensorDesc> descs,
                                   std::span<Value> outputs, napi_value cell) {
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
    uint32_t slot;
    if (descs.size() == 1) {
      auto own = give(env, cell, cell_slot(), std::move(outputs[i]), desc.dtype,
                      desc.num_elements(), desc.size_bytes());
      if (!own.ok()) return fail(env, own.status());
      slot = own.value();
    } else {
      slot = slots_.add(std::move(outputs[i]), desc.dtype, desc.num_elements(), desc.size_bytes());
      orphans_.push_back(slots_.key(slot));
    }
    frame_[position++] = slot;
    frame_[position++] = static_cast<double>(desc.dtype);
    frame_[position++] = static_cast<double>(desc.rank());
    for (const int64_t extent : desc.shape) frame_[position++] = static_cast<double>(extent);
  }
  return {};
}

}  // namespace tfjs_native
