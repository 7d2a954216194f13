#include "backends/cpu/cpu_device.h"

#include <gtest/gtest.h>

#include <cstring>
#include <fstream>
#include <vector>

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

TEST(CpuDevice, CopiesOfEverySize) {
  const std::unique_ptr<DeviceStream> stream = std::move(cpu_device().create_stream().value());
  for (const size_t size_bytes : {0u, 1u, 4097u, 1u << 20, (3u << 20) + 5, (9u << 20) + 1}) {
    std::vector<uint8_t> source(size_bytes);
    for (size_t i = 0; i < size_bytes; ++i) source[i] = static_cast<uint8_t>(i * 31 >> 3);
    std::vector<uint8_t> on_device(size_bytes + 1, 7);
    std::vector<uint8_t> copied(size_bytes + 1, 7);
    std::vector<uint8_t> read(size_bytes + 1, 7);
    ASSERT_TRUE(stream->copy_from_host(on_device.data(), source.data(), size_bytes).ok());
    ASSERT_TRUE(stream->copy_on_device(copied.data(), on_device.data(), size_bytes).ok());
    ASSERT_TRUE(stream->copy_to_host(read.data(), copied.data(), size_bytes).ok());
    EXPECT_EQ(read.back(), 7);
    read.pop_back();
    EXPECT_TRUE(read == source);
  }
}

/// What the process holds in memory; 0 where the system does not tell.
size_t resident_bytes() {
  std::ifstream file("/proc/self/status");
  for (std::string word; file >> word;) {
    size_t kilobytes = 0;
    if (word == "VmRSS:" && file >> kilobytes) return kilobytes * 1024;
  }
  return 0;
}

TEST(CpuDevice, MemoryIsAlignedWhateverItsSize) {
  const std::unique_ptr<DeviceStream> stream = std::move(cpu_device().create_stream().value());
  MemorySource& memory = stream->memory();
  for (const size_t size_bytes : {1u, 64u, 4097u, 131071u, 131072u, 131073u, 1u << 20}) {
    const Result<void*> data = memory.allocate(size_bytes);
    ASSERT_TRUE(data.ok());
    EXPECT_EQ(reinterpret_cast<uintptr_t>(data.value()) % 64, 0u);
    std::memset(data.value(), 1, size_bytes);
    memory.release(data.value(), size_bytes);
  }
  EXPECT_EQ(memory.allocate(size_t{1} << 62).status().error().code, Code::kOutOfMemory);
}

TEST(CpuDevice, MemoryThatIsGivenBackLeavesTheProcess) {
#if defined(__SANITIZE_ADDRESS__)
  GTEST_SKIP() << "the address sanitizer keeps what is freed";
#endif
  if (resident_bytes() == 0) GTEST_SKIP() << "the system does not tell what is resident";
  constexpr size_t kBlocks = 100;
  constexpr size_t kBytes = size_t{640} << 10;
  const std::unique_ptr<DeviceStream> stream = std::move(cpu_device().create_stream().value());
  MemorySource& memory = stream->memory();
  void* blocks[kBlocks];
  for (void*& block : blocks) {
    block = memory.allocate(kBytes).value();
    std::memset(block, 1, kBytes);
  }
  const size_t before = resident_bytes();
  // The last one stays: a heap that grows and shrinks at its end would have to keep all.
  for (size_t i = 0; i + 1 < kBlocks; ++i) memory.release(blocks[i], kBytes);
  EXPECT_LT(resident_bytes(), before - kBlocks / 2 * kBytes);
  memory.release(blocks[kBlocks - 1], kBytes);
}

TEST(CpuDevice, EventsHaveComeWhenTheyAreRecorded) {
  const std::unique_ptr<DeviceStream> stream = std::move(cpu_device().create_stream().value());
  auto event = stream->record();
  ASSERT_TRUE(event.ok());
  EXPECT_TRUE(event.value()->wait().ok());
}

}  // namespace
}  // namespace tfjs_native
