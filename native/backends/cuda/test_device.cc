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

Result<Window> ConvolutionCall::window() const {
  WindowSpec whole = spec;
  whole.filter = {filter[0], filter[1]};
  return resolve_window(x, whole);
}

Descriptor ConvolutionCall::describe() const {
  TensorDesc absent;
  absent.present = false;
  Descriptor descriptor = cuda::describe("FusedConv2D", {{dtype, x}, {dtype, filter}}, {dtype, {}});
  descriptor.inputs.push_back(bias ? TensorDesc{dtype, *bias} : absent);
  descriptor.inputs.push_back(absent);
  if (bias) descriptor.post_ops.push_back(BiasPostOp{2});
  if (activation != Activation::kLinear) {
    descriptor.post_ops.push_back(ActivationPostOp{activation});
  }
  const Result<Window> resolved = window();
  if (resolved.ok()) {
    descriptor.outputs[0].shape = resolved.value().output_shape(filter[3]);
    descriptor.resolved = resolved.value();
  }
  return descriptor;
}

void GpuSession::open() {
  device_ = test_device().value();
  auto made = device_->create_stream();
  expect_ok(made.status());
  stream_ = std::move(made.value());
}

PreparedKernelPtr GpuSession::prepare(const Descriptor& descriptor) {
  const Kernel& kernel = kernel_for(descriptor.op);
  EXPECT_EQ(reason_to_decline(kernel, descriptor), "");
  Result<PreparedKernelPtr> made = kernel.prepare(descriptor, *device_);
  expect_ok(made.status());
  return made.value();
}

Ref<Buffer> GpuSession::enqueue(const PreparedKernel& kernel, std::span<const Storage> inputs,
                                const Storage& output) {
  const auto operand_of = [](const Storage& storage) {
    return Operand{storage.data(), storage.buffer.get(), storage.offset_bytes};
  };
  std::vector<Operand> operands;
  for (const Storage& input : inputs) operands.push_back(operand_of(input));
  const Operand result = operand_of(output);
  const Ref<Buffer> workspace = make_ref<Buffer>(stream_->memory(), kernel.workspace_bytes());
  expect_ok(workspace->allocate());
  Operands arguments;
  arguments.inputs = operands;
  arguments.outputs = {&result, 1};
  arguments.workspace = workspace->data();
  arguments.memory = &stream_->memory();
  expect_ok(kernel.run(arguments, *stream_));
  return workspace;
}

Ref<Buffer> GpuSession::run(const PreparedKernel& kernel, const Descriptor& descriptor,
                            const std::vector<Ref<Buffer>>& inputs) {
  const Storage output{make_ref<Buffer>(stream_->memory(), descriptor.outputs[0].size_bytes())};
  expect_ok(output.buffer->allocate());
  std::vector<Storage> storages;
  for (const Ref<Buffer>& input : inputs) storages.push_back({input});
  enqueue(kernel, storages, output);
  return output.buffer;
}

}  // namespace tfjs_native::cuda
