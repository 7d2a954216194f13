#include "graph/placement.h"

#include <algorithm>
#include <string_view>

#include "graph/node_inference.h"

namespace tfjs_native {
namespace {

constexpr size_t kNoStep = ~size_t{0};

/// Whether the output is its inputs one behind the other, as they are.
bool joins_whole_inputs(const Plan& plan) {
  const std::string_view op = plan.op().name;
  const Descriptor& descriptor = plan.descriptor();
  const Axes* const axes = descriptor.resolved_as<Axes>();
  if ((op != "Concat" && op != "Pack") || axes == nullptr) return false;
  const TensorDesc& output = descriptor.outputs[0];
  const auto axis = static_cast<size_t>(axes->axes[0]);
  if (num_elements(output.shape, 0, axis) != 1) return false;
  return std::all_of(
      descriptor.inputs.begin(), descriptor.inputs.end(),
      [&](const TensorDesc& input) { return input.present && input.dtype == output.dtype; });
}

class Placer {
 public:
  Placer(const Executable& executable, PlanStore& plans) : executable_(executable), plans_(plans) {
    const size_t tensors = executable.graph->tensors.size();
    for (size_t i = 0; i < tensors; ++i) parents().push_back({static_cast<TensorId>(i), 0});
    placement_.size_bytes.assign(tensors, 0);
    makers_.assign(tensors, kNoStep);
    last_reads_.assign(tensors, 0);
    is_output_.assign(tensors, false);
    for (const Executable::Step& step : executable.steps) placement_.steps.push_back({step.call});
  }

  Placement run(bool may_join, bool may_compute_in_place) {
    for (size_t i = 0; i < executable_.steps.size(); ++i) place_step(i);
    for (const TensorId id : executable_.graph->outputs) is_output_[root_of(id).tensor] = true;
    if (may_join) {
      // The last first: what is joined may be joined again.
      for (size_t i = executable_.steps.size(); i-- > 0;) join(i);
    }
    if (may_compute_in_place) {
      for (size_t i = 0; i < executable_.steps.size(); ++i) compute_in_place(i);
    }
    for (size_t i = 0; i < parents().size(); ++i) {
      parents()[i] = root_of(static_cast<TensorId>(i));
    }
    return std::move(placement_);
  }

 private:
  /// Until the end each tensor's place is told by one that is nearer to its root.
  std::vector<StorageRoot>& parents() { return placement_.roots; }

  StorageRoot root_of(TensorId id) {
    StorageRoot root{id, 0};
    while (parents()[root.tensor].tensor != root.tensor) {
      const StorageRoot& parent = parents()[root.tensor];
      root = {parent.tensor, root.offset_bytes + parent.offset_bytes};
    }
    return root;
  }

  void place_step(size_t index) {
    const Executable::Step& step = executable_.steps[index];
    const Plan& plan = *step.call.plan;
    const Descriptor& descriptor = plan.descriptor();
    if (plan.is_view()) {
      placement_.steps[index].is_done = true;
      const size_t element_bytes = size_of(descriptor.inputs[0].dtype);
      for (size_t i = 0; i < step.outputs.size(); ++i) {
        if (step.outputs[i] == kNoTensor) continue;
        const auto distance = static_cast<size_t>(step.call.scalars[i]) * element_bytes;
        parents()[step.outputs[i]] = {step.inputs[0], distance};
      }
      return;
    }
    for (const TensorId id : step.inputs) {
      if (id != kNoTensor) last_reads_[root_of(id).tensor] = index;
    }
    for (size_t i = 0; i < step.outputs.size(); ++i) {
      const TensorId id = step.outputs[i];
      if (id == kNoTensor) continue;
      makers_[id] = index;
      placement_.size_bytes[id] = descriptor.outputs[i].storage_bytes();
    }
  }

