#include "graph/placement_draft.h"

#include <algorithm>
#include <utility>

#include "base/thread_pool.h"

namespace tfjs_native {

PlacementDraft::PlacementDraft(const Executable& executable, PlanStore& plans)
    : executable_(executable), plans_(plans) {
  const size_t tensors = executable.graph->tensors.size();
  for (size_t i = 0; i < tensors; ++i) {
    placement_.roots.push_back({static_cast<TensorId>(i), 0});
  }
  placement_.size_bytes.assign(tensors, 0);
  makers_.assign(tensors, kNoStep);
  readers_.resize(tensors);
  last_reads_.assign(tensors, 0);
  is_output_.assign(tensors, false);
  is_handed_out_.assign(tensors, false);
  layouts_.resize(tensors);
  for (const Executable::Step& step : executable.steps) placement_.steps.push_back({step.call});
  for (size_t i = 0; i < executable.steps.size(); ++i) take_step(i);
  for (const TensorId id : executable.graph->outputs) {
    is_output_[id] = true;
    is_handed_out_[root_of(id).tensor] = true;
  }
}

void PlacementDraft::take_step(size_t index) {
  const Executable::Step& step = executable_.steps[index];
  const Descriptor& descriptor = step.call.plan->descriptor();
  for (const TensorId id : step.inputs) {
    if (id == kNoTensor) continue;
    auto& readers = readers_[id];
    if (readers.empty() || readers.back() != index) readers.push_back(index);
  }
  if (step.call.plan->is_view()) {
    placement_.steps[index].is_done = true;
    const size_t element_bytes = size_of(descriptor.inputs[0].dtype);
    for (size_t i = 0; i < step.outputs.size(); ++i) {
      if (step.outputs[i] == kNoTensor) continue;
      const auto distance = static_cast<size_t>(step.call.scalars[i]) * element_bytes;
      placement_.roots[step.outputs[i]] = {step.inputs[0], distance};
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

StorageRoot PlacementDraft::root_of(TensorId id) const {
  StorageRoot root{id, 0};
  while (placement_.roots[root.tensor].tensor != root.tensor) {
    const StorageRoot& parent = placement_.roots[root.tensor];
    root = {parent.tensor, root.offset_bytes + parent.offset_bytes};
  }
  return root;
}

TensorId PlacementDraft::movable_root(TensorId input, size_t size_bytes) const {
  if (input == kNoTensor) return kNoTensor;
  const auto [root, offset] = root_of(input);
  const bool is_movable = offset == 0 && makers_[root] != kNoStep && !is_handed_out_[root] &&
                          placement_.size_bytes[root] == size_bytes && size_bytes > 0;
  return is_movable ? root : kNoTensor;
}

void PlacementDraft::move_into(TensorId id, const StorageRoot& parent) {
  placement_.roots[id] = parent;
  size_t& last_read = last_reads_[root_of(parent.tensor).tensor];
  last_read = std::max(last_read, last_reads_[id]);
}

Ints PlacementDraft::strides(TensorId id, const Shape& shape) const {
  return is_dense(id) ? strides_of(shape) : layouts_[id].strides;
}

void PlacementDraft::note(const char* name) {
  auto& applied = placement_.applied;
  if (std::find(applied.begin(), applied.end(), name) == applied.end()) applied.push_back(name);
}

Placement PlacementDraft::finish() {
  for (size_t i = 0; i < placement_.roots.size(); ++i) {
    placement_.roots[i] = root_of(static_cast<TensorId>(i));
  }
  return std::move(placement_);
}

Layout layout_at(const Shape& shape, const Ints& strides) {
  Layout layout;
  const Ints dense = strides_of(shape);
  layout.strides = dense;
  for (size_t i = 0; i < shape.size(); ++i) {
    // A dimension of one element steps nowhere.
    if (shape[i] == 1 || strides[i] == dense[i]) continue;
    layout.kind = Layout::Kind::kStrided;
    layout.strides[i] = strides[i];
  }
  if (layout.kind == Layout::Kind::kDense) layout.strides = {};
  return layout;
}

Descriptor& LayoutChanges::changed(size_t step) {
  return descriptors_.try_emplace(step, draft_.descriptor(step)).first->second;
}

bool LayoutChanges::read_at(TensorId id, const Layout& layout, size_t except) {
  for (const size_t reader : draft_.readers(id)) {
    if (reader == except) continue;
    if (draft_.placed(reader).is_done) return false;
    const std::vector<TensorId>& inputs = draft_.step(reader).inputs;
    for (size_t i = 0; i < inputs.size(); ++i) {
      if (inputs[i] == id) changed(reader).inputs[i].layout = layout;
    }
  }
  layouts_[id] = layout;
  return true;
}

bool LayoutChanges::write_at(TensorId id, const Layout& layout) {
  const size_t maker = draft_.maker(id);
  if (maker == PlacementDraft::kNoStep || draft_.placed(maker).is_done) return false;
  const std::vector<TensorId>& outputs = draft_.step(maker).outputs;
  for (size_t i = 0; i < outputs.size(); ++i) {
    if (outputs[i] == id) changed(maker).outputs[i].layout = layout;
  }
  layouts_[id] = layout;
  return true;
}

void LayoutChanges::leave_input(size_t step, size_t input) {
  changed(step).inputs[input].layout = {.kind = Layout::Kind::kPlaced};
}

bool LayoutChanges::commit() {
  // A kernel may find only while it is prepared that it has no fast way.
  const ThreadPool::SizeHold hold(ThreadPool::instance());
  std::map<size_t, Ref<Plan>> plans;
  for (auto& [index, descriptor] : descriptors_) {
    const PlannedCall& call = draft_.placed(index).call;
    if (descriptor == call.plan->descriptor()) continue;
    auto planned = draft_.plans_.plan(call.plan->op(), std::move(descriptor), call.scalars);
    if (!planned.ok()) return false;
    Ref<Plan>& plan = plans[index];
    plan = std::move(planned.value().plan);
    if (!plan->prepared(draft_.plans_.planner().device()).ok()) return false;
  }
  for (auto& [index, plan] : plans) draft_.placed(index).call.plan = std::move(plan);
  for (auto& [id, layout] : layouts_) draft_.layouts_[id] = std::move(layout);
  return true;
}

}  // namespace tfjs_native
