// The functions of a session that record calls as a graph and replay it.
#include "binding/napi_util.h"
#include "binding/session_binding.h"

namespace tfjs_native {

/// The frame holds slot, rank, extents... for each of `count` tensors.
Result<SessionBinding::TensorsInFrame> SessionBinding::tensors_in_frame(napi_env env,
                                                                        napi_value count) const {
  TensorsInFrame tensors;
  const size_t wanted = static_cast<size_t>(to_double(env, count));
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
  auto held = std::make_unique<Held>(executable.value());
  if (napi_create_external(env, held.get(), finalize, nullptr, &external) != napi_ok) {
    return fail(env,
                Status(Code::kInternal, "the graph could not be handed over").at("capture", {}));
  }
  (void)held.release();
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
