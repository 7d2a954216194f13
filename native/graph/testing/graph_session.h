#pragma once

#include <algorithm>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "graph/replay.h"
#include "graph/testing/graph_parts.h"
#include "runtime/testing/test_session.h"

namespace tfjs_native {

using Floats = std::vector<float>;

/// A session on a FakeDevice with what tests of graphs do on it.
struct GraphSession : TestSession {
  GraphSession() {
    // As in tfjs the second operand may be a list that goes along the last dimension.
    device.on_run["Add"] = [](const Operands& operands) {
      const size_t count = operands.outputs[0].buffer->size_bytes() / sizeof(float);
      const size_t period =
          std::min(count, operands.inputs[1].buffer->size_bytes() / sizeof(float));
      for (size_t i = 0; i < count; ++i) {
        operands.output<float>()[i] =
            operands.input<float>(0)[i] + operands.input<float>(1)[i % period];
      }
      return Status();
    };
  }

  Value write_flag(bool flag) {
    const uint8_t byte = flag ? 1 : 0;
    return session->write(&byte, 1, 1).value();
  }

  /// An eager call; its outputs.
  std::vector<Value> call_op(std::string_view op, std::vector<Value> inputs,
                             const std::vector<TensorDesc>& descs, const Attrs& attrs = {}) {
    std::vector<Value> outputs;
    const auto planned = runtime.plans.plan(op_table()[find_op(op)], descs, attrs);
    EXPECT_EQ(error_text(planned.status()), "ok");
    if (planned.ok()) (void)session->call(planned.value(), inputs, outputs);
    return outputs;
  }

  std::shared_ptr<const Executable> specialised(std::shared_ptr<const Graph> graph,
                                                const std::vector<TensorDesc>& inputs) {
    return must(specialise(std::move(graph), inputs, runtime.plans));
  }

  std::vector<Value> start(const std::shared_ptr<const Executable>& executable,
                           const std::vector<Value>& inputs) {
    return must(replay(*session, executable, inputs, executable->inputs));
  }

  /// The values of one output.
  std::pair<Status, Floats> read_output(const Value& value, const TensorDesc& desc) {
    Floats floats(static_cast<size_t>(desc.num_elements()), -1);
    Status status = session->read(value, floats.data(), floats.size() * sizeof(float));
    return {status, floats};
  }

  std::vector<Floats> run(const std::shared_ptr<const Executable>& executable,
                          const std::vector<Value>& inputs) {
    std::vector<Floats> values;
    const std::vector<Value> outputs = start(executable, inputs);
    for (size_t i = 0; i < outputs.size(); ++i) {
      auto [status, floats] = read_output(outputs[i], executable->outputs[i]);
      EXPECT_EQ(error_text(status), "ok");
      values.push_back(std::move(floats));
    }
    return values;
  }
};

}  // namespace tfjs_native
