#include "graph/replay.h"

#include <utility>

#include "graph/run.h"

namespace tfjs_native {
namespace {

Status check_inputs(const Executable& executable, std::span<const TensorDesc> descs) {
  if (descs.size() != executable.inputs.size()) {
    return make_status(Code::kBadShape, "expected %zu inputs, got %zu", executable.inputs.size(),
                       descs.size());
  }
  for (size_t i = 0; i < descs.size(); ++i) {
    const TensorDesc& expected = executable.inputs[i];
    if (descs[i].dtype != expected.dtype) {
      return make_status(Code::kBadDtype, "input %zu: expected %s, got %s", i,
                         dtype_name(expected.dtype), dtype_name(descs[i].dtype));
    }
    if (!(descs[i].shape == expected.shape)) {
      return make_status(Code::kBadShape, "input %zu: expected shape %s, got %s", i,
                         to_string(expected.shape).c_str(), to_string(descs[i].shape).c_str());
    }
  }
  return {};
}

}  // namespace

Result<std::vector<Value>> replay(Session& session, std::shared_ptr<const Executable> executable,
                                  std::span<const Value> inputs,
                                  std::span<const TensorDesc> descs) {
  TFJS_RETURN_IF_ERROR(check_inputs(*executable, descs));
  std::vector<Storage> given;
  for (const Value& input : inputs) given.push_back(input.storage);
  const std::vector<TensorDesc>& outputs = executable->outputs;
  return session.call_body(
      [executable, given = std::move(given), &device = session.runtime().device](
          DeviceStream& stream, MemorySource& memory, std::span<const Storage> outputs) {
        std::vector<Storage> written(outputs.begin(), outputs.end());
        return run_executable(*executable, given, written, device, stream, memory);
      },
      inputs, outputs);
}

}  // namespace tfjs_native
