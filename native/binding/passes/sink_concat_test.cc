#include "binding/testing/pass_bench.h"

namespace tfjs_native {
namespace {

struct SinkConcat : PassTest {
  SinkConcat() : PassTest("sink-concat", 1e-6) {}

  TensorId concat(std::vector<TensorId> parts, int64_t axis) {
    return maker->call("Concat", std::move(parts), {{"axis", number(static_cast<double>(axis))}});
  }
  TensorId pool(const char* op, TensorId x, const Ints& size) {
    return maker->call(
        op, {x},
        {{"filterSize", numbers(size)}, {"strides", numbers(size)}, {"pad", same_padding()}});
  }
};

TEST_F(SinkConcat, PoolingComesFirst) {
  const TensorId a = maker->input({2, 5, 6, 3});
  const TensorId b = maker->input({2, 5, 6, 20});
  const TensorId c = maker->input({2, 5, 6, 1});
  const TensorId all = pool("AvgPool", concat({a, b}, -1), {5, 6});
  const TensorId some = pool("MaxPool", concat({b, c, b}, 3), {2, 2});
  EXPECT_EQ(passed({all, some}), "AvgPool AvgPool Concat MaxPool MaxPool MaxPool Concat");
}

TEST_F(SinkConcat, SoDoReductionsOfOtherDimensions) {
  const TensorId a = maker->input({2, 5, 6, 3});
  const TensorId b = maker->input({2, 5, 6, 4});
  const TensorId mean = maker->reduce("Mean", concat({a, b}, 3), {1, 2}, false);
  const TensorId largest = maker->reduce("Max", concat({b, a}, -1), {-2});
  EXPECT_EQ(passed({mean, largest}), "Mean Mean Concat Max Max Concat");
  EXPECT_EQ(after.tensors[static_cast<size_t>(after.outputs[0])].desc.shape, (Shape{2, 7}));
}

TEST_F(SinkConcat, WhatOthersReadStays) {
  const TensorId a = maker->input({1, 4, 4, 3});
  const TensorId joined = concat({a, a}, 3);
  expect_unchanged({pool("AvgPool", joined, {4, 4}), maker->call("Relu", {joined})});
}

TEST_F(SinkConcat, OtherDimensionsStay) {
  const TensorId a = maker->input({1, 4, 4, 3});
  expect_unchanged({pool("AvgPool", concat({a, a}, 1), {2, 2}),
                    maker->reduce("Mean", concat({a, a}, 3), {2, 3})});
}

TEST_F(SinkConcat, WhatGrowsOrStaysAsLargeStays) {
  const TensorId a = maker->input({1, 4, 4, 3});
  expect_unchanged({pool("MaxPool", concat({a, a}, 3), {1, 1})});
}

TEST_F(SinkConcat, WhatIsConvertedOnTheWayStays) {
  const TensorId a = maker->input({1, 4, 4, 3});
  const TensorId b = maker->input({1, 4, 4, 3}, DType::kInt32);
  expect_unchanged({maker->reduce("Sum", concat({a, b}, 3), {1})});
}

}  // namespace
}  // namespace tfjs_native
