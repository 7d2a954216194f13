#include "graph/planned_steps.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <utility>

#include "base/thread_pool.h"
#include "graph/memory_plan.h"
#include "graph/node_inference.h"
#include "runtime/execution.h"

namespace tfjs_native {
namespace {

bool is_cancelled(const RunOptions& options) {
  return options.is_cancelled != nullptr && options.is_cancelled->load(std::memory_order_relaxed);
}

Status cancelled() { return Status(Code::kDisposed, "the run was cancelled"); }

int64_t now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

}  // namespace

/// Makes PlannedSteps of an executable.
class StepPlanner {
 public:
  StepPlanner(std::shared_ptr<const Executable> executable, const Placement& placement,
              Device& device, MemorySource& memory)
      : executable_(*executable),
        graph_(*executable->graph),
        placement_(placement),
        device_(device),
        memory_(memory),
        planned_(std::make_shared<PlannedSteps>()),
        roots_(placement.roots),
        places_(graph_.tensors.size()) {
    planned_->executable_ = std::move(executable);
    planned_->threads_ = ThreadPool::instance().size();
  }

  Result<std::shared_ptr<const PlannedSteps>> run() {
    place_givens();
    TFJS_RETURN_IF_ERROR(prepare_steps());
    place_outputs();
    place_in_arena();
    fill_operands();
    TFJS_RETURN_IF_ERROR(bind_constants());
    TFJS_RETURN_IF_ERROR(settle_constants());
    return std::shared_ptr<const PlannedSteps>(std::move(planned_));
  }

  /// After run(); see PlannedSteps::plan().
  std::vector<UnreadConstant> unread_constants() {
    std::vector<UnreadConstant> unread;
    for (auto& [buffer, use] : constants_) {
      if (use.is_read || (!use.contents && !buffer->has_origin())) continue;
      unread.push_back({Ref<Buffer>(buffer), std::move(use.contents)});
    }
    return unread;
  }

 private:
  enum class Home : uint8_t { kNone, kInput, kConstant, kResult, kArena };
  /// Of a tensor that has memory of its own.
  struct Place {
    Home home = Home::kNone;
    size_t index = 0;  // Input, result; kArena: of lifetimes_.
    size_t size_bytes = 0;
    size_t first_step = 0;
    size_t last_step = 0;
    const char* op = "";  // Of the last step that computes something of it.
  };
  /// What becomes of a constant's buffer.
  struct ConstantUse {
    bool is_read = false;       // As it lies.
    Buffer::Contents contents;  // What writes all of it, where something stands for it.
  };

  void place_givens() {
    for (size_t i = 0; i < graph_.tensors.size(); ++i) {
      if (graph_.tensors[i].constant.buffer) places_[i].home = Home::kConstant;
    }
    for (size_t i = 0; i < graph_.inputs.size(); ++i) {
      places_[graph_.inputs[i]] = {Home::kInput, i};
    }
  }

  /// Prepares each kernel, and finds out how long each value is needed.
  Status prepare_steps() {
    for (size_t index = 0; index < executable_.steps.size(); ++index) {
      const Placement::Step& placed = placement_.steps[index];
      if (placed.is_done) continue;
      Plan& plan = *placed.call.plan;
      const size_t number = planned_->steps_.size();
      const Result<PreparedKernelPtr> kernel = plan.prepared_to_keep(device_);
      if (!kernel.ok()) return at_node(kernel.status(), graph_.nodes[index], index);
      add_step(executable_.steps[index], placed.call, kernel.value(), number);
      descriptors_.push_back(&plan.descriptor());
      planned_->step_infos_.push_back({index, plan.kernel_name(), kernel.value()->workspace_bytes(),
                                       plan.descriptor().aliased_input});
    }
    return {};
  }

