#include "graph/replay.h"

#include <utility>

#include "graph/run.h"

namespace tfjs_native {
Status check_replay_inputs(std::span<const TensorDesc> expected,
                           std::span<const TensorDesc> given) {
  if (given.size() != expected.size()) {
    return make_status(Code::kBadShape, "expected %zu inputs, got %zu", expected.size(),
                       given.size());
  }
  for (size_t i = 0; i < given.size(); ++i) {
    if (given[i].dtype != expected[i].dtype) {
      return make_status(Code::kBadDtype, "input %zu: expected %s, got %s", i,
                         dtype_name(expected[i].dtype), dtype_name(given[i].dtype));
    }
    if (!(given[i].shape == expected[i].shape)) {
      return make_status(Code::kBadShape, "input %zu: expected shape %s, got %s", i,
                         to_string(expected[i].shape).c_str(), to_string(given[i].shape).c_str());
    }
  }
  return {};
}

Result<std::vector<Value>> replay(Session& session, std::shared_ptr<const Executable> executable,
                                  std::span<const Value> inputs,
                                  std::span<const TensorDesc> descs) {
  TFJS_RETURN_IF_ERROR(check_replay_inputs(executable->inputs, descs));
  std::vector<Storage> given;
  for (const Value& input : inputs) given.push_back(input.storage);
  std::vector<size_t> output_bytes;
  for (const TensorDesc& desc : executable->outputs) output_bytes.push_back(desc.size_bytes());
  return session.call_body(
      [executable, given = std::move(given), &device = session.runtime().device](
          DeviceStream& stream, MemorySource& memory, std::span<const Storage> outputs) {
        std::vector<Storage> written(outputs.begin(), outputs.end());
        return run_executable(*executable, given, written, device, stream, memory);
      },
      inputs, output_bytes);
}

}  // namespace tfjs_native
