#include "runtime/plan.h"

#include <algorithm>
#include <string>

#include "base/log.h"
#include "base/thread_pool.h"

namespace tfjs_native {
namespace {

// Of a plan with its descriptor, a small kernel and its place in a cache.
constexpr size_t kOwnBytes = 2048;

}  // namespace

Planner::Planner(Device& device) : device_(device), kernels_by_op_(op_table().size()) {
  for (const Kernel& kernel : device.kernels()) {
    const int index = find_op(kernel.op);
    if (index < 0) {
      log_line("%s: kernel for the unknown operator %s ignored", device.name().c_str(), kernel.op);
      continue;
    }
    kernels_by_op_[index].push_back(&kernel);
  }
}

bool Planner::supports(const OpDef& op) const {
  return (op.traits & kView) != 0 || !kernels_by_op_[&op - op_table().data()].empty();
}

Result<Ref<Plan>> Planner::plan(const OpDef& op, std::vector<TensorDesc> inputs,
                                Attrs attrs) const {
  Ref<Plan> plan = make_ref<Plan>(held_);
  plan->count();
  plan->op_ = &op;
  Descriptor& descriptor = plan->descriptor_;
  descriptor.op = op.name;
  descriptor.inputs = std::move(inputs);
  TFJS_RETURN_IF_ERROR(
      infer(op, descriptor.inputs, attrs, descriptor.outputs).at(op.name, device_.name()));
  descriptor.attrs = std::move(attrs);
  if ((op.traits & kViewOfSameDType) != 0 &&
      descriptor.outputs[0].dtype == descriptor.inputs[0].dtype) {
    static const OpDef& identity = op_table()[find_op("Identity")];
    plan->op_ = &identity;
  }
  size_t largest = 0;
  for (const auto* side : {&descriptor.inputs, &descriptor.outputs}) {
    for (const TensorDesc& tensor : *side) {
      if (!tensor.present) continue;
      plan->traffic_bytes_ += tensor.size_bytes();
      largest = std::max(largest, tensor.size_bytes());
    }
  }
  // Products of matrices or windows have at least two inputs of rank 2 and more.
  plan->compute_bound_ = descriptor.inputs.size() >= 2 && descriptor.inputs[0].rank() >= 2 &&
                         descriptor.inputs[1].rank() >= 2 && largest > 1024;
  if ((plan->op_->traits & kView) != 0) return plan;

  std::string reasons;
  for (const Kernel* kernel : kernels_by_op_[&op - op_table().data()]) {
    const char* declined = kernel->accept(descriptor);
    if (verbosity() > 0) {
      log_line("%s on %s: kernel %s %s%s", op.name, device_.name().c_str(), kernel->name,
               declined == nullptr ? "accepts" : "declines: ", declined == nullptr ? "" : declined);
    }
    if (declined == nullptr) {
      plan->candidates_.push_back(kernel);
    } else {
      reasons += std::string("; ") + kernel->name + ": " + declined;
    }
  }
  if (plan->candidates_.empty()) {
    Error error{Code::kUnsupported, "no kernel takes this call" + reasons, op.name, device_.name()};
    return Status(std::move(error));
  }
  return plan;
}

Result<const PreparedKernel*> Plan::prepared(Device& device) {
  const int threads = ThreadPool::instance().size();
  if (prepared_for_threads_ == threads) return prepared_.get();
  Status last(Code::kUnsupported, "no kernel takes this call");
  for (const Kernel* kernel : candidates_) {
    Result<PreparedKernelPtr> made = kernel->prepare(descriptor_, device);
    if (made.ok()) {
      prepared_ = std::move(made.value());
      prepared_for_threads_ = threads;
      count();
      return prepared_.get();
    }
    last = made.status();
    if (verbosity() > 0) {
      log_line("%s: kernel %s can not be prepared: %s", op_->name, kernel->name,
               last.error().message.c_str());
    }
    if (last.error().code != Code::kUnsupported) break;
  }
  return last;
}

Plan::~Plan() { total_.subtract(held_bytes()); }

void Plan::count() {
  counted_kernel_bytes_ = prepared_ ? prepared_->held_bytes() : 0;
  const size_t bytes = kOwnBytes + counted_kernel_bytes_;
  std::lock_guard<std::mutex> lock(count_mutex_);
  const size_t before = held_bytes_.exchange(bytes, std::memory_order_relaxed);
  for (ByteCount* count : {&total_, joined_}) {
    if (count != nullptr) count->add(bytes - before);
  }
}

void Plan::join(ByteCount& count) {
  std::lock_guard<std::mutex> lock(count_mutex_);
  joined_ = &count;
  count.add(held_bytes());
}

void Plan::leave() {
  std::lock_guard<std::mutex> lock(count_mutex_);
  if (joined_ == nullptr) return;
  joined_->subtract(held_bytes());
  joined_ = nullptr;
}

}  // namespace tfjs_native