  void add_step(const Executable::Step& step, const PlannedCall& call, PreparedKernelPtr kernel,
                size_t number) {
    PlannedSteps::Step planned;
    planned.op = call.plan->op().name;
    planned.scalars = call.scalars;
    planned.first_operand = operands_.size();
    planned.input_count = step.inputs.size();
    planned.output_count = step.outputs.size();
    for (const TensorId id : step.inputs) {
      operands_.push_back(id);
      if (id != kNoTensor) use(roots_[id].tensor, number);
    }
    const std::vector<TensorDesc>& descs = call.plan->descriptor().outputs;
    for (size_t i = 0; i < step.outputs.size(); ++i) {
      const TensorId id = step.outputs[i];
      if (id == kNoTensor) {
        operands_.push_back(add_unwanted(descs[i], number));
        continue;
      }
      operands_.push_back(id);
      compute(roots_[id].tensor, number, planned.op);
    }
    planned.kernel = std::move(kernel);
    planned_->steps_.push_back(std::move(planned));
  }

  /// A place for an output that nobody reads but the kernel writes.
  TensorId add_unwanted(const TensorDesc& desc, size_t number) {
    if (!desc.present) return kNoTensor;
    const TensorId id = static_cast<TensorId>(places_.size());
    places_.push_back({Home::kArena, 0, desc.storage_bytes(), number, number, ""});
    roots_.push_back({id, 0});
    return id;
  }

  /// A step computes `root` or a part of it.
  void compute(TensorId root, size_t number, const char* op) {
    Place& place = places_[root];
    if (place.home == Home::kNone) {
      place = {Home::kArena, 0, placement_.size_bytes[root], number};
    }
    place.last_step = number;
    place.op = op;
  }

  void use(TensorId tensor, size_t number) {
    places_[tensor].last_step = std::max(places_[tensor].last_step, number);
  }

  void place_outputs() {
    for (const TensorId id : graph_.outputs) {
      const StorageRoot root = roots_[id];
      Place& place = places_[root.tensor];
      OutputSource source;
      source.offset_bytes = root.offset_bytes;
      switch (place.home) {
        case Home::kInput:
          source.kind = OutputSource::Kind::kInput;
          source.index = place.index;
          break;
        case Home::kConstant:
          source.kind = OutputSource::Kind::kConstant;
          source.constant = graph_.tensors[root.tensor].constant;
          source.offset_bytes += source.constant.offset_bytes;
          break;
        case Home::kArena:
          place.home = Home::kResult;
          place.index = planned_->result_bytes_.size();
          planned_->result_bytes_.push_back(place.size_bytes);
          planned_->result_ops_.push_back(place.op);
          [[fallthrough]];
        case Home::kResult:
        case Home::kNone:
          source.index = place.index;
          break;
      }
      planned_->outputs_.push_back(std::move(source));
    }
  }

  void place_in_arena() {
    std::vector<Lifetime> lifetimes;
    for (Place& place : places_) {
      if (place.home != Home::kArena) continue;
      place.index = lifetimes.size();
      lifetimes.push_back({place.size_bytes, place.first_step, place.last_step});
    }
    const size_t first_workspace = lifetimes.size();
    for (size_t i = 0; i < planned_->steps_.size(); ++i) {
      lifetimes.push_back({planned_->steps_[i].kernel->workspace_bytes(), i, i});
    }
    MemoryPlan plan = plan_memory(lifetimes);
    for (size_t i = 0; i < planned_->steps_.size(); ++i) {
      planned_->steps_[i].workspace_at = plan.offsets[first_workspace + i];
    }
    for (const Lifetime& lifetime : lifetimes) planned_->unshared_bytes_ += lifetime.size_bytes;
    planned_->arena_bytes_ = plan.arena_bytes;
    offsets_ = std::move(plan.offsets);
  }

  void fill_operands() {
    planned_->operands_.resize(operands_.size());
    for (size_t i = 0; i < operands_.size(); ++i) {
      if (operands_[i] == kNoTensor) continue;
      const StorageRoot root = roots_[operands_[i]];
      const Place& place = places_[root.tensor];
      switch (place.home) {
        case Home::kNone:
          break;
        case Home::kInput:
          planned_->input_patches_.push_back({i, place.index, root.offset_bytes});
          break;
        case Home::kResult:
          planned_->result_patches_.push_back({i, place.index, root.offset_bytes});
          break;
        case Home::kConstant: {
          const Storage storage = constant_at(root);
          Buffer& buffer = binding_buffer(storage.buffer);
          planned_->operands_[i] = {buffer.is_deferred() ? nullptr : storage.data(), &buffer,
                                    storage.offset_bytes};
          break;
        }
        case Home::kArena:
          // An empty tensor has no memory.
          if (place.size_bytes == 0) break;
          planned_->arena_patches_.push_back({i, 0, offsets_[place.index] + root.offset_bytes});
          break;
      }
    }
  }

