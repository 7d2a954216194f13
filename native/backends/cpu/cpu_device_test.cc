#include "backends/cpu/cpu_device.h"

#include <gtest/gtest.h>

#include "device/device.h"

namespace tfjs_native {
namespace {

TEST(CpuDevice, SaysThatItCapturesNothing) {
  const std::unique_ptr<DeviceStream> stream = std::move(cpu_device().create_stream().value());
  EXPECT_FALSE(stream->can_capture());
  bool was_called = false;
  const auto graph = capture(*stream, [&] {
    was_called = true;
    return Status();
  });
  ASSERT_FALSE(graph.ok());
  EXPECT_EQ(graph.status().error().code, Code::kUnsupported);
  EXPECT_EQ(graph.status().error().message, "the device does not record work for later");
  EXPECT_FALSE(was_called);
  EXPECT_EQ(stream->end_capture().status().error().code, Code::kUnsupported);
}

TEST(CpuDevice, EventsHaveComeWhenTheyAreRecorded) {
  const std::unique_ptr<DeviceStream> stream = std::move(cpu_device().create_stream().value());
  auto event = stream->record();
  ASSERT_TRUE(event.ok());
  EXPECT_TRUE(event.value()->wait().ok());
}

}  // namespace
}  // namespace tfjs_native
