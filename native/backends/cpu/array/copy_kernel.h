#pragma once

#include <vector>

#include "backends/cpu/loops/strided_copy.h"
#include "device/kernel.h"

namespace tfjs_native {

/// A kernel that only copies elements, from any of its inputs to any of its outputs. The outputs
/// must have the inputs' dtype. Together the parts write every output element, or else the kernel
/// sets its (single) output to zero first.
class CopyKernel : public PreparedKernel {
 public:
  struct Part {
    size_t input = 0;
    size_t output = 0;
    StridedCopy copy;
  };

  explicit CopyKernel(std::vector<Part> parts) : CopyKernel(std::move(parts), 0) {}
  /// Zeroes `zero_bytes` bytes of output 0 before it copies.
  CopyKernel(std::vector<Part> parts, int64_t zero_bytes);

  Status run(const Operands& operands, DeviceStream& stream) const override;

 private:
  std::vector<Part> parts_;
  const int64_t zero_bytes_;
  // Parts for each piece of work when they are divided over the threads, or 0 when each part
  // divides itself.
  int64_t parts_per_piece_ = 0;
};

/// A kernel of one copy from input 0 to output 0.
inline PreparedKernelPtr make_copy_kernel(const CopyBox& box, size_t element_bytes) {
  return std::make_shared<CopyKernel>(
      std::vector<CopyKernel::Part>{{0, 0, StridedCopy(box, element_bytes)}});
}

/// For outputs without elements: beside an extent of 0 the others may be so large that what is
/// computed of them wraps.
inline PreparedKernelPtr make_empty_copy() {
  return std::make_shared<CopyKernel>(std::vector<CopyKernel::Part>{});
}

}  // namespace tfjs_native
