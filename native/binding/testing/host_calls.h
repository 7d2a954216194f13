#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "backends/cpu/cpu_device.h"
#include "graph/node_inference.h"
#include "runtime/execution.h"
#include "runtime/plan_store.h"

namespace tfjs_native::host_calls {

/// A float32 tensor on the host; one that is not present stands for an optional input left out.
struct Tensor {
  Shape shape;
  std::vector<float> values;
  bool present = true;
};

inline PlanStore& plans() {
  static const auto* const planner = new Planner(cpu_device());
  static auto* const store = new PlanStore(*planner);
  return *store;
}

inline DeviceStream& stream() {
  static const auto* const created = new auto(cpu_device().create_stream());
  return *created->value();
}

inline std::vector<TensorDesc> descs_of(const std::vector<Tensor>& tensors) {
  std::vector<TensorDesc> descs;
  descs.reserve(tensors.size());
  for (const Tensor& tensor : tensors) {
    descs.push_back({.shape = tensor.shape, .present = tensor.present});
  }
  return descs;
}

/// A node of the operator; post-ops' operands stand behind the inputs that its row declares.
inline GraphNode node_of(const char* op, Attrs attrs, std::vector<PostOp> post_ops = {}) {
  GraphNode node;
  node.op = &op_table()[static_cast<size_t>(find_op(op))];
  node.attrs = std::move(attrs);
  node.post_ops = std::move(post_ops);
  return node;
}

/// The plan for a node on such inputs; `aliased`: the input that its output overwrites.
inline Result<PlannedCall> plan_node(const GraphNode& node, const std::vector<TensorDesc>& inputs,
                                     int aliased = -1) {
  TFJS_ASSIGN_OR_RETURN(NodeCall call, describe_node(node, inputs));
  call.descriptor.aliased_input = aliased;
  return plans().plan(*node.op, std::move(call.descriptor), std::move(call.scalars));
}

/// Has no memory: for runs that may not want any.
class NoMemory : public MemorySource {
 public:
  Result<void*> allocate(size_t) override {
    return Status(Code::kOutOfMemory, "this run may not allocate");
  }
  void release(void*, size_t) override {}
};

enum class Bind { kNo, kAllButFirst };

/// The output of the planned call. Where it is bound, all inputs but the first are its constants,
/// and nothing is allocated but the workspace.
inline Tensor run(const PlannedCall& call, std::vector<Tensor> inputs, Bind bind = Bind::kNo) {
  Plan& plan = *call.plan;
  const Descriptor& descriptor = plan.descriptor();
  Tensor output{descriptor.outputs[0].shape, {}};
  output.values.assign(static_cast<size_t>(num_elements(output.shape)), -77.0f);
  std::vector<Operand> sources;
  std::vector<Operand> constants;
  for (Tensor& input : inputs) {
    void* data = nullptr;
    if (input.present && !input.values.empty()) {
      // Parts of buffers lie at any element.
      const auto skipped = static_cast<long>(sources.size() % 3);
      input.values.insert(input.values.begin(), static_cast<size_t>(skipped), NAN);
      data = input.values.data() + skipped;
    }
    sources.push_back({data});
    constants.push_back({sources.size() == 1 ? nullptr : data});
  }
  if (descriptor.aliased_input >= 0) {
    const auto aliased = static_cast<size_t>(descriptor.aliased_input);
    const auto* const from = static_cast<const float*>(sources[aliased].data);
    std::copy_n(from, output.values.size(), output.values.begin());
    sources[aliased].data = output.values.data();
  }
  const Operand destination[] = {{output.values.empty() ? nullptr : output.values.data()}};
  const auto kernel = plan.prepared(cpu_device());
  EXPECT_TRUE(kernel.ok()) << plan.op().name << ": " << kernel.status().error().message;
  if (!kernel.ok()) return output;
  std::vector<char> workspace(kernel.value()->workspace_bytes() + 64);
  void* aligned = workspace.data();
  size_t space = workspace.size();
  std::align(64, kernel.value()->workspace_bytes(), aligned, space);
  NoMemory none;
  Operands operands{.inputs = sources, .outputs = destination, .scalars = call.scalars};
  operands.workspace = aligned;
  operands.memory = &stream().memory();
  std::shared_ptr<const void> bound;
  if (bind == Bind::kAllButFirst) {
    Operands given = operands;
    given.inputs = constants;
    given.outputs = {};
    auto made = kernel.value()->bind(given);
    EXPECT_TRUE(made.ok()) << plan.op().name;
    if (made.ok()) bound = std::move(made).value();
    operands.bound = bound.get();
    operands.memory = &none;
  }
  const Status status = kernel.value()->run(operands, stream());
  EXPECT_TRUE(status.ok()) << plan.op().name << ": " << status.error().message;
  return output;
}

/// The operator on its own.
inline Tensor call(const char* op, const Attrs& attrs, std::vector<Tensor> inputs) {
  const auto planned = plan_node(node_of(op, attrs), descs_of(inputs));
  EXPECT_TRUE(planned.ok()) << op << ": " << planned.status().error().message;
  return planned.ok() ? run(planned.value(), std::move(inputs)) : Tensor{};
}

}  // namespace tfjs_native::host_calls