  /// The tensor whose memory is that of `input`, of `size_bytes`, and could as well lie elsewhere:
  /// a step computes it, and nothing has found a place for it yet. kNoTensor: there is none.
  TensorId movable_root(TensorId input, size_t size_bytes) {
    if (input == kNoTensor) return kNoTensor;
    const auto [root, offset] = root_of(input);
    const bool is_movable = offset == 0 && makers_[root] != kNoStep && !is_output_[root] &&
                            placement_.size_bytes[root] == size_bytes && size_bytes > 0;
    return is_movable ? root : kNoTensor;
  }

  void join(size_t index) {
    const Executable::Step& step = executable_.steps[index];
    const Plan& plan = *step.call.plan;
    if (step.outputs.size() != 1 || step.outputs[0] == kNoTensor || !joins_whole_inputs(plan)) {
      return;
    }
    std::vector<TensorId> parts;
    for (size_t i = 0; i < step.inputs.size(); ++i) {
      const size_t size_bytes = plan.descriptor().inputs[i].storage_bytes();
      if (size_bytes == 0) continue;
      const TensorId part = movable_root(step.inputs[i], size_bytes);
      if (part == kNoTensor || std::count(parts.begin(), parts.end(), part) > 0) return;
      parts.push_back(part);
    }
    size_t offset = 0;
    for (const TensorId part : parts) {
      parents()[part] = {step.outputs[0], offset};
      offset += placement_.size_bytes[part];
      last_reads_[step.outputs[0]] = std::max(last_reads_[step.outputs[0]], last_reads_[part]);
    }
    placement_.steps[index].is_done = true;
    note(kJoinInPlace);
  }

  void compute_in_place(size_t index) {
    Placement::Step& placed = placement_.steps[index];
    const Executable::Step& step = executable_.steps[index];
    if (placed.is_done || step.outputs.empty() || step.outputs[0] == kNoTensor) return;
    const size_t size_bytes = placement_.size_bytes[step.outputs[0]];
    for (size_t i = 0; i < step.inputs.size(); ++i) {
      const TensorId root = movable_root(step.inputs[i], size_bytes);
      if (root == kNoTensor || last_reads_[root] != index || is_read_twice(step, root)) continue;
      if (!replan(placed.call, static_cast<int>(i))) continue;
      parents()[root] = {step.outputs[0], 0};
      note(kComputeInPlace);
      return;
    }
  }

  bool is_read_twice(const Executable::Step& step, TensorId root) {
    return std::count_if(step.inputs.begin(), step.inputs.end(), [&](TensorId id) {
             return id != kNoTensor && root_of(id).tensor == root;
           }) > 1;
  }

  /// Whether the kernel takes the same call in place of that input.
  bool replan(PlannedCall& call, int aliased_input) {
    Descriptor descriptor = call.plan->descriptor();
    descriptor.aliased_input = aliased_input;
    auto planned = plans_.plan(call.plan->op(), std::move(descriptor), call.scalars);
    if (!planned.ok() || planned.value().plan->first_choice() != call.plan->first_choice()) {
      return false;
    }
    call.plan = std::move(planned.value().plan);
    return true;
  }

  void note(const char* name) {
    auto& applied = placement_.applied;
    if (std::find(applied.begin(), applied.end(), name) == applied.end()) applied.push_back(name);
  }

  const Executable& executable_;
  PlanStore& plans_;
  Placement placement_;
  std::vector<size_t> makers_;      // By tensor: the step that computes it.
  std::vector<size_t> last_reads_;  // By root: the last step that reads it or a part of it.
  std::vector<bool> is_output_;     // By root: the caller gets it or a part of it.
};

}  // namespace

Result<Placement> place_values(const Executable& executable, PlanStore& plans,
                               std::span<const std::string> disabled) {
  for (size_t i = 0; i < executable.steps.size(); ++i) {
    if (executable.steps[i].call.plan) continue;
    return at_node(Status(Code::kUnsupported, "control flow has no memory plan"),
                   executable.graph->nodes[i], i);
  }
  const auto is_on = [&](const char* name) {
    return std::find(disabled.begin(), disabled.end(), name) == disabled.end();
  };
  return Placer(executable, plans).run(is_on(kJoinInPlace), is_on(kComputeInPlace));
}

}  // namespace tfjs_native
