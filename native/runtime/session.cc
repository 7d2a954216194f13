#include "runtime/session.h"

namespace tfjs_native {
namespace {

// Below both bounds a call takes less time than waking another thread for it.
constexpr size_t kCheapBytes = 16 * 1024;

bool is_cheap(const Plan& plan) {
  return plan.traffic_bytes() <= kCheapBytes && !plan.is_compute_bound();
}

}  // namespace

Session::Session(DeviceRuntime& runtime, std::unique_ptr<DeviceStream> stream,
                 std::function<void()> wake)
    : runtime_(runtime), queue_(runtime.device, runtime.pool, std::move(stream), std::move(wake)) {}

Result<std::unique_ptr<Session>> Session::create(DeviceRuntime& runtime,
                                                 std::function<void()> wake) {
  TFJS_ASSIGN_OR_RETURN(auto stream, runtime.device.create_stream(runtime.pool));
  return std::unique_ptr<Session>(new Session(runtime, std::move(stream), std::move(wake)));
}

std::vector<Value> Session::call(const Ref<Plan>& plan, std::span<const Value> inputs) {
  const Descriptor& descriptor = plan->descriptor();
  std::vector<Value> outputs;
  outputs.reserve(descriptor.outputs.size());
  if ((plan->op().traits & kView) != 0) {
    outputs.push_back({{descriptor.outputs[0], inputs[0].tensor.buffer}, inputs[0].ticket});
    if (observer_ != nullptr) {
      observer_->on_call(plan, {&inputs[0].tensor.buffer, 1}, {&inputs[0].tensor.buffer, 1});
    }
    return outputs;
  }
  Task task;
  task.plan = plan;
  task.input_count = inputs.size();
  task.profile = profile_;
  task.buffers.reserve(inputs.size() + descriptor.outputs.size());
  for (const Value& input : inputs) task.buffers.push_back(input.tensor.buffer);
  for (const TensorDesc& output : descriptor.outputs) {
    Ref<Buffer> buffer = make_ref<Buffer>(queue_.stream().memory(), output.size_bytes());
    outputs.push_back({{output, buffer}, 0});
    task.buffers.push_back(std::move(buffer));
  }
  if (observer_ != nullptr) {
    const std::span<const Ref<Buffer>> all(task.buffers);
    observer_->on_call(plan, all.first(inputs.size()), all.subspan(inputs.size()));
  }
  const CallQueue::Ticket ticket = queue_.push(std::move(task), is_cheap(*plan));
  for (Value& output : outputs) output.ticket = ticket;
  return outputs;
}

std::vector<Value> Session::call_body(
    std::function<Status(DeviceStream&, MemorySource&, std::span<const Ref<Buffer>>)> body,
    std::span<const Value> inputs, std::span<const TensorDesc> descriptions) {
  std::vector<Value> outputs;
  std::vector<Ref<Buffer>> output_buffers;
  Task task;
  task.input_count = inputs.size();
  task.profile = profile_;
  for (const Value& input : inputs) task.buffers.push_back(input.tensor.buffer);
  for (const TensorDesc& description : descriptions) {
    Ref<Buffer> buffer = make_ref<Buffer>(queue_.stream().memory(), description.size_bytes());
    outputs.push_back({{description, buffer}, 0});
    output_buffers.push_back(buffer);
    task.buffers.push_back(std::move(buffer));
  }
  task.body = [body = std::move(body), output_buffers = std::move(output_buffers)](
                  DeviceStream& stream, MemorySource& memory) {
    return body(stream, memory, output_buffers);
  };
  const CallQueue::Ticket ticket = queue_.push(std::move(task), false);
  for (Value& output : outputs) output.ticket = ticket;
  return outputs;
}

Result<Value> Session::write(TensorDesc desc, const void* src) {
  Ref<Buffer> buffer = make_ref<Buffer>(queue_.stream().memory(), desc.size_bytes());
  TFJS_RETURN_IF_ERROR(buffer->allocate());
  if (desc.size_bytes() > 0) {
    TFJS_RETURN_IF_ERROR(queue_.stream().copy_from_host(buffer->data(), src, desc.size_bytes()));
  }
  return Value{{std::move(desc), std::move(buffer)}, 0};
}

Status Session::read(const Value& value, void* dst) {
  queue_.drain_until(value.ticket);
  if (!queue_.is_done(value.ticket)) {
    return Status(Code::kDisposed, "the environment is shutting down");
  }
  const Buffer& buffer = *value.tensor.buffer;
  TFJS_RETURN_IF_ERROR(buffer.error());
  if (buffer.size_bytes() == 0) return {};
  return queue_.stream().copy_to_host(dst, buffer.data(), value.tensor.desc.size_bytes());
}

void Session::when_done(const Value& value, std::function<void()> signal) {
  if (queue_.is_done(value.ticket) && runtime_.device.is_host()) {
    signal();
    return;
  }
  Task task;
  task.signal = std::move(signal);
  queue_.push(std::move(task), false);
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
  Task task;
  task.signal = [scope, done = std::move(done)] { done(scope->kernel_ns.load() * 1e-6); };
  queue_.push(std::move(task), false);
}

}  // namespace tfjs_native
