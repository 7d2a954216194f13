// The device, its memory, streams, copies and events.
#include <algorithm>
#include <cstdint>
#include <limits>
#include <thread>

#include "backends/cuda/test_device.h"
#include "device/device_library.h"

extern "C" tfjs_native::OpenDeviceFunction tfjs_native_open_device;

namespace tfjs_native::cuda {
namespace {

constexpr size_t kMebi = size_t{1} << 20;

std::vector<uint8_t> pattern(size_t size_bytes, uint32_t seed) {
  std::vector<uint8_t> bytes(size_bytes);
  for (uint8_t& byte : bytes) {
    seed = seed * 1664525u + 1013904223u;
    byte = static_cast<uint8_t>(seed >> 24);
  }
  return bytes;
}

TEST(CudaLibraryEntry, RefusesACallerFromOtherSources) {
  char reason[256] = "";
  EXPECT_EQ(tfjs_native_open_device(device_library_abi() + 1, reason, sizeof reason), nullptr);
  EXPECT_NE(std::string(reason).find("other sources"), std::string::npos) << reason;
}

TEST(CudaLibraryEntry, OpensADeviceOrSaysWhyNot) {
  char reason[1024] = "";
  Device* const device = tfjs_native_open_device(device_library_abi(), reason, sizeof reason);
  EXPECT_EQ(device == nullptr, test_device().status().ok() == false);
  EXPECT_EQ(device == nullptr, reason[0] != '\0') << reason;
  // A reason that does not fit is cut, never written past its end.
  char small[8] = "#######";
  (void)tfjs_native_open_device(0, small, 4);
  EXPECT_STREQ(small, "it ");
  EXPECT_EQ(small[4], '#');
}

class CudaDeviceTest : public CudaTest {};

TEST_F(CudaDeviceTest, DescribesItself) {
  EXPECT_EQ(device_->name(), "cuda");
  EXPECT_FALSE(device_->is_host());
  EXPECT_NE(device_->description().find("cuDNN"), std::string::npos) << device_->description();
  RecordProperty("description", device_->description());
}

TEST_F(CudaDeviceTest, CopiesFromMemoryThatChangesAtOnce) {
  for (const size_t size_bytes : {size_t{1}, size_t{4097}, 4 * kMebi, 9 * kMebi + 3}) {
    const std::vector<uint8_t> expected = pattern(size_bytes, 7);
    std::vector<uint8_t> source = expected;
    Ref<Buffer> buffer = make_ref<Buffer>(stream_->memory(), size_bytes);
    expect_ok(buffer->allocate());
    expect_ok(stream_->copy_from_host(buffer->data(), source.data(), size_bytes));
    std::fill(source.begin(), source.end(), uint8_t{0xEE});
    EXPECT_EQ(download<uint8_t>(*buffer), expected) << size_bytes << " bytes";
  }
}

TEST_F(CudaDeviceTest, CopiesMoreThanItStagesAtATime) {
  std::vector<Ref<Buffer>> buffers;
  for (uint32_t i = 0; i < 30; ++i) buffers.push_back(upload(pattern(5 * kMebi + i, i)));
  for (uint32_t i = 0; i < 30; ++i) {
    EXPECT_EQ(download<uint8_t>(*buffers[i]), pattern(5 * kMebi + i, i)) << "copy " << i;
  }
}

TEST_F(CudaDeviceTest, CopiesOnTheDevice) {
  const std::vector<uint8_t> expected = pattern(kMebi + 1, 3);
  const Ref<Buffer> src = upload(expected);
  const Ref<Buffer> dst = upload(std::vector<uint8_t>(expected.size(), 0));
  expect_ok(stream_->copy_on_device(dst->data(), src->data(), expected.size()));
  EXPECT_EQ(download<uint8_t>(*dst), expected);
}

TEST_F(CudaDeviceTest, EventsFollowTheWorkBeforeThem) {
  const Descriptor add =
      describe("Add", {desc_of<float>({1 << 20}), desc_of<float>({})}, desc_of<float>({1 << 20}));
  const PreparedKernelPtr kernel = prepare(add);
  Ref<Buffer> value = upload(std::vector<float>(1 << 20, 0.0f));
  const Ref<Buffer> one = upload(std::vector<float>{1.0f});
  for (int i = 0; i < 200; ++i) value = run(*kernel, add, {value, one});
  auto event = stream_->record();
  ASSERT_TRUE(event.ok()) << event.status().error().message;
  std::thread([&] { expect_ok(event.value()->wait()); }).join();
  // Another stream, ordered behind nothing, sees what the event promised.
  const std::unique_ptr<DeviceStream> other = std::move(device_->create_stream().value());
  std::vector<float> values(1 << 20);
  expect_ok(other->copy_to_host(values.data(), value->data(), value->size_bytes()));
  EXPECT_EQ(values, std::vector<float>(1 << 20, 200.0f));
  expect_ok(stream_->synchronize());
}

TEST_F(CudaDeviceTest, SaysThatMemoryIsOutAndGoesOn) {
  const Result<void*> refused = stream_->memory().allocate(size_t{1} << 50);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.status().error().code, Code::kOutOfMemory);
  EXPECT_EQ(download<float>(*upload(std::vector<float>{1, 2, 3})), (std::vector<float>{1, 2, 3}));
}

TEST_F(CudaDeviceTest, AlignsMemory) {
  for (const size_t size_bytes : {1, 65, 4096, 1000000}) {
    void* const data = stream_->memory().allocate(size_bytes).value();
    EXPECT_EQ(reinterpret_cast<uintptr_t>(data) % 64, 0u);
    stream_->memory().release(data, size_bytes);
  }
}

/// Rounds in which memory is released while the GPU still reads it, and handed out again.
void churn(DeviceStream& stream, uint8_t mark, int& wrong) {
  constexpr size_t kBytes = 8 * kMebi;
  MemorySource& memory = stream.memory();
  const std::vector<uint8_t> noise(kBytes, 0xFF);
  std::vector<uint8_t> seen(kBytes);
  for (int round = 0; round < 40; ++round) {
    const uint8_t value = static_cast<uint8_t>(mark + round);
    const std::vector<uint8_t> bytes(kBytes, value);
    void* const kept = memory.allocate(kBytes).value();
    void* const passing = memory.allocate(kBytes).value();
    bool ok = stream.copy_from_host(passing, bytes.data(), kBytes).ok();
    ok = ok && stream.copy_on_device(kept, passing, kBytes).ok();
    memory.release(passing, kBytes);
    void* const next = memory.allocate(kBytes).value();
    ok = ok && stream.copy_from_host(next, noise.data(), kBytes).ok();
    memory.release(next, kBytes);
    ok = ok && stream.copy_to_host(seen.data(), kept, kBytes).ok();
    memory.release(kept, kBytes);
    const bool intact =
        std::all_of(seen.begin(), seen.end(), [value](uint8_t byte) { return byte == value; });
    if (!ok || !intact) ++wrong;
  }
}

TEST_F(CudaDeviceTest, HandsMemoryOutAgainInStreamOrder) {
  int wrong = 0;
  churn(*stream_, 1, wrong);
  EXPECT_EQ(wrong, 0);
}

TEST_F(CudaDeviceTest, KeepsStreamsApart) {
  int wrong[3] = {};
  std::vector<std::thread> threads;
  for (uint8_t i = 0; i < 3; ++i) {
    threads.emplace_back([this, i, &wrong] {
      const std::unique_ptr<DeviceStream> stream = std::move(device_->create_stream().value());
      churn(*stream, static_cast<uint8_t>(i * 50), wrong[i]);
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const int count : wrong) EXPECT_EQ(count, 0);
}

TEST_F(CudaDeviceTest, MemoryOutlivesItsStream) {
  const std::vector<uint8_t> expected = pattern(kMebi, 11);
  Ref<Buffer> buffer = upload(expected);
  stream_.reset();
  open();  // Behind the first one's work.
  EXPECT_EQ(download<uint8_t>(*buffer), expected);
  buffer = {};
  expect_ok(stream_->synchronize());
}

}  // namespace
}  // namespace tfjs_native::cuda
