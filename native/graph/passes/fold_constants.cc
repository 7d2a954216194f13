// Computes what depends on nothing but constants.
#include <algorithm>

#include "graph/passes/ask.h"
#include "graph/passes/constants.h"
#include "graph/passes/passes.h"
#include "runtime/execution.h"

namespace tfjs_native {
namespace {

/// Larger results are kept only where they are not much larger than what they come from: a Fill
/// costs less to run than to load.
constexpr size_t kSmallBytes = size_t{1} << 20;
constexpr size_t kMostGrowth = 4;

/// A node whose inputs are all there, and which gives the same every time.
bool is_foldable(const GraphEditor& editor, const GraphNode& node) {
  if (node.kind != NodeKind::kOperator || node.outputs.empty()) return false;
  if ((node.op->traits & (kRandom | kOpenOutputs)) != 0 || node.op->wants_values) return false;
  return std::all_of(node.inputs.begin(), node.inputs.end(),
                     [&](TensorId id) { return id == kNoTensor || has_values(editor.tensor(id)); });
}

bool is_worth_it(std::span<const TensorDesc> inputs, std::span<const TensorDesc> outputs) {
  size_t from_bytes = 0;
  size_t to_bytes = 0;
  for (const TensorDesc& input : inputs) from_bytes += input.present ? input.storage_bytes() : 0;
  for (const TensorDesc& output : outputs) to_bytes += output.storage_bytes();
  return to_bytes <= kSmallBytes || to_bytes / kMostGrowth <= from_bytes;
}

/// Where the outputs lie; nothing where the node fails, which is then for a run to report.
std::vector<Storage> compute(const GraphEditor& editor, const GraphNode& node,
                             PassContext& context) {
  const std::vector<TensorDesc> descs = input_descs(editor, node);
  Result<NodeCall> call = describe_node(node, descs);
  if (!call.ok() || !is_worth_it(descs, call.value().descriptor.outputs)) return {};
  const Result<PlannedCall> planned = context.plans.plan(
      *node.op, std::move(call.value().descriptor), std::move(call.value().scalars));
  if (!planned.ok()) return {};
  Plan& plan = *planned.value().plan;
  const Doubles& scalars = planned.value().scalars;
  std::vector<Storage> storages;
  for (const TensorId id : node.inputs) {
    storages.push_back(id == kNoTensor ? Storage() : editor.tensor(id).constant);
  }
  const auto input_count = static_cast<ptrdiff_t>(storages.size());
  for (size_t i = 0; i < plan.descriptor().outputs.size(); ++i) {
    const size_t size_bytes = plan.descriptor().outputs[i].storage_bytes();
    storages.push_back(plan.is_view() ? part_of(storages[0], plan, scalars, i)
                                      : Storage{make_ref<Buffer>(context.memory, size_bytes)});
  }
  if (!plan.is_view()) {
    const Status status = guarded([&] {
      return run_plan(plan, scalars, context.planner.device(), storages, node.inputs.size(),
                      context.stream, context.memory);
    });
    if (!status.ok()) return {};
  }
  return {storages.begin() + input_count, storages.end()};
}

}  // namespace

Result<bool> fold_constants(Graph& graph, PassContext& context) {
  GraphEditor editor(graph);
  for (NodeId id = editor.first(); id != kNoNode; id = editor.next(id)) {
    const GraphNode& node = editor.node(id);
    if (!is_foldable(editor, node)) continue;
    const std::vector<Storage> values = compute(editor, node, context);
    if (values.size() != node.outputs.size()) continue;
    const std::vector<TensorId> outputs = node.outputs;
    editor.erase(id);
    for (size_t i = 0; i < outputs.size(); ++i) {
      if (outputs[i] != kNoTensor) editor.make_constant(outputs[i], values[i]);
    }
  }
  return editor.finish();
}

}  // namespace tfjs_native
