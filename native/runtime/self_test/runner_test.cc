#include "runtime/self_test/runner.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "runtime/testing/fake_device.h"

namespace tfjs_native {
namespace {

SelfTestReport test_of(FakeDevice& device, bool stop = false) {
  DeviceRuntime runtime(device);
  const std::atomic<bool> stopped{stop};
  auto report = run_self_test(runtime, stopped);
  EXPECT_TRUE(report.ok());
  return report.value();
}

/// What Multiply gives of three values or more, but for the third one.
Status multiply_wrongly(const Operands& operands, int64_t count) {
  for (int64_t i = 0; i < count; ++i) {
    operands.output<float>()[i] = operands.input<float>(0)[i] * operands.input<float>(1)[i];
  }
  if (count >= 3) operands.output<float>()[2] += 1.0f / 64;
  return {};
}

TEST(SelfTest, FindsNothingOnADeviceThatIsRight) {
  FakeDevice device;
  const SelfTestReport report = test_of(device);
  EXPECT_TRUE(report.differences.empty());
  EXPECT_GT(report.checks, 40);
  EXPECT_GT(report.seconds, 0);
}

TEST(SelfTest, CountsWhatTheDeviceHasNoKernelFor) {
  FakeDevice device;
  const SelfTestReport report = test_of(device);
  // The fake device adds and multiplies, and has neither products nor convolutions.
  EXPECT_GT(report.skipped, 400);
}

TEST(SelfTest, SaysWhichValueIsWrong) {
  FakeDevice device;
  int64_t length = 0;
  device.on_run["Multiply"] = [&](const Operands& operands) {
    length = static_cast<int64_t>(operands.outputs[0].buffer->size_bytes() / sizeof(float));
    return multiply_wrongly(operands, length);
  };
  const SelfTestReport report = test_of(device);
  ASSERT_FALSE(report.differences.empty());
  for (const SelfTestDifference& difference : report.differences) {
    EXPECT_EQ(difference.op, "Multiply");
    EXPECT_NE(difference.what.find(": value 2 of ["), std::string::npos) << difference.what;
    EXPECT_NEAR(difference.got - difference.expected, 1.0 / 64, 1e-6);
    EXPECT_TRUE(difference.error.empty());
  }
  // Every length but 1 and 2.
  EXPECT_EQ(report.differences.size(), static_cast<size_t>(report.checks) / 2 - 2);
  EXPECT_EQ(report.differences[0].what, "a [3], b [3]: value 2 of [3], 1 of 3 differ");
}

TEST(SelfTest, AKernelThatWritesNothingDiffers) {
  FakeDevice device;
  device.on_run["Add"] = [](const Operands& operands) {
    std::fill_n(operands.output<float>(), operands.outputs[0].buffer->size_bytes() / sizeof(float),
                NAN);
    return Status();
  };
  const SelfTestReport report = test_of(device);
  EXPECT_EQ(report.differences.size(), static_cast<size_t>(report.checks) / 2);
}

TEST(SelfTest, AKernelThatFailsIsADifference) {
  FakeDevice device;
  device.on_run["Add"] = [](const Operands&) { return Status(Code::kInternal, "it broke"); };
  const SelfTestReport report = test_of(device);
  EXPECT_EQ(report.differences.size(), static_cast<size_t>(report.checks) / 2);
  EXPECT_EQ(report.differences[0].op, "Add");
  EXPECT_EQ(report.differences[0].what, "a [1], b [1]");
  EXPECT_EQ(report.differences[0].error, "INTERNAL: it broke");
}

TEST(SelfTest, EndsEarlyWhenToldTo) {
  FakeDevice device;
  const SelfTestReport report = test_of(device, true);
  EXPECT_EQ(report.checks + report.skipped, 0);
  EXPECT_TRUE(report.differences.empty());
}

}  // namespace
}  // namespace tfjs_native
