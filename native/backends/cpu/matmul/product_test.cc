// What captured graphs and several sessions do with prepared products, and JavaScript cannot show.
#include <gtest/gtest.h>

#include <cmath>
#include <thread>
#include <vector>

#include "backends/cpu/cpu_device.h"
#include "backends/cpu/onednn/bound_constants.h"
#include "backends/cpu/onednn/engine.h"

namespace tfjs_native {
namespace {

AttrValue number(double value) { return {.present = true, .numbers = {value}}; }

PreparedKernelPtr prepare(const Descriptor& descriptor) {
  for (const Kernel& kernel : cpu_device().kernels()) {
    if (std::string_view(kernel.op) != descriptor.op) continue;
    if (!reason_to_decline(kernel, descriptor).empty()) continue;
    auto prepared = kernel.prepare(descriptor, cpu_device());
    EXPECT_TRUE(prepared.ok()) << prepared.status().error().message;
    return prepared.ok() ? prepared.value() : nullptr;
  }
  ADD_FAILURE() << "no kernel for " << descriptor.op;
  return nullptr;
}

std::vector<float> some_values(size_t count, unsigned state) {
  std::vector<float> values(count);
  for (float& value : values) {
    state = state * 1664525u + 1013904223u;
    value = static_cast<float>(state >> 8) / (1 << 24) - 0.5f;
  }
  return values;
}

/// The stream that the tests share; its memory outlives their buffers.
DeviceStream& stream() {
  static const auto* const stream = new auto(cpu_device().create_stream());
  return *stream->value();
}

/// A buffer that holds `values`.
Ref<Buffer> buffer_of(const std::vector<float>& values) {
  auto buffer = make_ref<Buffer>(stream().memory(), values.size() * sizeof(float));
  EXPECT_TRUE(buffer->allocate().ok());
  std::copy(values.begin(), values.end(), static_cast<float*>(buffer->data()));
  return buffer;
}

/// Runs the kernel on (a, b), where b may have a buffer.
std::vector<float> run(const PreparedKernel& kernel, const std::vector<float>& a,
                       const std::vector<float>& b, Buffer* b_buffer, size_t outputs) {
  std::vector<float> result(outputs, NAN);
  std::vector<char> workspace(kernel.workspace_bytes() + 64);
  void* aligned = workspace.data();
  size_t space = workspace.size();
  std::align(64, kernel.workspace_bytes(), aligned, space);
  const Operand inputs[] = {
      {const_cast<float*>(a.data()), nullptr},
      {b_buffer == nullptr ? const_cast<float*>(b.data()) : b_buffer->data(), b_buffer}};
  const Operand output[] = {{result.data(), nullptr}};
  Operands operands{inputs, output};
  operands.workspace = aligned;
  operands.memory = &stream().memory();
  const Status status = kernel.run(operands, stream());
  EXPECT_TRUE(status.ok());
  return result;
}

constexpr int64_t kRows = 5;
constexpr int64_t kInner = 96;
constexpr int64_t kColumns = 70;

Descriptor matmul_descriptor() {
  Descriptor descriptor;
  descriptor.op = "BatchMatMul";
  descriptor.inputs = {{.shape = {kRows, kInner}}, {.shape = {kInner, kColumns}}};
  descriptor.outputs = {{.shape = {kRows, kColumns}}};
  descriptor.attrs.add("transposeA", number(0));
  descriptor.attrs.add("transposeB", number(0));
  return descriptor;
}

void expect_product(const std::vector<float>& a, const std::vector<float>& b,
                    const std::vector<float>& product) {
  for (int64_t row = 0; row < kRows; ++row) {
    for (int64_t column = 0; column < kColumns; ++column) {
      double sum = 0;
      for (int64_t k = 0; k < kInner; ++k) {
        sum += static_cast<double>(a[static_cast<size_t>(row * kInner + k)]) *
               static_cast<double>(b[static_cast<size_t>(k * kColumns + column)]);
      }
      EXPECT_NEAR(product[static_cast<size_t>(row * kColumns + column)], sum, 1e-5);
    }
  }
}

TEST(Product, OneKernelRunsOnManyThreads) {
  const PreparedKernelPtr kernel = prepare(matmul_descriptor());
  ASSERT_NE(kernel, nullptr);
  const std::vector<float> b = some_values(kInner * kColumns, 7);
  const Ref<Buffer> b_buffer = buffer_of(b);
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      const std::vector<float> a = some_values(kRows * kInner, i);
      for (int round = 0; round < 20; ++round) {
        expect_product(a, b, run(*kernel, a, b, b_buffer.get(), kRows * kColumns));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST(Product, AMatrixWithoutBuffer) {
  const PreparedKernelPtr kernel = prepare(matmul_descriptor());
  ASSERT_NE(kernel, nullptr);
  const std::vector<float> a = some_values(kRows * kInner, 1);
  const std::vector<float> b = some_values(kInner * kColumns, 2);
  expect_product(a, b, run(*kernel, a, b, nullptr, kRows * kColumns));
}

Descriptor convolution_descriptor() {
  Descriptor descriptor;
  descriptor.op = "Conv2D";
  descriptor.inputs = {{.shape = {1, 6, 6, 8}}, {.shape = {3, 3, 8, 20}}};
  descriptor.outputs = {{.shape = {1, 6, 6, 20}}};
  descriptor.resolved = Window{1,
                               8,
                               false,
                               {{.in = 6, .out = 6, .filter = 3, .pad_begin = 1},
                                {.in = 6, .out = 6, .filter = 3, .pad_begin = 1}}};
  return descriptor;
}

TEST(Product, AFilterWithoutBufferIsPackedForEachRun) {
  const PreparedKernelPtr kernel = prepare(convolution_descriptor());
  ASSERT_NE(kernel, nullptr);
  const std::vector<float> x = some_values(6 * 6 * 8, 1);
  const std::vector<float> filter = some_values(3 * 3 * 8 * 20, 2);
  const std::vector<float> other = some_values(3 * 3 * 8 * 20, 3);
  const Ref<Buffer> buffer = buffer_of(filter);
  const Ref<Buffer> other_buffer = buffer_of(other);
  const std::vector<float> expected = run(*kernel, x, filter, buffer.get(), 6 * 6 * 20);
  const std::vector<float> other_expected = run(*kernel, x, other, other_buffer.get(), 6 * 6 * 20);
  EXPECT_NE(expected, other_expected);
  EXPECT_EQ(run(*kernel, x, filter, nullptr, 6 * 6 * 20), expected);
  EXPECT_EQ(run(*kernel, x, other, nullptr, 6 * 6 * 20), other_expected);
}

/// What is bound of the second input, with or without a buffer.
std::shared_ptr<const void> bind_second(const PreparedKernel& kernel, const std::vector<float>& b,
                                        Buffer* buffer) {
  const Operand constants[] = {
      {}, {buffer == nullptr ? const_cast<float*>(b.data()) : buffer->data(), buffer}};
  Operands operands{constants, {}};
  operands.memory = &stream().memory();
  auto bound = kernel.bind(operands);
  EXPECT_TRUE(bound.ok());
  return bound.ok() ? std::move(bound).value() : nullptr;
}

const void* weights_of(const std::shared_ptr<const void>& bound) {
  return BoundConstants::of(bound.get())->weights.get();
}

TEST(Product, BoundWeightsAreTheBuffersOwn) {
  if (!onednn_has(dnnl::cpu_isa::avx2)) {
    GTEST_SKIP() << "without AVX2 filters are not packed";
  }
  const PreparedKernelPtr kernel = prepare(convolution_descriptor());
  const PreparedKernelPtr equal = prepare(convolution_descriptor());
  ASSERT_TRUE(kernel && equal);
  const std::vector<float> filter = some_values(3 * 3 * 8 * 20, 2);
  const Ref<Buffer> buffer = buffer_of(filter);
  const auto bound = bind_second(*kernel, filter, buffer.get());
  ASSERT_NE(bound, nullptr);
  const auto again = bind_second(*equal, filter, buffer.get());
  EXPECT_EQ(weights_of(again), weights_of(bound));
  const auto apart = bind_second(*kernel, filter, nullptr);
  EXPECT_NE(weights_of(apart), weights_of(bound));
}

TEST(Product, NothingIsBoundOfWhatIsUsedAsItLies) {
  Descriptor descriptor = matmul_descriptor();
  descriptor.inputs = {{.shape = {kRows, 3}}, {.shape = {3, kColumns}}};
  const PreparedKernelPtr kernel = prepare(descriptor);
  ASSERT_NE(kernel, nullptr);
  EXPECT_EQ(bind_second(*kernel, some_values(3 * kColumns, 2), nullptr), nullptr);
  // Nor where no constant is given.
  const PreparedKernelPtr larger = prepare(matmul_descriptor());
  const Operand none[2] = {};
  Operands operands{none, {}};
  operands.memory = &stream().memory();
  const auto bound = larger->bind(operands);
  ASSERT_TRUE(bound.ok());
  EXPECT_EQ(bound.value(), nullptr);
}

}  // namespace
}  // namespace tfjs_native
