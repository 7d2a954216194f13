#include "graph/replay.h"

#include <gtest/gtest.h>

#include "graph/testing/graph_session.h"

namespace tfjs_native {
namespace {

struct ReplayTest : testing::Test, GraphSession {
  const TensorDesc desc = desc_of({2});
  GraphBuilder builder{"main"};
  const TensorId in = must(builder.input(desc));
  const TensorId constant = must(builder.constant(desc, write({10, 100}).storage));

  TensorId node(std::string_view op, TensorId a, TensorId b) {
    return must(builder.node(op, {}, {a, b})).at(0);
  }
  std::shared_ptr<const Executable> finish(std::vector<TensorId> outputs) {
    auto graph = std::make_shared<const Graph>(must(builder.finish(std::move(outputs))));
    return specialised(std::move(graph), {desc});
  }
};

TEST_F(ReplayTest, QueuesBehindOthers) {
  const auto executable = finish({node("Add", in, constant)});
  Value value = write({1, 2});
  for (int i = 0; i < 200; ++i) value = start(executable, {value})[0];
  EXPECT_EQ(read(value).second, (Floats{2001, 20002}));
}

TEST_F(ReplayTest, IntermediateMemoryIsReusedWithinOneRun) {
  TensorId value = in;
  for (int i = 0; i < 100; ++i) value = node("Add", value, constant);
  const auto executable = finish({value});
  const Value x = write({1, 2});
  runtime.pool.trim();
  runtime.pool.reset_peak();
  const size_t before = runtime.pool.stats().live_bytes;
  EXPECT_EQ(run(executable, {x})[0], (Floats{1001, 10002}));
  EXPECT_LE(runtime.pool.stats().peak_bytes, before + 3 * 64);
}

TEST_F(ReplayTest, ChecksInputs) {
  const auto executable = finish({node("Add", in, in)});
  const Value x = write({1, 2});
  const auto error_of = [&](std::vector<Value> inputs, std::vector<TensorDesc> descs) {
    return error_text(replay(*session, executable, inputs, descs).status());
  };
  EXPECT_EQ(error_of({x}, {desc_of({1, 2})}),
            "BAD_SHAPE [] input 0: expected shape [2], got [1,2]");
  EXPECT_EQ(error_of({x}, {desc_of({2}, DType::kInt32)}),
            "BAD_DTYPE [] input 0: expected float32, got int32");
  EXPECT_EQ(error_of({}, {}), "BAD_SHAPE [] expected 1 inputs, got 0");
  EXPECT_EQ(error_of({x, x}, {desc, desc}), "BAD_SHAPE [] expected 1 inputs, got 2");
}

TEST_F(ReplayTest, FailureInsideSurfacesInTheOutputs) {
  const TensorId difference = node("Sub", in, in);
  const auto executable = finish({node("Add", difference, in), difference});
  device.on_run["Sub"] = [](const Operands&) { return Status(Code::kInternal, "broken"); };
  for (const Value& output : start(executable, {write({1, 2})})) {
    EXPECT_EQ(error_text(read(output).first), "INTERNAL [Sub] broken");
  }
}

TEST_F(ReplayTest, PoisonedInputsAndConstantsPoisonTheOutputs) {
  device.on_run["Sub"] = [](const Operands&) { return Status(Code::kInternal, "broken"); };
  const Value x = write({1, 2});
  const Value bad = call("Sub", x, x, {2});
  const TensorId bad_constant = must(builder.constant(desc, bad.storage));
  const TensorId view =
      must(builder.node("Reshape", attrs_of({{"shape", numbers({2, 1})}}), {bad_constant}))[0];
  const auto with_bad_constant = finish({node("Add", in, bad_constant), bad_constant, view});
  for (const Value& output : start(with_bad_constant, {x})) {
    EXPECT_EQ(error_text(read(output).first), "INTERNAL [Sub] broken");
  }
  builder = GraphBuilder("fine");
  const TensorId other = must(builder.input(desc));
  const auto fine = finish({node("Add", other, other)});
  EXPECT_EQ(error_text(read(start(fine, {bad})[0]).first), "INTERNAL [Sub] broken");
}

TEST_F(ReplayTest, InputsMayBePartsOfABuffer) {
  const auto executable = finish({node("Add", in, constant), in});
  Value part = write({0, 0, 1, 2, 0, 0});
  part.storage.offset_bytes = 2 * sizeof(float);
  EXPECT_EQ(run(executable, {part}), (std::vector<Floats>{{11, 102}, {1, 2}}));
}

}  // namespace
}  // namespace tfjs_native
