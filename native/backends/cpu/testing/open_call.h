#pragma once

#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "backends/cpu/cpu_device.h"
#include "tensor/element_type.h"

namespace tfjs_native {

/// An input or output with its values.
struct TestTensor {
  TensorDesc desc;
  std::vector<char> bytes;

  template <typename T>
  std::vector<T> values() const {
    std::vector<T> values(bytes.size() / sizeof(T));
    if (!bytes.empty()) std::memcpy(values.data(), bytes.data(), bytes.size());
    return values;
  }
};

template <typename T>
TestTensor test_tensor(Shape shape, const std::vector<T>& values) {
  TestTensor tensor{{.dtype = dtype_of<T>(), .shape = std::move(shape)}, {}};
  EXPECT_EQ(static_cast<size_t>(tensor.desc.num_elements()), values.size());
  tensor.bytes.resize(values.size() * sizeof(T));
  if (!values.empty()) std::memcpy(tensor.bytes.data(), values.data(), tensor.bytes.size());
  return tensor;
}

/// The same of bools, as bytes.
inline TestTensor bool_tensor(Shape shape, const std::vector<uint8_t>& values) {
  TestTensor tensor = test_tensor<uint8_t>(std::move(shape), values);
  tensor.desc.dtype = DType::kBool;
  return tensor;
}

/// Gives kernels the memory of outputs of open size; `fails_at`: has none for that output.
class TestOutputs : public OutputAllocator {
 public:
  TestOutputs(std::vector<TestTensor>& outputs, int fails_at)
      : outputs_(outputs), fails_at_(fails_at) {}

  Result<void*> allocate(size_t i, const Shape& shape) override {
    TensorDesc& desc = outputs_.at(i).desc;
    EXPECT_TRUE(desc.is_open()) << "output " << i << " is asked for twice, or is not open";
    if (static_cast<int>(i) == fails_at_) return Status(Code::kOutOfMemory, "none left");
    TFJS_RETURN_IF_ERROR(check_shape(shape));
    desc.shape = shape;
    outputs_[i].bytes.assign(desc.size_bytes(), '\x5a');
    return desc.size_bytes() == 0 ? nullptr : static_cast<void*>(outputs_[i].bytes.data());
  }

 private:
  std::vector<TestTensor>& outputs_;
  const int fails_at_;
};

/// Prepares the CPU's first kernel that takes the descriptor and runs it. `outputs` come without
/// values.
inline Status run_open_call(const char* op, const std::vector<TestTensor>& inputs,
                            std::vector<TestTensor>& outputs, Resolved resolved = {},
                            std::vector<double> scalars = {}, int fails_at = -1) {
  Descriptor descriptor;
  descriptor.op = op;
  descriptor.resolved = std::move(resolved);
  std::vector<Operand> input_operands;
  std::vector<Operand> output_operands;
  for (const TestTensor& input : inputs) {
    descriptor.inputs.push_back(input.desc);
    input_operands.push_back(
        {input.bytes.empty() ? nullptr : const_cast<char*>(input.bytes.data())});
  }
  for (TestTensor& output : outputs) {
    descriptor.outputs.push_back(output.desc);
    output.bytes.assign(output.desc.size_bytes(), '\x5a');
    output_operands.push_back({output.bytes.empty() ? nullptr : output.bytes.data()});
  }
  for (const Kernel& kernel : cpu_device().kernels()) {
    if (std::string_view(kernel.op) != op) continue;
    if (!reason_to_decline(kernel, descriptor).empty()) continue;
    TFJS_ASSIGN_OR_RETURN(const PreparedKernelPtr prepared,
                          kernel.prepare(descriptor, cpu_device()));
    TFJS_ASSIGN_OR_RETURN(const auto stream, cpu_device().create_stream());
    // Exactly as large as was asked for, so that a sanitizer sees a step beyond it.
    const std::unique_ptr<char[]> workspace(new char[prepared->workspace_bytes()]);
    TestOutputs open_outputs(outputs, fails_at);
    Operands operands{input_operands, output_operands};
    operands.scalars = scalars;
    operands.workspace = workspace.get();
    operands.memory = &stream->memory();
    operands.open_outputs = &open_outputs;
    return prepared->run(operands, *stream);
  }
  return make_status(Code::kUnsupported, "no kernel for %s", op);
}

/// An output that the kernel asks for.
inline TestTensor open_output(DType dtype, Shape shape) {
  return {{.dtype = dtype, .shape = std::move(shape)}, {}};
}

}  // namespace tfjs_native
