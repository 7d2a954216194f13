// The self test against the real CPU device, and against one whose kernels are each spoiled.
#include "runtime/self_test/runner.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <string>

#include "backends/cpu/cpu_device.h"

namespace tfjs_native {
namespace {

const std::atomic<bool> kGoOn{false};

/// Computes what the CPU does, but for the last value of every output.
class SpoiledDevice : public Device {
 public:
  SpoiledDevice() {
    for (const Kernel& kernel : cpu_device().kernels()) {
      kernels_.push_back(kernel);
      kernels_.back().prepare = prepare_spoiled;
    }
  }
  const std::string& name() const override { return name_; }
  std::string description() const override { return "the CPU, spoiled"; }
  std::span<const Kernel> kernels() const override { return kernels_; }
  bool is_host() const override { return true; }
  Result<std::unique_ptr<DeviceStream>> create_stream() override {
    return cpu_device().create_stream();
  }

 private:
  class SpoiledKernel : public PreparedKernel {
   public:
    explicit SpoiledKernel(PreparedKernelPtr kernel) : kernel_(std::move(kernel)) {
      workspace_bytes_ = kernel_->workspace_bytes();
    }
    Status run(const Operands& operands, DeviceStream& stream) const override {
      TFJS_RETURN_IF_ERROR(kernel_->run(operands, stream));
      const size_t count = operands.outputs[0].buffer->size_bytes() / sizeof(float);
      float& last = operands.output<float>()[count - 1];
      last += std::max(std::abs(last) / 1000, 1.0f / 256);
      return {};
    }

   private:
    const PreparedKernelPtr kernel_;
  };

  static Result<PreparedKernelPtr> prepare_spoiled(const Descriptor& descriptor, Device&) {
    Status last(Code::kUnsupported, "no kernel");
    for (const Kernel& kernel : cpu_device().kernels()) {
      if (std::string_view(kernel.op) != descriptor.op ||
          !reason_to_decline(kernel, descriptor).empty()) {
        continue;
      }
      auto prepared = kernel.prepare(descriptor, cpu_device());
      if (prepared.ok()) {
        return PreparedKernelPtr(std::make_shared<SpoiledKernel>(prepared.value()));
      }
      last = prepared.status();
    }
    return last;
  }

  const std::string name_ = "spoiled";
  std::vector<Kernel> kernels_;
};

TEST(CpuSelfTest, TheCpuIsRight) {
  DeviceRuntime runtime(cpu_device());
  const auto report = run_self_test(runtime, kGoOn);
  ASSERT_TRUE(report.ok());
  EXPECT_GT(report.value().checks, 600);
  EXPECT_EQ(report.value().skipped, 0);
  for (const SelfTestDifference& difference : report.value().differences) {
    ADD_FAILURE() << difference.op << ": " << difference.what << ": expected "
                  << difference.expected << ", got " << difference.got << " " << difference.error;
  }
}

TEST(CpuSelfTest, OneWrongValueOfAnyOperatorIsSeen) {
  SpoiledDevice device;
  DeviceRuntime runtime(device);
  const auto report = run_self_test(runtime, kGoOn);
  ASSERT_TRUE(report.ok());
  EXPECT_EQ(report.value().differences.size(), static_cast<size_t>(report.value().checks));
  std::set<std::string> ops;
  for (const SelfTestDifference& difference : report.value().differences) ops.insert(difference.op);
  const std::set<std::string> expected{
      "Add",
      "BatchMatMul",
      "Conv2D",
      "Conv2DBackpropFilter",
      "Conv2DBackpropInput",
      "Conv3D",
      "Conv3DBackpropFilterV2",
      "Conv3DBackpropInputV2",
      "DepthwiseConv2dNative",
      "DepthwiseConv2dNativeBackpropFilter",
      "DepthwiseConv2dNativeBackpropInput",
      "FusedConv2D",
      "FusedDepthwiseConv2D",
      "Max",
      "Mean",
      "Min",
      "Multiply",
      "Softmax",
      "Sum",
      "_FusedMatMul",
  };
  EXPECT_EQ(ops, expected);
}

}  // namespace
}  // namespace tfjs_native
