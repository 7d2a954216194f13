// What only the kernels' memory shows; results are compared in test/ops/sparse.test.js.
#include "backends/cpu/testing/open_call.h"

namespace tfjs_native {
namespace {

std::vector<TestTensor> filled_outputs(int64_t count) {
  return {open_output(DType::kInt32, {kOpenExtent, 2}),
          open_output(DType::kFloat32, {kOpenExtent}),
          open_output(DType::kBool, {kOpenExtent}),
          {{.dtype = DType::kInt32, .shape = {count}}, {}}};
}

std::vector<TestTensor> elements_in(int32_t rows) {
  return {test_tensor<int32_t>({3, 2}, {3, 7, 1, 8, 3, 9}), test_tensor<float>({3}, {1, 2, 3}),
          test_tensor<int32_t>({2}, {rows, 10}), test_tensor<float>({}, {-1})};
}

TEST(SparseFillEmptyRows, SortsByRowAndFills) {
  auto outputs = filled_outputs(3);
  ASSERT_TRUE(run_open_call("SparseFillEmptyRows", elements_in(5), outputs).ok());
  EXPECT_EQ(outputs[0].desc.shape, (Shape{6, 2}));
  EXPECT_EQ(outputs[0].values<int32_t>(),
            (std::vector<int32_t>{0, 0, 1, 8, 2, 0, 3, 7, 3, 9, 4, 0}));
  EXPECT_EQ(outputs[1].values<float>(), (std::vector<float>{-1, 2, -1, 1, 3, -1}));
  EXPECT_EQ(outputs[2].values<uint8_t>(), (std::vector<uint8_t>{1, 0, 1, 0, 1}));
  EXPECT_EQ(outputs[3].values<int32_t>(), (std::vector<int32_t>{3, 1, 4}));
}

TEST(SparseFillEmptyRows, NoMemoryForAnOutput) {
  for (int i = 0; i < 3; ++i) {
    auto outputs = filled_outputs(3);
    const Status status = run_open_call("SparseFillEmptyRows", elements_in(5), outputs, {}, {}, i);
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(status.error().code, Code::kOutOfMemory);
  }
}

TEST(SparseFillEmptyRows, ErrorsThatProgramsCompareWithStandAlone) {
  auto outputs = filled_outputs(3);
  const Status status = run_open_call("SparseFillEmptyRows", elements_in(3), outputs);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().message, "indices(0, 0) is invalid: 3 >= 3");
  EXPECT_TRUE(status.error().is_verbatim);
}

// Threads begin in the middle of segments.
TEST(SparseSegmentSum, LongSegments) {
  constexpr int64_t kCount = 70001;
  for (const int64_t length : {1, 1000, 50000, 70001}) {
    std::vector<int32_t> indices;
    std::vector<int32_t> ids;
    std::vector<int32_t> expected;
    for (int64_t i = 0; i < kCount; ++i) {
      const auto id = static_cast<int32_t>(i / length * 2);
      indices.push_back(static_cast<int32_t>(i % 2));
      ids.push_back(id);
      expected.resize(static_cast<size_t>(id + 1) * 3, 0);
      for (size_t k = 0; k < 3; ++k)
        expected[static_cast<size_t>(id) * 3 + k] += i % 2 == 0 ? 1 : 5;
    }
    std::vector<TestTensor> outputs{open_output(DType::kInt32, {kOpenExtent, 3})};
    const std::vector<TestTensor> inputs{test_tensor<int32_t>({2, 3}, {1, 1, 1, 5, 5, 5}),
                                         test_tensor<int32_t>({kCount}, indices),
                                         test_tensor<int32_t>({kCount}, ids)};
    ASSERT_TRUE(run_open_call("SparseSegmentSum", inputs, outputs).ok());
    EXPECT_EQ(outputs[0].values<int32_t>(), expected);
  }
}

TEST(SparseReshape, TheFirstOfManyThatAreOutside) {
  std::vector<int32_t> indices(60000, 1);
  for (size_t i = 30001; i < indices.size(); i += 1000) indices[i] = 7;
  std::vector<TestTensor> outputs{{{.dtype = DType::kInt32, .shape = {30000, 1}}, {}},
                                  {{.dtype = DType::kInt32, .shape = {1}}, {}}};
  const std::vector<TestTensor> inputs{test_tensor<int32_t>({30000, 2}, indices),
                                       test_tensor<int32_t>({2}, {2, 7}),
                                       test_tensor<int32_t>({1}, {-1})};
  const Status status = run_open_call("SparseReshape", inputs, outputs);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().message, "indices: [1,7] is outside of inputShape [2,7]");
}

}  // namespace
}  // namespace tfjs_native
