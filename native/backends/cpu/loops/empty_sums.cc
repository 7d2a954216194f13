#include "backends/cpu/loops/empty_sums.h"

#include <cstring>

namespace tfjs_native {
namespace {

class EmptySums : public PreparedKernel {
 public:
  EmptySums(const PostOpChain& chain, const TensorDesc& output)
      : tail_(chain, output), size_bytes_(output.size_bytes()) {
    if (tail_.needs_residual()) workspace_bytes_ = size_bytes_;
  }

  Status run(const Operands& operands, DeviceStream&) const override {
    if (size_bytes_ == 0) return {};
    float* const dst = operands.output<float>();
    if (tail_.needs_residual()) std::memcpy(operands.workspace, dst, size_bytes_);
    std::memset(dst, 0, size_bytes_);
    tail_.run(dst, operands.inputs, operands.workspace);
    return {};
  }

 private:
  const FusedTail tail_;
  const size_t size_bytes_;
};

}  // namespace

PreparedKernelPtr make_empty_sums(const PostOpChain& chain, const TensorDesc& output) {
  return std::make_shared<EmptySums>(chain, output);
}

}  // namespace tfjs_native
