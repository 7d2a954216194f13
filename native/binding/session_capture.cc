// The functions of a session that record calls as a graph and replay it.
#include "binding/arguments.h"
#include "binding/held.h"
#include "binding/session_binding.h"
#include "graph/explanation.h"

namespace tfjs_native {
/// The frame holds slot, rank, extents... for each of `count` tensors.
Result<SessionBinding::TensorsInFrame> SessionBinding::tensors_in_frame(double count) const {
  TensorsInFrame tensors;
  if (!(count >= 0 && count <= static_cast<double>(frame_words_))) {
    return Status(Code::kInternal, "malformed call frame");
  }
  const size_t wanted = static_cast<size_t>(count);
  size_t position = 0;
  for (size_t i = 0; i < wanted && position + 2 <= frame_words_; ++i) {
    const Slots::Slot* slot = slots_.find(frame_[position]);
    if (slot == nullptr) return make_status(Code::kDisposed, "tensor %zu has been disposed", i);
    if (!(frame_[position + 1] >= 0)) break;
    const size_t rank = static_cast<size_t>(frame_[position + 1]);
    if (rank > frame_words_ - position - 2) break;
    const double* extents = frame_ + position + 2;
    TFJS_RETURN_IF_ERROR(check_fits({extents, rank}, *slot, "tensor " + std::to_string(i)));
    tensors.slots.push_back(static_cast<uint32_t>(frame_[position]));
    tensors.values.push_back(slot->value);
    tensors.descs.push_back({slot->dtype, Shape(extents, extents + rank), true});
    position += 2 + rank;
  }
  if (tensors.values.size() != wanted) return Status(Code::kInternal, "malformed call frame");
  return tensors;
}

/// Gives the tensor a buffer of its own where others lie in its buffer: views of the same data, and
/// weights of the same content. A recording knows tensors by where they lie.
void SessionBinding::lay_apart(Napi::Env env, uint32_t slot) {
  if (!slots_.is_shared(slot)) return;
  const Slots::Slot& shared = *slots_.find(slot);
  account(env, slots_.replace(slot, session_->copy(shared.value, shared.size_bytes)));
}

/// recordBegin(inputCount)
Napi::Value SessionBinding::record_begin(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (recorder_) {
    return fail(env, Status(Code::kInternal, "a recording is under way").at("capture", {}));
  }
  auto inputs = tensors_in_frame(number_of(info[0]));
  if (!inputs.ok()) return fail(env, inputs.status().at("capture", {}));
  for (const uint32_t slot : inputs.value().slots) lay_apart(env, slot);
  inputs = tensors_in_frame(number_of(info[0]));
  recorder_ = std::make_unique<Recorder>(*session_, inputs.value().values, inputs.value().descs);
  return Napi::Number::New(env, 0);
}

/// recordEnd(outputCount): the graph, which compile() takes; or -1
Napi::Value SessionBinding::record_end(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (!recorder_) {
    return fail(env, Status(Code::kInternal, "no recording is under way").at("capture", {}));
  }
  const std::unique_ptr<Recorder> recorder = std::move(recorder_);
  const auto graph = [&]() -> Result<std::shared_ptr<const Graph>> {
    TFJS_ASSIGN_OR_RETURN(const TensorsInFrame outputs, tensors_in_frame(number_of(info[0])));
    return recorder->finish(outputs.values, outputs.descs);
  }();
  exchange_buffers();
  if (!graph.ok()) return fail(env, graph.status().at("capture", {}));
  return hold(env, graph.value());
}

/// canceller(): what a replay() may be given to cancel() it
Napi::Value SessionBinding::canceller(const Napi::CallbackInfo& info) {
  return hold(info.Env(), std::make_shared<std::atomic<bool>>(false));
}

/// cancel(canceller): of the replays that have it those that have not begun never do, and those
/// under way end before their next step
Napi::Value SessionBinding::cancel(const Napi::CallbackInfo& info) {
  if (const auto is_cancelled = held<std::atomic<bool>>(info[0])) is_cancelled->store(true);
  return {};
}

/// replay(compilation, inputCount, cell, isTimed, canceller?): outputs in the frame as those of
/// call(), and 0, or 1 where runDeferred() is to be called at the end of the turn; or -1
Napi::Value SessionBinding::replay(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const std::shared_ptr<Compilation> compilation = held<Compilation>(info[0]);
  if (!compilation || compilation->state() != Compilation::State::kReady) {
    return fail(env, Status(Code::kInternal, "not a compiled graph").at("replay", {}));
  }
  const std::shared_ptr<const CompiledGraph>& graph = compilation->compiled();
  auto inputs = tensors_in_frame(number_of(info[1]));
  if (!inputs.ok()) return fail(env, inputs.status().at("replay", {}));
  ReplayOptions options;
  options.is_timed = info[3].ToBoolean();
  options.is_cancelled = held<std::atomic<bool>>(info[4]);
  auto outputs = tfjs_native::replay(*session_, graph, inputs.value().values, inputs.value().descs,
                                     std::move(options));
  if (!outputs.ok()) return fail(env, outputs.status().at("replay", {}));
  const Napi::Value failed = answer(env, graph->outputs(), outputs.value(), info[2]);
  if (!failed.IsEmpty()) return failed;
  return Napi::Number::New(env, session_->has_deferred() ? 1 : 0);
}

/// runDeferred(): does the replay that was put off
Napi::Value SessionBinding::run_deferred(const Napi::CallbackInfo&) {
  session_->run_deferred();
  return {};
}

/// release(graph or compilation): frees it before it is collected
Napi::Value SessionBinding::release(const Napi::CallbackInfo& info) {
  forget_held<const Graph>(info[0]);
  forget_held<Compilation>(info[0]);
  return {};
}

/// explain(compilation): what became of the graph, a text in JSON; or -1
Napi::Value SessionBinding::explain(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const std::shared_ptr<Compilation> compilation = held<Compilation>(info[0]);
  if (!compilation || compilation->state() != Compilation::State::kReady) {
    return fail(env, Status(Code::kInternal, "not a compiled graph").at("explain", {}));
  }
  return Napi::String::New(env,
                           explanation_of(*compilation->compiled(), session_->runtime().planner));
}

}  // namespace tfjs_native
