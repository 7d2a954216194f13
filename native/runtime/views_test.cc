// Views: tensors that are parts of another one's memory.
#include <gtest/gtest.h>

#include "runtime/testing/test_session.h"

namespace tfjs_native {
namespace {

using Floats = std::vector<float>;

AttrValue numbers(Doubles values) { return {.present = true, .numbers = std::move(values)}; }

struct ViewsTest : testing::Test, TestSession {
  std::vector<Value> run(std::string_view op, Value x, const Shape& shape, const Attrs& attrs) {
    const TensorDesc desc{.dtype = DType::kFloat32, .shape = shape};
    const PlannedCall call = runtime.plans.plan(op_table()[find_op(op)], {desc}, attrs).value();
    std::vector<Value> outputs;
    EXPECT_TRUE(session->call(call, {&x, 1}, outputs).ok());
    return outputs;
  }
  Value slice(const Value& x, const Shape& shape, Doubles begin, Doubles size) {
    Attrs attrs;
    attrs.add("begin", numbers(std::move(begin)));
    attrs.add("size", numbers(std::move(size)));
    return run("Slice", x, shape, attrs).at(0);
  }
  Floats values(const Value& value, size_t count) {
    Floats floats(count, -1);
    EXPECT_TRUE(session->read(value, floats.data(), count * sizeof(float)).ok());
    return floats;
  }
};

TEST_F(ViewsTest, ASliceAlongTheOutermostDimensionIsAPartOfTheBuffer) {
  const Value x = write({0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11});
  const size_t live = runtime.pool.stats().live_bytes;
  const Value rows = slice(x, {4, 3}, {1, 0}, {2, 3});
  EXPECT_EQ(rows.storage.buffer.get(), x.storage.buffer.get());
  EXPECT_EQ(rows.storage.offset_bytes, 12u);
  EXPECT_EQ(values(rows, 6), (Floats{3, 4, 5, 6, 7, 8}));
  const Value row = slice(rows, {2, 3}, {1, 0}, {1, -1});
  EXPECT_EQ(values(row, 3), (Floats{6, 7, 8}));
  EXPECT_EQ(runtime.pool.stats().live_bytes, live);
}

TEST_F(ViewsTest, KernelsReadAndOutliveThem) {
  Value x = write({1, 2, 3, 4});
  const Value end = slice(x, {4}, {2}, {2});
  const Value begin = slice(x, {4}, {0}, {2});
  x = {};
  EXPECT_EQ(values(call("Add", begin, end, {2}), 2), (Floats{4, 6}));
  EXPECT_EQ(values(end, 2), (Floats{3, 4}));
}

TEST_F(ViewsTest, ThePartsOfAPoisonedTensorArePoisoned) {
  device.on_run["Sub"] = [](const Operands&) { return Status(Code::kInternal, "broken"); };
  const Value a = write({1, 2, 3, 4});
  const Value part = slice(call("Sub", a, a, {4}), {4}, {1}, {2});
  Floats floats(2);
  EXPECT_EQ(session->read(part, floats.data(), 8).error().message, "broken");
}

TEST_F(ViewsTest, UnpackAndSplitAlongTheOutermostDimension) {
  const Value x = write({0, 1, 2, 3, 4, 5});
  Attrs unpack;
  unpack.add("axis", numbers({0}));
  const std::vector<Value> rows = run("Unpack", x, {3, 2}, unpack);
  ASSERT_EQ(rows.size(), 3u);
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(rows[i].storage.buffer.get(), x.storage.buffer.get());
    EXPECT_EQ(values(rows[i], 2), (Floats{2.0f * i, 2.0f * i + 1}));
  }
  Attrs split;
  split.add("numOrSizeSplits", numbers({1, -1}));
  split.add("axis", numbers({-2}));
  const std::vector<Value> parts = run("SplitV", x, {3, 2}, split);
  ASSERT_EQ(parts.size(), 2u);
  EXPECT_EQ(parts[1].storage.buffer.get(), x.storage.buffer.get());
  EXPECT_EQ(values(parts[1], 4), (Floats{2, 3, 4, 5}));
}

TEST_F(ViewsTest, AMovingBeginIsPlannedOnce) {
  const Value x = write(Floats(4000, 1));
  for (int i = 0; i < 1000; ++i) {
    slice(x, {1000, 4}, {static_cast<double>(i % 990), 0}, {5, 4});  // A view.
    slice(x, {1000, 4}, {static_cast<double>(i % 990), 1}, {5, 2});  // A copy.
  }
  EXPECT_EQ(runtime.plans.size(), 2u);
}

TEST_F(ViewsTest, OtherSlicesAreCopies) {
  const Value x = write({0, 1, 2, 3, 4, 5});
  EXPECT_NE(slice(x, {2, 3}, {0, 1}, {2, 2}).storage.buffer.get(), x.storage.buffer.get());
  // An empty part shares nothing.
  EXPECT_NE(slice(x, {2, 3}, {1, 0}, {0, 3}).storage.buffer.get(), x.storage.buffer.get());
}

TEST_F(ViewsTest, AScalarSlicedIsItself) {
  const Value x = write({7});
  EXPECT_EQ(slice(x, {}, {}, {}).storage.buffer.get(), x.storage.buffer.get());
}

}  // namespace
}  // namespace tfjs_native
