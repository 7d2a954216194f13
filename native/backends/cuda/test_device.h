#pragma once

#include <gtest/gtest.h>

#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "backends/cuda/cuda_device.h"
#include "device/device.h"
#include "tensor/element_type.h"

namespace tfjs_native::cuda {

/// The GPU, or why there is none.
inline const Result<Device*>& test_device() {
  static const auto* const opened = new Result<Device*>(CudaDevice::open());
  return *opened;
}

/// The device's kernel for an operator; works without a GPU.
const Kernel& kernel_for(const std::string& op);

template <typename T>
TensorDesc desc_of(const Shape& shape) {
  return {dtype_of<T>(), shape, true};
}

inline Descriptor describe(const char* op, std::vector<TensorDesc> inputs, TensorDesc output) {
  Descriptor descriptor;
  descriptor.op = op;
  descriptor.inputs = std::move(inputs);
  descriptor.outputs = {std::move(output)};
  return descriptor;
}

inline Descriptor describe_product(TensorDesc a, TensorDesc b, TensorDesc dst, bool transpose_a,
                                   bool transpose_b) {
  Descriptor descriptor = describe("BatchMatMul", {std::move(a), std::move(b)}, std::move(dst));
  const auto flag = [](bool value) {
    AttrValue attr;
    attr.present = true;
    attr.numbers = {value ? 1.0 : 0.0};
    return attr;
  };
  descriptor.attrs.add("transposeA", flag(transpose_a));
  descriptor.attrs.add("transposeB", flag(transpose_b));
  return descriptor;
}

/// FusedConv2D of x and a filter [height, width, in, out], as inference resolves it; without a
/// window where there is none.
struct ConvolutionCall {
  Shape x;
  Shape filter;
  WindowSpec spec;  // But for its `filter`.
  std::optional<Shape> bias;
  Activation activation = Activation::kLinear;
  DType dtype = DType::kFloat32;

  Result<Window> window() const;
  Descriptor describe() const;
};

/// One with a bias and relu: x [1, 6, 6, 4], eight outputs.
inline ConvolutionCall small_convolution() {
  return {.x = {1, 6, 6, 4},
          .filter = {3, 3, 4, 8},
          .spec = {.strides = {1, 1}, .padding = {Padding::Kind::kSame, {}}},
          .bias = Shape{8},
          .activation = Activation::kRelu};
}

/// Of two n x n matrices.
inline Descriptor describe_square_product(int64_t n) {
  return describe_product(desc_of<float>({n, n}), desc_of<float>({n, n}), desc_of<float>({n, n}),
                          false, false);
}

/// Reproducible values in [-1, 1).
inline std::vector<float> random_floats(int64_t count, uint32_t seed) {
  std::vector<float> values(static_cast<size_t>(count));
  for (float& value : values) {
    seed = seed * 1664525u + 1013904223u;
    value = static_cast<float>(seed >> 8) / 8388608.0f - 1.0f;
  }
  return values;
}

inline void expect_ok(const Status& status) {
  EXPECT_TRUE(status.ok()) << (status.ok() ? "" : status.error().message);
}

/// What a session of the runtime does with a device: a stream, buffers, kernels. One thread.
class GpuSession {
 public:
  /// Only where test_device() is ok.
  void open();

  /// A buffer with these values, in the order of the stream.
  template <typename T>
  Ref<Buffer> upload(const std::vector<T>& values) {
    Ref<Buffer> buffer = make_ref<Buffer>(stream_->memory(), values.size() * sizeof(T));
    expect_ok(buffer->allocate());
    if (!values.empty()) {
      expect_ok(stream_->copy_from_host(buffer->data(), values.data(), buffer->size_bytes()));
    }
    return buffer;
  }

  template <typename T>
  std::vector<T> download(const Buffer& buffer) {
    std::vector<T> values(buffer.size_bytes() / sizeof(T));
    if (!values.empty()) {
      expect_ok(stream_->copy_to_host(values.data(), buffer.data(), buffer.size_bytes()));
    }
    return values;
  }

  /// Memory for the output, filled with -1.
  Storage output(const Descriptor& descriptor) {
    const auto count = static_cast<size_t>(descriptor.outputs[0].num_elements());
    return {upload(std::vector<float>(count, -1))};
  }

  PreparedKernelPtr prepare(const Descriptor& descriptor);
  /// Runs a kernel as the runtime does: enqueues it. Returns the workspace, which a capture's graph
  /// goes on using.
  Ref<Buffer> enqueue(const PreparedKernel& kernel, std::span<const Storage> inputs,
                      const Storage& output);
  /// The same into a new buffer. An empty Ref stands for an absent input.
  Ref<Buffer> run(const PreparedKernel& kernel, const Descriptor& descriptor,
                  const std::vector<Ref<Buffer>>& inputs);
  /// Selects, prepares and runs.
  Ref<Buffer> compute(const Descriptor& descriptor, const std::vector<Ref<Buffer>>& inputs) {
    return run(*prepare(descriptor), descriptor, inputs);
  }

 protected:
  Device* device_ = nullptr;
  std::unique_ptr<DeviceStream> stream_;
};

/// A test that needs the GPU; skipped, with the reason, where there is none.
class CudaTest : public testing::Test, protected GpuSession {
 protected:
  void SetUp() override {
    const Result<Device*>& opened = test_device();
    if (!opened.ok()) GTEST_SKIP() << "no GPU: " << opened.status().error().message;
    open();
  }
};

}  // namespace tfjs_native::cuda
