#include "backends/cuda/test_device.h"

#include <cstdlib>

#include "backends/cuda/kernel_list.h"

namespace tfjs_native::cuda {

const Kernel& kernel_for(const std::string& op) {
  for (const Kernel& kernel : cuda_kernels()) {
    if (op == kernel.op) return kernel;
  }
  ADD_FAILURE() << "no kernel for " << op;
  std::abort();
}

void GpuSession::open() {
  device_ = test_device().value();
  auto made = device_->create_stream();
  expect_ok(made.status());
  stream_ = std::move(made.value());
}

PreparedKernelPtr GpuSession::prepare(const Descriptor& descriptor) {
  const Kernel& kernel = kernel_for(descriptor.op);
  const char* const declined = kernel.accept(descriptor);
  EXPECT_EQ(declined, nullptr) << declined;
  Result<PreparedKernelPtr> made = kernel.prepare(descriptor, *device_);
  expect_ok(made.status());
  return made.value();
}

Ref<Buffer> GpuSession::run(const PreparedKernel& kernel, const Descriptor& descriptor,
                            const std::vector<Ref<Buffer>>& inputs) {
  MemorySource& memory = stream_->memory();
  Ref<Buffer> output = make_ref<Buffer>(memory, descriptor.outputs[0].size_bytes());
  expect_ok(output->allocate());
  std::vector<Operand> operands;
  for (const Ref<Buffer>& input : inputs) {
    operands.push_back({input ? input->data() : nullptr, input.get()});
  }
  const Operand result{output->data(), output.get()};
  Operands arguments{operands, {&result, 1}, nullptr, &memory};
  const size_t workspace_bytes = kernel.workspace_bytes();
  if (workspace_bytes > 0) arguments.workspace = memory.allocate(workspace_bytes).value();
  expect_ok(kernel.run(arguments, *stream_));
  if (workspace_bytes > 0) memory.release(arguments.workspace, workspace_bytes);
  return output;
}

}  // namespace tfjs_native::cuda
