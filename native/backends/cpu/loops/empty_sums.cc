#include "backends/cpu/loops/empty_sums.h"

#include <cstring>

namespace tfjs_native {
namespace {

class EmptySums : public PreparedKernel {
 public:
  EmptySums(const FusedSpec& spec, const TensorDesc& output)
      : tail_(spec, output), size_bytes_(output.size_bytes()) {}

  Status run(const Operands& operands, DeviceStream&) const override {
    if (size_bytes_ == 0) return {};
    std::memset(operands.outputs[0].data, 0, size_bytes_);
    if (tail_.is_empty()) return {};
    tail_.run(operands.output<float>(), operands.inputs[2].data, operands.inputs[3].data);
    return {};
  }

 private:
  const FusedTail tail_;
  const size_t size_bytes_;
};

}  // namespace

PreparedKernelPtr make_empty_sums(const FusedSpec& spec, const TensorDesc& output) {
  return std::make_shared<EmptySums>(spec, output);
}

}  // namespace tfjs_native
