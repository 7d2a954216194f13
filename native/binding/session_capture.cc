// The functions of a session that record calls as a graph and replay it.
#include "binding/arguments.h"
#include "binding/held.h"
#include "binding/session_binding.h"
#include "graph/explanation.h"

namespace tfjs_native {
template <>
const napi_type_tag kHeldTag<const Graph> = {0x6f3c5b1e9d2a4788, 0x9b1742c05e8fd361};
template <>
const napi_type_tag kHeldTag<std::atomic<bool>> = {0x2f8e61d9a5c34b70, 0xe7403b9c1d52f86a};
template <>
const napi_type_tag kHeldTag<Compilation> = {0xc4a9e07d3b6f4152, 0x81d5f62a0c7e9b34};

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
    tensors.values.push_back(slot->value);
    tensors.descs.push_back({slot->dtype, Shape(extents, extents + rank), true});
    position += 2 + rank;
  }
  if (tensors.values.size() != wanted) return Status(Code::kInternal, "malformed call frame");
  return tensors;
}

/// recordBegin(inputCount)
Napi::Value SessionBinding::record_begin(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (recorder_) {
    return fail(env, Status(Code::kInternal, "a recording is under way").at("capture", {}));
  }
  auto inputs = tensors_in_frame(number_of(info[0]));
  if (!inputs.ok()) return fail(env, inputs.status().at("capture", {}));
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
  auto outputs = tensors_in_frame(number_of(info[0]));
  if (!outputs.ok()) return fail(env, outputs.status().at("capture", {}));
  const auto graph = recorder->finish(outputs.value().values, outputs.value().descs);
  if (!graph.ok()) return fail(env, graph.status().at("capture", {}));
  return hold(env, graph.value());
}

/// compile(graph, disabledPasses): a compilation, which goes on by itself; or -1
Napi::Value SessionBinding::compile(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  std::shared_ptr<const Graph> graph = held<const Graph>(info[0]);
  if (!graph || !info[1].IsArray()) {
    return fail(env, Status(Code::kInternal, "not a recorded graph").at("compile", {}));
  }
  CompileOptions options;
  const Napi::Array disabled = info[1].As<Napi::Array>();
  for (uint32_t i = 0; i < disabled.Length(); ++i) {
    options.disabled_passes.push_back(Napi::Value(disabled[i]).ToString().Utf8Value());
  }
  return hold(env, compile_later(*session_, std::move(graph), std::move(options)));
}

/// compilationState(compilation): 0 under way, 1 ready; or -1, with the error that ended it
Napi::Value SessionBinding::compilation_state(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const std::shared_ptr<Compilation> compilation = held<Compilation>(info[0]);
  if (!compilation) {
    return fail(env, Status(Code::kInternal, "not a compilation").at("compile", {}));
  }
  switch (compilation->state()) {
    case Compilation::State::kUnderWay:
      return Napi::Number::New(env, 0);
    case Compilation::State::kReady:
      return Napi::Number::New(env, 1);
    case Compilation::State::kFailed:
      break;
  }
  return fail(env, compilation->error());
}

/// whenCompiled(compilation, id): 1 when it is done already; else 0, and onDone(id) follows; or -1
Napi::Value SessionBinding::when_compiled(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const std::shared_ptr<Compilation> compilation = held<Compilation>(info[0]);
  if (!compilation) {
    return fail(env, Status(Code::kInternal, "not a compilation").at("compile", {}));
  }
  if (compilation->state() != Compilation::State::kUnderWay) return Napi::Number::New(env, 1);
  const uint32_t id = info[1].As<Napi::Number>().Uint32Value();
  signals_.expect();
  compilation->when_done([gate = signal_gate_, id] { gate->send(id, 0); });
  return Napi::Number::New(env, 0);
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

/// replay(compilation, inputCount, handle, isTimed, canceller?): outputs in the frame as those of
/// call(), or -1
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
  return answer(env, graph->outputs(), outputs.value(), info[2]);
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
  return Napi::String::New(env, explanation_of(*compilation->compiled()));
}

}  // namespace tfjs_native