  Storage constant_at(const StorageRoot& root) const {
    Storage storage = graph_.tensors[root.tensor].constant;
    storage.offset_bytes += root.offset_bytes;
    return storage;
  }

  /// What kernels are bound to: of deferred constants a twin, so that what they derive of it takes
  /// the plain values' memory for no longer than that.
  Buffer& binding_buffer(const Ref<Buffer>& buffer) {
    if (!buffer->has_origin()) return *buffer;
    Ref<Buffer>& twin = binding_twins_[buffer.get()];
    if (!twin) twin = buffer->twin();
    return *twin;
  }

  Status bind_constants() {
    for (size_t i = 0; i < planned_->steps_.size(); ++i) {
      PlannedSteps::Step& step = planned_->steps_[i];
      const std::span<const Operand> all(planned_->operands_);
      Operands constants;
      constants.inputs = all.subspan(step.first_operand, step.input_count);
      constants.outputs = all.subspan(step.first_operand + step.input_count, step.output_count);
      constants.scalars = step.scalars;
      constants.memory = &memory_;
      Result<std::shared_ptr<const void>> bound = step.kernel->bind(constants);
      if (!bound.ok()) {
        const size_t node = planned_->step_infos_[i].node;
        return at_node(bound.status(), graph_.nodes[node], node);
      }
      step.bound = std::move(bound.value());
    }
    return {};
  }

  /// Steps get the constants that they read, and none that something stands for.
  Status settle_constants() {
    for (size_t i = 0; i < planned_->steps_.size(); ++i) {
      const PlannedSteps::Step& step = planned_->steps_[i];
      std::vector<ReplacedInput> replaced_inputs = step.kernel->replaced_inputs(step.bound);
      for (size_t input = 0; input < step.input_count; ++input) {
        const size_t operand = step.first_operand + input;
        if (operands_[operand] == kNoTensor) continue;
        const StorageRoot root = roots_[operands_[operand]];
        if (places_[root.tensor].home != Home::kConstant) continue;
        const auto found =
            std::find_if(replaced_inputs.begin(), replaced_inputs.end(),
                         [&](const ReplacedInput& candidate) { return candidate.input == input; });
        if (found == replaced_inputs.end()) {
          TFJS_RETURN_IF_ERROR(read_plain(operand, constant_at(root)));
        } else {
          replace(operand, descriptors_[i]->inputs[input], std::move(found->contents));
        }
      }
    }
    for (const OutputSource& output : planned_->outputs_) {
      if (output.kind != OutputSource::Kind::kConstant) continue;
      constants_[output.constant.buffer.get()].is_read = true;
    }
    return {};
  }

  Status read_plain(size_t operand, const Storage& storage) {
    TFJS_RETURN_IF_ERROR(storage.buffer->error());
    planned_->operands_[operand] = {storage.data(), storage.buffer.get(), storage.offset_bytes};
    constants_[storage.buffer.get()].is_read = true;
    return {};
  }

  void replace(size_t operand, const TensorDesc& desc, Buffer::Contents contents) {
    const Storage storage = constant_at(roots_[operands_[operand]]);
    planned_->operands_[operand] = {};
    ConstantUse& use = constants_[storage.buffer.get()];
    const bool is_whole = storage.offset_bytes == 0 && desc.layout.kind == Layout::Kind::kDense &&
                          desc.size_bytes() == storage.buffer->size_bytes();
    if (is_whole && !use.contents) use.contents = std::move(contents);
  }

