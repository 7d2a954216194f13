#include "backends/cpu/array/copy_kernel.h"

#include <algorithm>

#include "base/thread_pool.h"

namespace tfjs_native {
namespace {

// Bytes that are worth another thread.
constexpr int64_t kGrainBytes = 512 * 1024;

}  // namespace

CopyKernel::CopyKernel(std::vector<Part> parts, int64_t zero_bytes)
    : parts_(std::move(parts)), zero_bytes_(zero_bytes) {
  std::erase_if(parts_, [](const Part& part) { return part.copy.total_bytes() == 0; });
  count_held(parts_.size() * sizeof(Part));
  int64_t total = 0;
  int64_t largest = 0;
  for (const Part& part : parts_) {
    total += part.copy.total_bytes();
    largest = std::max(largest, part.copy.total_bytes());
  }
  if (total >= 2 * kGrainBytes && largest < 2 * kGrainBytes) {
    const int64_t count = static_cast<int64_t>(parts_.size());
    parts_per_piece_ = std::max<int64_t>(1, kGrainBytes / (total / count));
  }
}

Status CopyKernel::run(const Operands& operands, DeviceStream&) const {
  if (zero_bytes_ > 0) zero_bytes(operands.outputs[0].data, zero_bytes_);
  const auto run_parts = [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const Part& part = parts_[static_cast<size_t>(i)];
      part.copy.run(operands.inputs[part.input].data, operands.outputs[part.output].data);
    }
  };
  const int64_t count = static_cast<int64_t>(parts_.size());
  if (parts_per_piece_ > 0) {
    ThreadPool::instance().parallel_for(count, parts_per_piece_, run_parts);
  } else {
    run_parts(0, count);
  }
  return {};
}

}  // namespace tfjs_native
