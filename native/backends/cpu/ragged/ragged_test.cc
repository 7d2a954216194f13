// Buffers of the exact size, for sanitizers, and want of memory; results are compared in
// test/ops/ragged.test.js.
#include "backends/cpu/ragged/row_partition.h"
#include "backends/cpu/testing/open_call.h"

namespace tfjs_native {
namespace {

TestTensor ints(const std::vector<int32_t>& values) {
  return test_tensor<int32_t>({static_cast<int64_t>(values.size())}, values);
}

/// Rows [1, 2], [], [3, 4, 5] of pairs of rows: [[0, 1], []], [[2]].
std::vector<TestTensor> gathered(const std::vector<int32_t>& indices) {
  return {test_tensor<float>({5}, {1, 2, 3, 4, 5}), ints(indices), ints({0, 2, 3}),
          ints({0, 2, 2, 5})};
}

std::vector<TestTensor> gather_outputs(int64_t count) {
  return {{{.dtype = DType::kInt32, .shape = {count + 1}}, {}},
          open_output(DType::kInt32, {kOpenExtent}),
          open_output(DType::kFloat32, {kOpenExtent})};
}

TEST(RaggedGather, RowsInTheOrderOfIndices) {
  auto outputs = gather_outputs(3);
  ASSERT_TRUE(run_open_call("RaggedGather", gathered({1, 0, 1}), outputs).ok());
  EXPECT_EQ(outputs[0].values<int32_t>(), (std::vector<int32_t>{0, 1, 3, 4}));
  EXPECT_EQ(outputs[1].values<int32_t>(), (std::vector<int32_t>{0, 3, 5, 5, 8}));
  EXPECT_EQ(outputs[2].values<float>(), (std::vector<float>{3, 4, 5, 1, 2, 3, 4, 5}));
}

TEST(RaggedGather, NoMemoryForAnOutput) {
  for (const int i : {1, 2}) {
    auto outputs = gather_outputs(2);
    const Status status = run_open_call("RaggedGather", gathered({0, 1}), outputs, {}, {}, i);
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(status.error().code, Code::kOutOfMemory);
  }
}

// A split may name the place behind the last row, which has no end.
TEST(RaggedGather, SplitsThatPointPastTheNextOnes) {
  for (const std::vector<int32_t>& outer : {std::vector<int32_t>{0, 4}, {0, 1, 5}, {4, 4}}) {
    auto outputs = gather_outputs(1);
    std::vector<TestTensor> inputs = gathered({0});
    inputs[2] = ints(outer);
    const Status status = run_open_call("RaggedGather", inputs, outputs);
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(status.error().message, "Ragged splits must not point past values");
  }
}

TEST(RaggedRange, NoMemoryForTheValues) {
  std::vector<TestTensor> outputs{{{.dtype = DType::kInt32, .shape = {3}}, {}},
                                  open_output(DType::kInt32, {kOpenExtent})};
  const std::vector<TestTensor> inputs{ints({0, 5}), ints({3, 9}), ints({1, 2})};
  const Status status = run_open_call("RaggedRange", inputs, outputs, {}, {}, 1);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code, Code::kOutOfMemory);
}

TEST(RowPartition, ElementsOfRows) {
  const std::vector<int32_t> starts{0, 2, 2, 5};
  const RowPartition by_start(RowPartition::Kind::kRowSplits, starts.data(), 4);
  EXPECT_EQ(by_start.elements(), 5);
  EXPECT_EQ(by_start.widest(), 3);
  EXPECT_EQ(by_start.part(2).begin, 2);
  EXPECT_EQ(by_start.part(2).end, 5);
  EXPECT_EQ(by_start.part(3).end, 0);
  EXPECT_TRUE(by_start.check(3).ok());
  EXPECT_FALSE(by_start.check(2).ok());

  const std::vector<int32_t> ids{0, 0, 3, 3, 3};
  const RowPartition by_id(RowPartition::Kind::kRowIds, ids.data(), 5);
  EXPECT_EQ(by_id.elements(), 5);
  EXPECT_EQ(by_id.widest(), 3);
  EXPECT_EQ(by_id.part(1).begin, by_id.part(1).end);
  EXPECT_EQ(by_id.part(3).begin, 2);
  EXPECT_EQ(by_id.part(3).end, 5);
  EXPECT_TRUE(by_id.check(4).ok());
  EXPECT_FALSE(by_id.check(3).ok());

  const RowPartition none(RowPartition::Kind::kRowSplits, nullptr, 0);
  EXPECT_EQ(none.elements(), 0);
  EXPECT_EQ(none.widest(), 0);
  EXPECT_EQ(none.part(0).end, 0);
  EXPECT_TRUE(none.check(0).ok());
}

TEST(RowPartition, WhatDividesNothing) {
  using Kind = RowPartition::Kind;
  for (const std::vector<int32_t>& values :
       {std::vector<int32_t>{1, 2}, {0, 3, 2}, {-1, 0}, {0, -1}}) {
    const auto count = static_cast<int64_t>(values.size());
    EXPECT_FALSE(RowPartition(Kind::kRowSplits, values.data(), count).check(9).ok());
  }
  for (const std::vector<int32_t>& values :
       {std::vector<int32_t>{1, 0}, {-1, 0}, {0, 9}, {0, 2147483647}}) {
    EXPECT_FALSE(RowPartition(Kind::kRowIds, values.data(), 2).check(9).ok());
  }
}

}  // namespace
}  // namespace tfjs_native
