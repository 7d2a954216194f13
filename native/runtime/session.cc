#include "runtime/session.h"

#include <algorithm>
#include <chrono>

#include "base/heap.h"
#include "runtime/execution.h"

namespace tfjs_native {
namespace {

// Below both bounds a call takes less time than waking another thread for it.
constexpr size_t kCheapBytes = 16 * 1024;

// Where memory has a ceiling, queued calls may keep this share of it, at the most twice.
constexpr size_t kHeldShare = 8;

bool is_cheap(const Plan& plan) {
  return plan.traffic_bytes() <= kCheapBytes && !plan.is_compute_bound();
}

/// The error of a finished call, unless it only passes on that of an input.
Status own_error(std::span<const Storage> storages, size_t input_count) {
  if (storages.size() == input_count || storages[input_count].buffer->error().ok()) return {};
  if (!first_error(storages.first(input_count)).ok()) return {};
  return storages[input_count].buffer->error();
}

}  // namespace

size_t DeviceRuntime::trim() {
  const size_t before = planner.held_bytes();
  plans.clear();
  // Another thread may have prepared a plan meanwhile.
  const size_t after = std::min(before, planner.held_bytes());
  const size_t freed = before - after + pool.trim();
  // Generated code is mapped and goes at once; what describes it lies in the heap.
  trim_heap();
  return freed;
}

Session::Session(DeviceRuntime& runtime, std::unique_ptr<DeviceStream> stream,
                 CallQueue::Owner owner)
    : runtime_(runtime),
      memory_(runtime.pool.lane(stream->memory())),
      queue_(runtime.device, memory_, std::move(stream), std::move(owner)),
      plans_(runtime.plans) {}

Result<std::unique_ptr<Session>> Session::create(DeviceRuntime& runtime, CallQueue::Owner owner) {
  TFJS_ASSIGN_OR_RETURN(auto stream, runtime.device.create_stream());
  return std::unique_ptr<Session>(new Session(runtime, std::move(stream), std::move(owner)));
}

Status Session::call(const PlannedCall& call, std::span<Value> inputs,
                     std::vector<Value>& outputs) {
  Plan& plan = *call.plan;
  storages_.clear();
  for (Value& input : inputs) storages_.push_back(std::move(input.storage));
  const std::vector<TensorDesc>& descs = plan.descriptor().outputs;
  for (size_t i = 0; i < descs.size(); ++i) {
    if (!descs[i].present) {
      storages_.emplace_back();
    } else if (plan.is_view()) {
      storages_.push_back(part_of(storages_[0], plan, call.scalars, i));
    } else {
      storages_.push_back({make_buffer(descs[i].size_bytes())});
    }
  }
  const std::span<Storage> made = std::span(storages_).subspan(inputs.size());
  if (observer_ != nullptr) {
    observer_->on_call(call, std::span(storages_).first(inputs.size()), made);
  }
  CallQueue::Ticket ticket = 0;
  if (plan.is_view()) {
    ticket = inputs[0].ticket;
  } else if (profile_ == nullptr && is_cheap(plan)) {
    ticket = queue_.run_at_once(call, storages_, inputs.size());
  }
  if (ticket != 0 || plan.is_view()) {
    Status status = plan.is_view() ? Status() : own_error(storages_, inputs.size());
    for (Storage& storage : made) outputs.push_back({std::move(storage), ticket});
    storages_.clear();
    return status;
  }
  const size_t first_output = outputs.size();
  for (const Storage& storage : made) outputs.push_back({storage});
  Task task;
  task.call = call;
  task.input_count = inputs.size();
  task.profile = profile_;
  task.storages = std::move(storages_);
  ticket = queue_.push(std::move(task));
  storages_.clear();
  for (size_t i = first_output; i < outputs.size(); ++i) outputs[i].ticket = ticket;
  return {};
}

/// What a thread needs to run an open call, whoever still wants its result.
struct Session::OpenTask {
  OpenCall result;
  PlannedCall call;
  std::vector<Storage> storages;
  size_t input_count = 0;

