#include "runtime/session.h"

#include <algorithm>

#include "base/heap.h"

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
Status own_error(std::span<const Ref<Buffer>> buffers, size_t input_count) {
  if (buffers.size() == input_count || buffers[input_count]->error().ok()) return {};
  for (const Ref<Buffer>& input : buffers.first(input_count)) {
    if (input && !input->error().ok()) return {};
  }
  return buffers[input_count]->error();
}

}  // namespace

size_t DeviceRuntime::trim() {
  const size_t before = planner.held_bytes();
  plan_budget.trim();
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
      plans_(runtime.plan_budget) {}

Result<std::unique_ptr<Session>> Session::create(DeviceRuntime& runtime, CallQueue::Owner owner) {
  TFJS_ASSIGN_OR_RETURN(auto stream, runtime.device.create_stream());
  return std::unique_ptr<Session>(new Session(runtime, std::move(stream), std::move(owner)));
}

Status Session::call(const Ref<Plan>& plan, std::span<const Value> inputs,
                     std::vector<Value>& outputs) {
  if ((plan->op().traits & kView) != 0) {
    outputs.push_back(inputs[0]);
    if (observer_ != nullptr) observer_->on_call(plan, {&inputs[0].buffer, 1}, {});
    return {};
  }
  const size_t first_output = outputs.size();
  buffers_.clear();
  for (const Value& input : inputs) buffers_.push_back(input.buffer);
  for (const TensorDesc& output : plan->descriptor().outputs) {
    buffers_.push_back(make_buffer(output.size_bytes()));
    outputs.push_back({buffers_.back(), 0});
  }
  if (observer_ != nullptr) {
    const std::span<const Ref<Buffer>> all(buffers_);
    observer_->on_call(plan, all.first(inputs.size()), all.subspan(inputs.size()));
  }
  CallQueue::Ticket ticket = 0;
  if (profile_ == nullptr && is_cheap(*plan)) {
    ticket = queue_.run_at_once(*plan, buffers_, inputs.size());
  }
  Status status;
  if (ticket != 0) {
    status = own_error(buffers_, inputs.size());
  } else {
    Task task;
    task.plan = plan;
    task.input_count = inputs.size();
    task.profile = profile_;
    task.buffers = std::move(buffers_);
    ticket = queue_.push(std::move(task));
  }
  buffers_.clear();
  for (size_t i = first_output; i < outputs.size(); ++i) outputs[i].ticket = ticket;
  return status;
}

std::vector<Value> Session::call_body(Body body, std::span<const Value> inputs,
                                      std::span<const TensorDesc> descs) {
  std::vector<Value> outputs;
  std::vector<Ref<Buffer>> output_buffers;
  Task task;
  task.input_count = inputs.size();
  task.profile = profile_;
  for (const Value& input : inputs) task.buffers.push_back(input.buffer);
  for (const TensorDesc& desc : descs) {
    output_buffers.push_back(make_buffer(desc.size_bytes()));
    outputs.push_back({output_buffers.back(), 0});
    task.buffers.push_back(output_buffers.back());
  }
  task.body = [body = std::move(body), output_buffers = std::move(output_buffers)](
                  DeviceStream& stream, MemorySource& memory) {
    return body(stream, memory, output_buffers);
  };
  const CallQueue::Ticket ticket = queue_.push(std::move(task));
  for (Value& output : outputs) output.ticket = ticket;
  return outputs;
}

Result<Value> Session::write(const void* src, size_t given_bytes, size_t size_bytes) {
  Ref<Buffer> buffer = make_buffer(size_bytes);
  Status allocated = buffer->allocate();
  if (!allocated.ok() && !queue_.is_done(queue_.newest())) {
    synchronize();
    allocated = buffer->allocate();
  }
  TFJS_RETURN_IF_ERROR(allocated);
  char* dst = static_cast<char*>(buffer->data());
  if (given_bytes > 0) TFJS_RETURN_IF_ERROR(queue_.stream().copy_from_host(dst, src, given_bytes));
  static constexpr char kZeros[4096] = {};
  for (size_t at = given_bytes; at < size_bytes; at += sizeof kZeros) {
    const size_t count = std::min(size_bytes - at, sizeof kZeros);
    TFJS_RETURN_IF_ERROR(queue_.stream().copy_from_host(dst + at, kZeros, count));
  }
  return Value{std::move(buffer), 0};
}

void Session::let_go(const Value& value) {
  // What is not computed yet takes no memory; what is not shared is freed at once.
  if (!queue_.is_done(value.ticket) || !value.buffer->is_shared()) return;
  const size_t ceiling_bytes = runtime_.pool.stats().ceiling_bytes;
  queue_.set_max_held_bytes(ceiling_bytes == 0 ? CallQueue::kMaxHeldBytes
                                               : ceiling_bytes / kHeldShare);
  queue_.hold(value.buffer->size_bytes());
}

Status Session::wait(const Value& value) {
  if (observer_ != nullptr) observer_->on_read(value.buffer);
  queue_.drain_until(value.ticket);
  if (!queue_.is_done(value.ticket)) {
    return Status(Code::kDisposed, "the environment is shutting down");
  }
  return value.buffer->error();
}

Status Session::read(const Value& value, void* dst, size_t size_bytes) {
  TFJS_RETURN_IF_ERROR(wait(value));
  if (size_bytes == 0) return {};
  return queue_.stream().copy_to_host(dst, value.buffer->data(), size_bytes);
}

void Session::when_done(const Value& value, std::function<void()> signal) {
  if (observer_ != nullptr) observer_->on_read(value.buffer);
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
