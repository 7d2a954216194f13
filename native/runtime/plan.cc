#include "runtime/plan.h"

#include <algorithm>

#include "base/log.h"
#include "base/thread_pool.h"

namespace tfjs_native {
namespace {

// Of a plan with its descriptor, a small kernel and its place in a store.
constexpr size_t kOwnBytes = 2048;

// A product below this takes no longer than handing it over.
constexpr size_t kSmallProductBytes = 1024;

}  // namespace

Plan::Plan(const OpDef& op, Descriptor descriptor, std::vector<const Kernel*> candidates,
           ByteCount& total)
    : op_(op),
      descriptor_(std::move(descriptor)),
      candidates_(std::move(candidates)),
      total_(total) {
  size_t largest = 0;
  for (const auto* side : {&descriptor_.inputs, &descriptor_.outputs}) {
    for (const TensorDesc& tensor : *side) {
      if (!tensor.present) continue;
      traffic_bytes_ += tensor.size_bytes();
      largest = std::max(largest, tensor.size_bytes());
    }
  }
  is_compute_bound_ = (op.traits & kComputeBound) != 0 && largest > kSmallProductBytes;
  is_whole_view_ = is_view() && descriptor_.outputs.size() == 1 &&
                   descriptor_.outputs[0].num_elements() == descriptor_.inputs[0].num_elements();
  count();
}

Plan::~Plan() { total_.subtract(held_bytes()); }

Result<const PreparedKernel*> Plan::prepared(Device& device) {
  const int threads = ThreadPool::instance().size();
  if (prepared_for_threads_.load(std::memory_order_acquire) == threads) return prepared_.get();
  std::lock_guard<std::mutex> lock(prepare_mutex_);
  // Nobody runs a kernel for another number of threads: its user would keep that number.
  if (prepared_for_threads_.load(std::memory_order_relaxed) != threads) {
    TFJS_ASSIGN_OR_RETURN(prepared_, prepare(device));
    prepared_for_threads_.store(threads, std::memory_order_release);
    count();
  }
  return prepared_.get();
}

Result<PreparedKernelPtr> Plan::prepared_to_keep(Device& device) {
  const Result<const PreparedKernel*> kernel = prepared(device);
  if (!kernel.ok()) return kernel.status();
  std::lock_guard<std::mutex> lock(prepare_mutex_);
  return prepared_;
}

std::string Plan::kernel_name() {
  std::lock_guard<std::mutex> lock(prepare_mutex_);
  return kernel_name_;
}

Result<PreparedKernelPtr> Plan::prepare(Device& device) {
  Status last(Code::kUnsupported, "no kernel takes this call");
  for (const Kernel* kernel : candidates_) {
    Result<PreparedKernelPtr> made = kernel->prepare(descriptor_, device);
    if (made.ok()) {
      kernel_name_ = kernel->name;
      return made;
    }
    last = made.status();
    if (verbosity() > 0) {
      log_line("%s: kernel %s cannot be prepared: %s", op_.name, kernel->name,
               last.error().message.c_str());
    }
    if (last.error().code != Code::kUnsupported) break;
  }
  return last;
}

void Plan::recount() {
  if (prepared_->held_bytes() != counted_kernel_bytes_.load(std::memory_order_relaxed)) count();
}

void Plan::count() {
  std::lock_guard<std::mutex> lock(count_mutex_);
  const size_t kernel_bytes = prepared_ ? prepared_->held_bytes() : 0;
  counted_kernel_bytes_.store(kernel_bytes, std::memory_order_relaxed);
  const size_t bytes = kOwnBytes + kernel_bytes;
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