  Status run(Device& device, DeviceStream& stream, MemorySource& memory) {
    const std::vector<TensorDesc>& planned = call.plan->descriptor().outputs;
    std::vector<Shape> shapes(planned.size());
    TFJS_RETURN_IF_ERROR(run_plan(*call.plan, call.scalars, device, storages, input_count, stream,
                                  memory, shapes.data()));
    for (size_t i = 0; i < planned.size(); ++i) {
      if (planned[i].is_open()) result.descs[i].shape = shapes[i];
    }
    return {};
  }
};

std::shared_ptr<Session::OpenTask> Session::make_open_task(const PlannedCall& call,
                                                           std::span<const Value> inputs) {
  auto task = std::make_shared<OpenTask>();
  task->call = call;
  task->input_count = inputs.size();
  task->result.descs = call.plan->descriptor().outputs;
  for (const Value& input : inputs) task->storages.push_back(input.storage);
  for (const TensorDesc& desc : task->result.descs) {
    task->storages.push_back({make_buffer(desc.size_bytes())});
    task->result.outputs.push_back({task->storages.back()});
  }
  return task;
}

Result<Session::OpenCall> Session::call_open(const PlannedCall& call,
                                             std::span<const Value> inputs) {
  CallQueue::Ticket newest = 0;
  for (const Value& input : inputs) newest = std::max(newest, input.ticket);
  queue_.drain_until(newest);
  if (!queue_.is_done(newest)) {
    return Status(Code::kDisposed, "the environment is shutting down");
  }
  const std::shared_ptr<OpenTask> task = make_open_task(call, inputs);
  const auto start = std::chrono::steady_clock::now();
  const Status status =
      guarded([&] { return task->run(runtime_.device, queue_.stream(), memory_); });
  if (profile_) {
    profile_->add(std::chrono::nanoseconds(std::chrono::steady_clock::now() - start).count());
  }
  const char* const op = call.plan->op().name;
  if (!status.ok()) return status.at(op, runtime_.device.name());
  if (observer_ != nullptr) {
    const std::span<const Storage> all(task->storages);
    observer_->on_call(call, all.first(inputs.size()), all.subspan(inputs.size()));
  }
  return std::move(task->result);
}

std::shared_ptr<const Session::OpenCall> Session::enqueue_open(const PlannedCall& call,
                                                               std::span<const Value> inputs) {
  const std::shared_ptr<OpenTask> open = make_open_task(call, inputs);
  Task task;
  task.storages = open->storages;
  task.input_count = inputs.size();
  task.profile = profile_;
  task.body = [open, &device = runtime_.device](DeviceStream& stream, MemorySource& memory) {
    return open->run(device, stream, memory).at(open->call.plan->op().name, device.name());
  };
  const CallQueue::Ticket ticket = queue_.push(std::move(task));
  for (Value& output : open->result.outputs) output.ticket = ticket;
  return {open, &open->result};
}

Result<PlannedCall> Session::plan_by_values(const OpDef& op, std::vector<TensorDesc> inputs,
                                            const Attrs& attrs, std::span<const Value> values) {
  std::vector<std::vector<std::byte>> copies(inputs.size());
  std::vector<const void*> pointers(inputs.size());
  for (size_t i = 0; i < op.inputs.size(); ++i) {
    if (!op.inputs[i].values_wanted || !inputs[i].present) continue;
    copies[i].resize(inputs[i].size_bytes());
    TFJS_RETURN_IF_ERROR(read(values[i], copies[i].data(), copies[i].size()));
    pointers[i] = copies[i].data();
  }
  return runtime_.plans.plan(op, std::move(inputs), attrs, pointers);
}

std::vector<Value> Session::call_body(Body body, std::span<const Value> inputs,
                                      std::span<const size_t> output_bytes) {
  std::vector<Storage> outputs;
  for (const size_t size_bytes : output_bytes) outputs.push_back(new_storage(size_bytes));
  return call_body_into(std::move(body), inputs, outputs);
}

std::vector<Value> Session::call_body_into(Body body, std::span<const Value> inputs,
                                           std::span<const Storage> outputs, Start start) {
  Task task;
  task.input_count = inputs.size();
  task.profile = profile_;
  for (const Value& input : inputs) task.storages.push_back(input.storage);
  task.storages.insert(task.storages.end(), outputs.begin(), outputs.end());
  task.body =
      [body = std::move(body), outputs = std::vector<Storage>(outputs.begin(), outputs.end())](
          DeviceStream& stream, MemorySource& memory) { return body(stream, memory, outputs); };
  CallQueue::Ticket ticket = start == Start::kAtOnce ? queue_.run_at_once(task) : 0;
  if (ticket == 0) {
    ticket =
        start == Start::kAtTurnsEnd ? queue_.defer(std::move(task)) : queue_.push(std::move(task));
  }
  std::vector<Value> values;
  for (const Storage& output : outputs) values.push_back({output, ticket});
  return values;
}

Value Session::copy(const Value& value, size_t size_bytes) {
  const auto body = [from = value.storage, size_bytes](DeviceStream& stream, MemorySource&,
                                                       std::span<const Storage> outputs) -> Status {
    TFJS_RETURN_IF_ERROR(outputs[0].buffer->allocate());
    if (size_bytes == 0) return {};
    return stream.copy_on_device(outputs[0].data(), from.data(), size_bytes);
  };
  return call_body(body, {&value, 1}, {&size_bytes, 1})[0];
}

Result<Ref<Buffer>> Session::allocated_buffer(size_t size_bytes) {
  Ref<Buffer> buffer = make_buffer(size_bytes);
  Status allocated = buffer->allocate();
  if (!allocated.ok() && !queue_.is_done(queue_.newest())) {
    synchronize();
    allocated = buffer->allocate();
  }
  TFJS_RETURN_IF_ERROR(allocated);
  return buffer;
}

Result<Value> Session::write(const void* src, size_t given_bytes, size_t size_bytes) {
  TFJS_ASSIGN_OR_RETURN(Ref<Buffer> buffer, allocated_buffer(size_bytes));
  char* dst = static_cast<char*>(buffer->data());
  if (given_bytes > 0) TFJS_RETURN_IF_ERROR(queue_.stream().copy_from_host(dst, src, given_bytes));
  TFJS_RETURN_IF_ERROR(write_zeros(dst + given_bytes, size_bytes - given_bytes));
  return Value{{std::move(buffer)}};
}

Result<Value> Session::write_made(
    size_t given_bytes, size_t size_bytes,
    FunctionRef<void(size_t begin_bytes, std::span<char> piece)> make) {
  TFJS_ASSIGN_OR_RETURN(Ref<Buffer> buffer, allocated_buffer(size_bytes));
  char* dst = static_cast<char*>(buffer->data());
  // Stays in the innermost cache.
  alignas(64) char piece[8192];
  for (size_t at = 0; at < given_bytes; at += sizeof piece) {
    const size_t count = std::min(given_bytes - at, sizeof piece);
    make(at, {piece, count});
    TFJS_RETURN_IF_ERROR(queue_.stream().copy_from_host(dst + at, piece, count));
  }
  TFJS_RETURN_IF_ERROR(write_zeros(dst + given_bytes, size_bytes - given_bytes));
  return Value{{std::move(buffer)}};
}

Status Session::write_zeros(char* dst, size_t size_bytes) {
  static constexpr char kZeros[4096] = {};
  for (size_t at = 0; at < size_bytes; at += sizeof kZeros) {
    const size_t count = std::min(size_bytes - at, sizeof kZeros);
    TFJS_RETURN_IF_ERROR(queue_.stream().copy_from_host(dst + at, kZeros, count));
  }
  return {};
}

void Session::let_go(const Value& value, size_t size_bytes) {
  // What is not computed yet takes no memory; what is not shared is freed at once.
  if (!queue_.is_done(value.ticket) || !value.storage.buffer->is_shared()) return;
  const size_t ceiling_bytes = runtime_.pool.stats().ceiling_bytes;
  queue_.set_max_held_bytes(ceiling_bytes == 0 ? CallQueue::kMaxHeldBytes
                                               : ceiling_bytes / kHeldShare);
  queue_.hold(size_bytes);
}

Status Session::wait(const Value& value) {
  if (observer_ != nullptr) observer_->on_read(value.storage);
  queue_.drain_until(value.ticket);
  if (!queue_.is_done(value.ticket)) {
    return Status(Code::kDisposed, "the environment is shutting down");
  }
  return value.storage.buffer->error();
}

Status Session::read(const Value& value, void* dst, size_t size_bytes) {
  TFJS_RETURN_IF_ERROR(wait(value));
  if (size_bytes == 0) return {};
  return queue_.stream().copy_to_host(dst, value.storage.data(), size_bytes);
}

void Session::when_done(const Value& value, std::function<void()> signal) {
  if (observer_ != nullptr) observer_->on_read(value.storage);
  if (queue_.is_done(value.ticket) && runtime_.device.is_host()) {
    signal();
    return;
  }
  queue_.when_done(value.ticket, std::move(signal));
}

void Session::begin_profile() {
  auto scope = std::make_shared<ProfileScope>();
  scope->parent = profile_;
  profile_ = std::move(scope);
}

void Session::end_profile(std::function<void(double kernel_ms)> done) {
  std::shared_ptr<ProfileScope> scope = profile_;
  if (scope == nullptr) return;
  profile_ = scope->parent;
  queue_.when_done(queue_.newest(),
                   [scope, done = std::move(done)] { done(scope->kernel_ns.load() * 1e-6); });
}

}  // namespace tfjs_native
