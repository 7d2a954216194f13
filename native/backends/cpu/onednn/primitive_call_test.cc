#include "backends/cpu/onednn/primitive_call.h"

#include <gtest/gtest.h>

#if defined(__GLIBC__)
#include <malloc.h>
#endif

#include <fstream>
#include <functional>
#include <sstream>
#include <string>

#include "backends/cpu/onednn/engine.h"

namespace tfjs_native {
namespace {

using Tag = dnnl::memory::format_tag;
constexpr auto kF32 = dnnl::memory::data_type::f32;

PrimitiveCall product(int64_t rows) {
  const dnnl::memory::desc a({rows, 96}, kF32, Tag::ab);
  const dnnl::memory::desc b({96, 80}, kF32, Tag::ab);
  const dnnl::memory::desc c({rows, 80}, kF32, Tag::ab);
  const dnnl::matmul::primitive_desc desc(onednn_engine(), a, b, c);
  return {dnnl::matmul(desc), {{DNNL_ARG_SRC, a}, {DNNL_ARG_WEIGHTS, b}, {DNNL_ARG_DST, c}}};
}

PrimitiveCall convolution(int64_t width, bool depthwise) {
  const dnnl::memory::desc x({1, 32, 20, width}, kF32, Tag::nhwc);
  using Dims = dnnl::memory::dims;
  const Dims filter = depthwise ? Dims{32, 1, 1, 3, 3} : Dims{32, 32, 3, 3};
  const dnnl::convolution_forward::primitive_desc desc(
      onednn_engine(), dnnl::prop_kind::forward_inference, dnnl::algorithm::convolution_direct, x,
      {filter, kF32, Tag::any}, x, {1, 1}, {1, 1}, {1, 1});
  return {dnnl::convolution_forward(desc),
          {{DNNL_ARG_SRC, x}, {DNNL_ARG_WEIGHTS, desc.weights_desc()}, {DNNL_ARG_DST, x}}};
}

#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)

/// Resident bytes of generated code: executable, and of no file.
size_t code_bytes() {
  std::ifstream maps("/proc/self/smaps");
  std::string line;
  bool is_code = false;
  size_t bytes = 0;
  while (std::getline(maps, line)) {
    std::istringstream words(line);
    std::string range;
    std::string second;
    std::string offset;
    std::string device;
    std::string inode;
    std::string file;
    words >> range >> second;
    if (range == "Rss:") {
      if (is_code) bytes += std::stoull(second) * 1024;
    } else if (range.back() != ':') {
      words >> offset >> device >> inode >> file;
      is_code = second.find('x') != std::string::npos && inode == "0" && file.empty();
    }
  }
  return bytes;
}

size_t process_bytes() {
  const struct mallinfo2 heap = mallinfo2();
  return heap.uordblks + heap.hblkhd + code_bytes();
}

TEST(PrimitiveCall, HoldsAboutWhatItSays) {
  const struct {
    const char* name;
    std::function<PrimitiveCall(int64_t)> make;
  } kKinds[] = {
      {"product", product},
      {"convolution", [](int64_t i) { return convolution(20 + i, false); }},
      {"depthwise convolution", [](int64_t i) { return convolution(20 + i, true); }},
  };
  constexpr int kCount = 50;
  for (const auto& [name, make] : kKinds) {
    (void)make(kCount + 1);
    std::vector<PrimitiveCall> calls;
    calls.reserve(kCount);
    const size_t before = process_bytes();
    size_t said = 0;
    for (int i = 1; i <= kCount; ++i) {
      calls.push_back(make(i));
      said += calls.back().held_bytes();
    }
    const size_t held = process_bytes() - before;
    EXPECT_GT(said, held / 2) << name;
    EXPECT_LT(said, held * 5 / 2) << name;
  }
}

#endif

TEST(PrimitiveCall, SaysWhatItHoldsAfterMovingToo) {
  PrimitiveCall made = product(3);
  const size_t bytes = made.held_bytes();
  EXPECT_GT(bytes, 1000u);
  PrimitiveCall moved(std::move(made));
  EXPECT_EQ(moved.held_bytes(), bytes);
  PrimitiveCall assigned;
  EXPECT_EQ(assigned.held_bytes(), 0u);
  assigned = std::move(moved);
  EXPECT_EQ(assigned.held_bytes(), bytes);
  EXPECT_TRUE(assigned.is_small());
}

TEST(PrimitiveCall, SumsOfFewProductsAreSmall) {
  EXPECT_TRUE(product(1).is_small());
  EXPECT_FALSE(product(96).is_small());
  EXPECT_FALSE(convolution(20, false).is_small());
  EXPECT_FALSE(convolution(20, true).is_small());
  EXPECT_TRUE(convolution(5, true).is_small());
}

}  // namespace
}  // namespace tfjs_native