  const Executable& executable_;
  const Graph& graph_;
  const Placement& placement_;
  Device& device_;
  MemorySource& memory_;
  std::shared_ptr<PlannedSteps> planned_;
  std::vector<StorageRoot> roots_;              // By tensor.
  std::vector<Place> places_;                   // By tensor; of those that are roots.
  std::vector<TensorId> operands_;              // Of all steps, one after another.
  std::vector<size_t> offsets_;                 // In the arena, by Place::index.
  std::vector<const Descriptor*> descriptors_;  // Of all steps.
  std::map<const Buffer*, Ref<Buffer>> binding_twins_;
  std::map<Buffer*, ConstantUse> constants_;
};

Result<std::shared_ptr<const PlannedSteps>> PlannedSteps::plan(
    std::shared_ptr<const Executable> executable, const Placement& placement, Device& device,
    MemorySource& memory, std::vector<UnreadConstant>* unread) {
  StepPlanner planner(std::move(executable), placement, device, memory);
  TFJS_ASSIGN_OR_RETURN(auto steps, planner.run());
  if (unread != nullptr) *unread = planner.unread_constants();
  return steps;
}

std::vector<Operand> PlannedSteps::take_operands() const {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (!idle_.empty()) {
      std::vector<Operand> operands = std::move(idle_.back());
      idle_.pop_back();
      return operands;
    }
  }
  return operands_;
}

void PlannedSteps::give_back(std::vector<Operand> operands) const {
  std::lock_guard<std::mutex> lock(mutex_);
  if (idle_.size() < kMostIdle) idle_.push_back(std::move(operands));
}

Status PlannedSteps::run(std::span<const Storage> inputs, std::span<const Storage> results,
                         Device& device, DeviceStream& stream, MemorySource& memory,
                         const RunOptions& options) const {
  if (is_cancelled(options)) return cancelled();
  for (size_t i = 0; i < results.size(); ++i) {
    const Status status = results[i].buffer->allocate();
    if (!status.ok()) return status.at(result_ops_[i], device.name());
  }
  void* arena = nullptr;
  if (arena_bytes_ > 0) {
    const Result<void*> allocated = memory.allocate(arena_bytes_);
    if (!allocated.ok()) return allocated.status().at("replay", device.name());
    arena = allocated.value();
  }
  const auto release = [&](void* data) { memory.release(data, arena_bytes_); };
  const std::unique_ptr<void, decltype(release)> arena_owner(arena, release);
  std::vector<Operand> operands = take_operands();
  const auto patch_all = [&](std::span<const Patch> patches, auto data_of) {
    for (const Patch& patch : patches) {
      char* const data = static_cast<char*>(data_of(patch.index));
      operands[patch.operand].data = data == nullptr ? nullptr : data + patch.offset_bytes;
    }
  };
  patch_all(input_patches_, [&](size_t i) { return inputs[i].data(); });
  patch_all(result_patches_, [&](size_t i) { return results[i].data(); });
  patch_all(arena_patches_, [&](size_t) { return arena; });
  Status status = run_steps(operands, arena, device, stream, memory, options);
  give_back(std::move(operands));
  return status;
}

Status PlannedSteps::run_steps(std::span<const Operand> all, void* arena, Device& device,
                               DeviceStream& stream, MemorySource& memory,
                               const RunOptions& options) const {
  int64_t* step_ns = options.step_ns;
  for (const Step& step : steps_) {
    if (is_cancelled(options)) return cancelled();
    Operands arguments;
    arguments.inputs = all.subspan(step.first_operand, step.input_count);
    arguments.outputs = all.subspan(step.first_operand + step.input_count, step.output_count);
    arguments.scalars = step.scalars;
    arguments.bound = step.bound.get();
    arguments.workspace = static_cast<char*>(arena) + step.workspace_at;
    arguments.memory = &memory;
    const int64_t begin = step_ns == nullptr ? 0 : now_ns();
    const Status status = step.kernel->run(arguments, stream);
    if (step_ns != nullptr) *step_ns++ += now_ns() - begin;
    if (!status.ok()) return status.at(step.op, device.name());
  }
  return {};
}

}  // namespace tfjs_native
