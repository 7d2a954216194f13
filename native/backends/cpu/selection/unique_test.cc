#include <bit>
#include <cmath>
#include <limits>
#include <map>

#include "backends/cpu/testing/open_call.h"

namespace tfjs_native {
namespace {

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

std::vector<TestTensor> unique(const TestTensor& x, int64_t axis) {
  Shape open = x.desc.shape;
  const auto dim = static_cast<size_t>(axis);
  open[dim] = kOpenExtent;
  std::vector<TestTensor> outputs{open_output(x.desc.dtype, open),
                                  open_output(DType::kInt32, {x.desc.shape[dim]})};
  EXPECT_TRUE(run_open_call("Unique", {x}, outputs, Axes{{axis}}).ok());
  return outputs;
}

TEST(Unique, ValuesInTheOrderOfTheirFirstPlace) {
  const auto outputs = unique(test_tensor<int32_t>({7}, {4, 2, 4, -1, 2, 2, 9}), 0);
  EXPECT_EQ(outputs[0].values<int32_t>(), (std::vector<int32_t>{4, 2, -1, 9}));
  EXPECT_EQ(outputs[0].desc.shape, (Shape{4}));
  EXPECT_EQ(outputs[1].values<int32_t>(), (std::vector<int32_t>{0, 1, 0, 2, 1, 1, 3}));
  const auto bools = unique(bool_tensor({4}, {1, 1, 0, 1}), 0);
  EXPECT_EQ(bools[0].values<uint8_t>(), (std::vector<uint8_t>{1, 0}));
  EXPECT_EQ(bools[1].values<int32_t>(), (std::vector<int32_t>{0, 0, 1, 0}));
}

TEST(Unique, NaNsAndZerosAreAlike) {
  const float other_nan = std::bit_cast<float>(0xffc12345u);
  const auto outputs = unique(test_tensor<float>({6}, {-0.0f, kNaN, 0, other_nan, 1, kNaN}), 0);
  EXPECT_EQ(outputs[1].values<int32_t>(), (std::vector<int32_t>{0, 1, 0, 1, 2, 1}));
  const auto values = outputs[0].values<float>();
  ASSERT_EQ(values.size(), 3u);
  EXPECT_TRUE(std::signbit(values[0]));
  EXPECT_TRUE(std::isnan(values[1]));
  const auto rows = unique(test_tensor<float>({2, 2}, {0, kNaN, -0.0f, other_nan}), 0);
  EXPECT_EQ(rows[0].desc.shape, (Shape{1, 2}));
}

TEST(Unique, SlicesAlongAnyAxis) {
  const TestTensor x = test_tensor<int32_t>({2, 3, 2}, {1, 2, 3, 4, 1, 2, 5, 6, 5, 6, 5, 6});
  const auto middle = unique(x, 1);
  EXPECT_EQ(middle[0].desc.shape, (Shape{2, 2, 2}));
  EXPECT_EQ(middle[0].values<int32_t>(), (std::vector<int32_t>{1, 2, 3, 4, 5, 6, 5, 6}));
  EXPECT_EQ(middle[1].values<int32_t>(), (std::vector<int32_t>{0, 1, 0}));
  const auto last = unique(test_tensor<int32_t>({2, 3}, {7, 8, 7, 9, 9, 9}), 1);
  EXPECT_EQ(last[0].values<int32_t>(), (std::vector<int32_t>{7, 8, 9, 9}));
  const auto first = unique(test_tensor<int32_t>({3, 1}, {7, 8, 7}), 0);
  EXPECT_EQ(first[0].desc.shape, (Shape{2, 1}));
}

TEST(Unique, EmptyOnes) {
  EXPECT_EQ(unique(test_tensor<float>({0}, {}), 0)[0].desc.shape, (Shape{0}));
  EXPECT_EQ(unique(test_tensor<float>({3, 0}, {}), 1)[0].desc.shape, (Shape{3, 0}));
  // Slices of no values are all alike.
  const auto outputs = unique(test_tensor<float>({3, 0}, {}), 0);
  EXPECT_EQ(outputs[0].desc.shape, (Shape{1, 0}));
  EXPECT_EQ(outputs[1].values<int32_t>(), (std::vector<int32_t>{0, 0, 0}));
}

// More values than the table starts with, and than one thread takes.
TEST(Unique, ManyValues) {
  for (const int32_t different : {1, 100, 30000, 200000}) {
    constexpr int64_t kCount = 100000;
    std::vector<int32_t> x;
    unsigned state = 1;
    for (int64_t i = 0; i < kCount; ++i) {
      state = state * 1664525u + 1013904223u;
      x.push_back(static_cast<int32_t>(state >> 4) % different * 4096);
    }
    std::map<int32_t, int32_t> numbers;
    std::vector<int32_t> expected;
    std::vector<int32_t> expected_values;
    for (const int32_t value : x) {
      const auto [at, is_new] = numbers.emplace(value, static_cast<int32_t>(numbers.size()));
      if (is_new) expected_values.push_back(value);
      expected.push_back(at->second);
    }
    const auto outputs = unique(test_tensor<int32_t>({kCount}, x), 0);
    EXPECT_EQ(outputs[0].values<int32_t>(), expected_values);
    EXPECT_EQ(outputs[1].values<int32_t>(), expected);
    // The same in rows, whose hashes do not tell them apart.
    std::vector<int32_t> twice;
    for (const int32_t value : x) twice.insert(twice.end(), {value, -value});
    EXPECT_EQ(unique(test_tensor<int32_t>({kCount, 2}, twice), 0)[1].values<int32_t>(), expected);
  }
}

TEST(Unique, NoMemoryForTheValues) {
  std::vector<TestTensor> outputs{open_output(DType::kFloat32, {kOpenExtent}),
                                  open_output(DType::kInt32, {2})};
  const Status status =
      run_open_call("Unique", {test_tensor<float>({2}, {1, 2})}, outputs, Axes{{0}}, {}, 0);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code, Code::kOutOfMemory);
}

}  // namespace
}  // namespace tfjs_native
