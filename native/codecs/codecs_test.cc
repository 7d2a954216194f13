#include "codecs/codecs.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <thread>

#include "codecs/encoders.h"

namespace tfjs_native {
namespace {

class Heap : public MemorySource {
 public:
  Result<void*> allocate(size_t size_bytes) override {
    ++allocations;
    return std::malloc(size_bytes);
  }
  void release(void* data, size_t) override { std::free(data); }

  std::atomic<int> allocations{0};
};

constexpr int64_t kHeight = 37;
constexpr int64_t kWidth = 53;

std::vector<int32_t> sample_values(int channels) {
  std::vector<int32_t> values(static_cast<size_t>(kHeight * kWidth * channels));
  for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<int32_t>(i * i / 7 % 256);
  return values;
}

std::vector<uint8_t> encoded(const EncodeOptions& options, int channels) {
  const std::vector<int32_t> values = sample_values(channels);
  const Pixels pixels = {values.data(), DType::kInt32, kHeight, kWidth, channels};
  const auto file = encode_image(pixels, options);
  EXPECT_TRUE(file.ok());
  return {file.value().data(), file.value().data() + file.value().size()};
}

/// Of every kind that can be written.
std::vector<std::vector<uint8_t>> files() {
  EncodeOptions jpeg;
  jpeg.format = ImageFormat::kJpeg;
  EncodeOptions progressive = jpeg;
  progressive.is_progressive = true;
  EncodeOptions png;
  png.format = ImageFormat::kPng;
  EncodeOptions webp;
  webp.format = ImageFormat::kWebp;
  EncodeOptions lossless = webp;
  lossless.is_lossless = true;
  const std::vector<uint8_t> gif = {'G', 'I', 'F', '8', '9', 'a', 2, 0,    1,    0, 0x80, 0,
                                    0,   1,   2,   3,   4,   5,   6, 0x2C, 0,    0, 0,    0,
                                    2,   0,   1,   0,   0,   2,   2, 0x44, 0x0A, 0, 0x3B};
  const std::vector<uint8_t> bmp = {'B', 'M', 30, 0, 0, 0, 0, 0, 0, 0,  26, 0, 0, 0, 12,
                                    0,   0,   0,  1, 0, 1, 0, 1, 0, 24, 0,  1, 2, 3, 0};
  return {encoded(jpeg, 3),
          encoded(progressive, 1),
          encoded(png, 4),
          encoded(webp, 3),
          encoded(lossless, 4),
          gif,
          bmp};
}

std::vector<int32_t> values_of(const DecodedImage& image) {
  const auto* const data = static_cast<const int32_t*>(image.buffer->data());
  return {data, data + num_elements(image.shape)};
}

TEST(Codecs, WhatIsWrittenWithoutLossIsReadAgain) {
  for (const ImageFormat format : {ImageFormat::kPng, ImageFormat::kWebp}) {
    EncodeOptions options;
    options.format = format;
    options.is_lossless = true;
    const std::vector<uint8_t> file = encoded(options, 4);
    EXPECT_EQ(image_format_of(file), format);
    Heap heap;
    const auto image = decode_image(file, {}, heap);
    ASSERT_TRUE(image.ok()) << image.status().error().message;
    EXPECT_EQ(image.value().shape, Shape({kHeight, kWidth, 4}));
    EXPECT_EQ(values_of(image.value()), sample_values(4));
    EXPECT_EQ(heap.allocations, 1);
  }
}

/// All that the libraries have taken is given back: the leak sanitizer looks.
TEST(Codecs, FilesThatEndAnywhereAreAnErrorOrAnImage) {
  for (const std::vector<uint8_t>& file : files()) {
    int images = 0;
    for (size_t size = 0; size <= file.size(); ++size) {
      Heap heap;
      const auto image = decode_image(Bytes(file).first(size), {}, heap);
      EXPECT_TRUE(image.ok() || !image.status().error().message.empty());
      images += image.ok() ? 1 : 0;
    }
    EXPECT_GE(images, 1);
    EXPECT_LT(images, static_cast<int>(file.size()));
  }
}

TEST(Codecs, SeveralThreadsDecodeAtOnce) {
  const std::vector<std::vector<uint8_t>> all = files();
  std::vector<std::thread> threads;
  std::atomic<int> images{0};
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      Heap heap;
      for (const auto& file : all) images += decode_image(file, {}, heap).ok() ? 1 : 0;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(images, 4 * static_cast<int>(all.size()));
}

TEST(Codecs, WhoIsToldToStopAllocatesNothing) {
  const std::atomic<bool> stop{true};
  DecodeOptions options;
  options.stop = &stop;
  for (const auto& file : files()) {
    Heap heap;
    const auto image = decode_image(file, options, heap);
    ASSERT_FALSE(image.ok());
    EXPECT_EQ(image.status().error().code, Code::kDisposed);
    EXPECT_EQ(heap.allocations, 0);
  }
}

TEST(Codecs, WhatWouldBeTooLargeAllocatesNothing) {
  DecodeOptions options;
  options.max_bytes = 3;
  for (const auto& file : files()) {
    Heap heap;
    const auto image = decode_image(file, options, heap);
    ASSERT_FALSE(image.ok());
    EXPECT_EQ(image.status().error().code, Code::kBadShape);
    EXPECT_EQ(heap.allocations, 0);
  }
}

}  // namespace
}  // namespace tfjs_native
