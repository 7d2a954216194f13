// What captured graphs do with kernels that are made of others.
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "backends/cpu/cpu_device.h"

namespace tfjs_native {
namespace {

constexpr int64_t kRows = 6;
constexpr int64_t kInner = 128;
constexpr int64_t kColumns = 96;

/// "ij,jk->ki", so that the product's result is moved, or its operands change places.
PreparedKernelPtr prepare_contraction() {
  Descriptor descriptor;
  descriptor.op = "Einsum";
  descriptor.inputs = {{.shape = {kRows, kInner}}, {.shape = {kInner, kColumns}}};
  descriptor.outputs = {{.shape = {kColumns, kRows}}};
  descriptor.resolved = Subscripts{{{1, 2}, {2, 0}}, 2};
  for (const Kernel& kernel : cpu_device().kernels()) {
    if (std::string_view(kernel.op) != descriptor.op) continue;
    auto prepared = kernel.prepare(descriptor, cpu_device());
    EXPECT_TRUE(prepared.ok()) << prepared.status().error().message;
    return prepared.ok() ? prepared.value() : nullptr;
  }
  ADD_FAILURE() << "no kernel";
  return nullptr;
}

Ref<Buffer> buffer_of(MemorySource& memory, int64_t count, float step) {
  auto buffer = make_ref<Buffer>(memory, static_cast<size_t>(count) * sizeof(float));
  EXPECT_TRUE(buffer->allocate().ok());
  auto* values = static_cast<float*>(buffer->data());
  for (int64_t i = 0; i < count; ++i) values[i] = step * static_cast<float>(i % 17 - 8);
  return buffer;
}

Operand operand_of(Buffer& buffer) { return {buffer.data(), &buffer}; }

TEST(Einsum, ConstantsAreBoundOnceAndRunsGiveTheSame) {
  const PreparedKernelPtr kernel = prepare_contraction();
  ASSERT_NE(kernel, nullptr);
  const auto stream = cpu_device().create_stream();
  ASSERT_TRUE(stream.ok());
  MemorySource& memory = stream.value()->memory();
  const Ref<Buffer> a = buffer_of(memory, kRows * kInner, 0.25f);
  const Ref<Buffer> b = buffer_of(memory, kInner * kColumns, 0.5f);

  // Whichever of the two the product takes as its weights is worth a form of its own.
  Operand constant_inputs[] = {operand_of(*a), operand_of(*b)};
  const Operand no_output[1];
  Operands constants{constant_inputs, no_output};
  constants.memory = &memory;
  const auto bound = kernel->bind(constants);
  ASSERT_TRUE(bound.ok());
  constant_inputs[0] = {};
  constant_inputs[1] = {};
  const auto nothing = kernel->bind(constants);
  ASSERT_TRUE(nothing.ok());
  EXPECT_EQ(nothing.value(), nullptr);

  for (const void* given : {static_cast<const void*>(nullptr), bound.value().get()}) {
    std::vector<float> result(kColumns * kRows, -1);
    const auto workspace = make_ref<Buffer>(memory, kernel->workspace_bytes());
    ASSERT_TRUE(workspace->allocate().ok());
    const Operand inputs[] = {operand_of(*a), operand_of(*b)};
    const Operand output[] = {{result.data(), nullptr}};
    Operands operands{inputs, output};
    operands.bound = given;
    operands.memory = &memory;
    operands.workspace = workspace->data();
    ASSERT_TRUE(kernel->run(operands, *stream.value()).ok());
    const auto* x = static_cast<const float*>(a->data());
    const auto* y = static_cast<const float*>(b->data());
    for (int64_t k = 0; k < kColumns; ++k) {
      for (int64_t i = 0; i < kRows; ++i) {
        double sum = 0;
        for (int64_t j = 0; j < kInner; ++j) {
          sum += static_cast<double>(x[i * kInner + j]) * static_cast<double>(y[j * kColumns + k]);
        }
        EXPECT_EQ(result[static_cast<size_t>(k * kRows + i)], static_cast<float>(sum));
      }
    }
  }
}

}  // namespace
}  // namespace tfjs_native
