#include <limits>

#include "backends/cpu/testing/open_call.h"

namespace tfjs_native {
namespace {

TestTensor where(const TestTensor& condition) {
  std::vector<TestTensor> outputs{
      open_output(DType::kInt32, {kOpenExtent, static_cast<int64_t>(condition.desc.rank())})};
  EXPECT_TRUE(run_open_call("Where", {condition}, outputs).ok());
  return outputs[0];
}

TEST(Where, RowMajorOrder) {
  const TestTensor indices = where(bool_tensor({2, 3}, {0, 1, 1, 1, 0, 0}));
  EXPECT_EQ(indices.desc.shape, (Shape{3, 2}));
  EXPECT_EQ(indices.values<int32_t>(), (std::vector<int32_t>{0, 1, 0, 2, 1, 0}));
}

TEST(Where, TrueIsWhatIsTrueInJavaScript) {
  constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(where(test_tensor<float>({5}, {0, -0.0f, kNaN, -1, 1e-40f})).values<int32_t>(),
            (std::vector<int32_t>{3, 4}));
  EXPECT_EQ(where(test_tensor<int32_t>({3}, {0, -5, 7})).values<int32_t>(),
            (std::vector<int32_t>{1, 2}));
}

TEST(Where, NoElementsNoneTrueAndScalars) {
  EXPECT_EQ(where(bool_tensor({3}, {0, 0, 0})).desc.shape, (Shape{0, 1}));
  EXPECT_EQ(where(bool_tensor({4, 0, 3}, {})).desc.shape, (Shape{0, 3}));
  EXPECT_EQ(where(bool_tensor({}, {1})).desc.shape, (Shape{1, 0}));
  EXPECT_EQ(where(bool_tensor({}, {0})).desc.shape, (Shape{0, 0}));
}

// Threads begin in the middle of rows, and of dimensions.
TEST(Where, ManyElements) {
  for (const Shape& shape : {Shape{100003}, Shape{7, 33, 501}, Shape{40000, 3}, Shape{3, 50000, 1},
                             Shape{2, 1, 5, 1, 3, 4000, 2}}) {
    std::vector<uint8_t> condition;
    std::vector<int32_t> expected;
    unsigned state = 3;
    const Ints strides = strides_of(shape);
    for (int64_t i = 0; i < num_elements(shape); ++i) {
      state = state * 1664525u + 1013904223u;
      condition.push_back((state >> 20) % 3 == 0 ? 1 : 0);
      if (condition.back() == 0) continue;
      for (size_t d = 0; d < shape.size(); ++d) {
        expected.push_back(static_cast<int32_t>(i / strides[d] % shape[d]));
      }
    }
    EXPECT_EQ(where(bool_tensor(shape, condition)).values<int32_t>(), expected);
  }
}

TEST(Where, NoMemoryForTheIndices) {
  std::vector<TestTensor> outputs{open_output(DType::kInt32, {kOpenExtent, 1})};
  const Status status = run_open_call("Where", {bool_tensor({1}, {1})}, outputs, {}, {}, 0);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code, Code::kOutOfMemory);
}

}  // namespace
}  // namespace tfjs_native
