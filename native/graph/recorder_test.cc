#include "graph/recorder.h"

#include <gtest/gtest.h>

#include "graph/printer.h"
#include "graph/testing/graph_session.h"
#include "graph/verifier.h"

namespace tfjs_native {
namespace {

struct RecorderTest : testing::Test, GraphSession {
  const TensorDesc desc = desc_of({2});
  const Value constant = write({10, 100});
  std::unique_ptr<Recorder> recorder;
  std::vector<TensorDesc> input_descs;

  Value call(std::string_view op, const Value& a, const Value& b) {
    return TestSession::call(op, a, b, {2});
  }
  Value reshape(const Value& x, const Shape& from, Ints to) {
    return call_op("Reshape", {x}, {desc_of(from)}, attrs_of({{"shape", numbers(to)}}))[0];
  }
  Value slice(const Value& x, const Shape& from, Ints begin, Ints size) {
    return call_op("Slice", {x}, {desc_of(from)},
                   attrs_of({{"begin", numbers(begin)}, {"size", numbers(size)}}))[0];
  }
  void begin(const std::vector<Value>& inputs, std::vector<TensorDesc> descs) {
    recorder.reset();
    input_descs = std::move(descs);
    recorder = std::make_unique<Recorder>(*session, inputs, input_descs);
  }
  void begin(const std::vector<Value>& inputs) {
    begin(inputs, std::vector<TensorDesc>(inputs.size(), desc));
  }
  Result<std::shared_ptr<const Graph>> try_end(const std::vector<Value>& outputs,
                                               const std::vector<TensorDesc>& descs) {
    return recorder->finish(outputs, descs);
  }
  std::string error_at_end(const std::vector<Value>& outputs) {
    return error_text(try_end(outputs, std::vector<TensorDesc>(outputs.size(), desc)).status());
  }
  std::shared_ptr<const Graph> end_graph(const std::vector<Value>& outputs,
                                         const std::vector<TensorDesc>& descs) {
    auto graph = must(try_end(outputs, descs));
    if (graph) {
      EXPECT_EQ(error_text(verify(*graph)), "ok");
    }
    return graph;
  }
  std::shared_ptr<const Executable> end(const std::vector<Value>& outputs,
                                        const std::vector<TensorDesc>& descs) {
    return specialised(end_graph(outputs, descs), input_descs);
  }
  std::shared_ptr<const Executable> end(const std::vector<Value>& outputs) {
    return end(outputs, std::vector<TensorDesc>(outputs.size(), desc));
  }
};

TEST_F(RecorderTest, ReplaysOnNewInputs) {
  const Value x = write({1, 2});
  begin({x});
  const Value sum = call("Add", x, constant);
  const Value product = call("Multiply", sum, x);
  const auto executable = end({product, sum});
  EXPECT_EQ(executable->steps.size(), 2u);
  EXPECT_EQ(run(executable, {x}), (std::vector<Floats>{{11, 204}, {11, 102}}));
  EXPECT_EQ(run(executable, {write({5, -1})}), (std::vector<Floats>{{75, -99}, {15, 99}}));
  EXPECT_EQ(read(product).second, (Floats{11, 204}));  // The eager run's own result stays.
}

TEST_F(RecorderTest, TensorsThatExistBeforeAreConstants) {
  const Value before = call("Add", constant, constant);
  const Value x = write({1, 2});
  begin({x});
  const Value inside = call("Add", before, constant);
  const auto graph = end_graph({call("Add", inside, x)}, {desc});
  EXPECT_EQ(to_text(*graph),
            "graph recorded(%0: float32[2]) {\n"
            "  %1: float32[2] = constant\n"
            "  %2: float32[2] = constant\n"
            "  %3: constant float32[2] = Add(a: %1, b: %2)\n"
            "  %4: float32[2] = Add(a: %3, b: %0)\n"
            "  return %4\n"
            "}\n");
  EXPECT_EQ(run(specialised(graph, {desc}), {write({1000, 2000})}),
            (std::vector<Floats>{{1030, 2300}}));
}

TEST_F(RecorderTest, KeepsItsConstantsAlive) {
  std::shared_ptr<const Executable> executable;
  {
    const Value x = write({1, 2});
    const Value weights = write({3, 4});
    begin({x});
    executable = end({call("Multiply", x, weights)});
  }
  recorder.reset();
  for (int i = 0; i < 10; ++i) write({-1, -1});  // Would take the weights' memory.
  EXPECT_EQ(run(executable, {write({2, 2})}), (std::vector<Floats>{{6, 8}}));
}

TEST_F(RecorderTest, MemoryThatNobodyHoldsIsUsedAgain) {
  const Value x = write({1, 2});
  begin({x});
  session->synchronize();
  const size_t live_bytes = session->runtime().pool.stats().live_bytes;
  Value sum = call("Add", x, constant);
  for (int i = 0; i < 100; ++i) {
    sum = call("Add", sum, constant);
    session->synchronize();
    EXPECT_LE(session->runtime().pool.stats().live_bytes, live_bytes + 3 * 64);
  }
  EXPECT_EQ(run(end({sum}), {write({5, -1})}), (std::vector<Floats>{{1015, 10099}}));
}

TEST_F(RecorderTest, OutputsMayBeInputsConstantsOrTwice) {
  const Value x = write({1, 2});
  begin({x});
  const Value sum = call("Add", x, x);
  const auto executable = end({x, constant, sum, sum});
  EXPECT_EQ(run(executable, {write({7, 8})}),
            (std::vector<Floats>{{7, 8}, {10, 100}, {14, 16}, {14, 16}}));
}

TEST_F(RecorderTest, ViewsAreNodes) {
  const Value x = write({1, 2, 3, 4});
  begin({x}, {desc_of({2, 2})});
  const Value flat = reshape(x, {2, 2}, {4});
  const Value first = slice(x, {2, 2}, {0, 0}, {1, 2});  // Begins where x does.
  const Value second = slice(flat, {4}, {2}, {2});
  const Value copy = call_op("Identity", {second}, {desc})[0];
  const Value sum = call("Add", reshape(first, {1, 2}, {2}), copy);
  const auto graph = end_graph({sum, second}, {desc, desc});
  EXPECT_EQ(to_text(*graph),
            "graph recorded(%0: float32[2,2]) {\n"
            "  %1: float32[4] = Reshape(x: %0) {shape: [4]}\n"
            "  %2: float32[1,2] = Slice(x: %0) {begin: [0,0], size: [1,2]}\n"
            "  %3: float32[2] = Slice(x: %1) {begin: [2], size: [2]}\n"
            "  %4: float32[2] = Identity(x: %3)\n"
            "  %5: float32[2] = Reshape(x: %2) {shape: [2]}\n"
            "  %6: float32[2] = Add(a: %5, b: %4)\n"
            "  return %6, %4\n"
            "}\n");
  const auto executable = specialised(graph, input_descs);
  EXPECT_EQ(run(executable, {x}), (std::vector<Floats>{{4, 6}, {3, 4}}));
  EXPECT_EQ(run(executable, {write({5, 6, 7, 8})}), (std::vector<Floats>{{12, 14}, {7, 8}}));
}

TEST_F(RecorderTest, PartsOfAListAreNodes) {
  const Value x = write({1, 2, 3, 4});
  begin({x}, {desc_of({2, 2})});
  const auto rows = call_op("Unpack", {x}, {desc_of({2, 2})}, attrs_of({{"axis", number(0)}}));
  const auto executable = end({call("Multiply", rows[0], rows[1]), rows[1]});
  EXPECT_EQ(executable->graph->nodes.size(), 2u);
  EXPECT_EQ(run(executable, {write({5, 6, 7, 8})}), (std::vector<Floats>{{35, 48}, {7, 8}}));
}

TEST_F(RecorderTest, AnotherShapeOverTheSameDataIsAReshape) {
  // JavaScript may give data another shape without a call.
  const Value x = write({1, 2});
  begin({x}, {desc_of({1, 2})});
  const Value sum = call("Add", x, constant);
  const auto graph = end_graph({sum}, {desc_of({2, 1})});
  EXPECT_EQ(to_text(*graph),
            "graph recorded(%0: float32[1,2]) {\n"
            "  %2: float32[2] = constant\n"
            "  %1: float32[2] = Reshape(x: %0) {shape: [2]}\n"
            "  %3: float32[2] = Add(a: %1, b: %2)\n"
            "  %4: float32[2,1] = Reshape(x: %3) {shape: [2,1]}\n"
            "  return %4\n"
            "}\n");
  EXPECT_EQ(run(specialised(graph, input_descs), {x}), (std::vector<Floats>{{11, 102}}));
  // Constants with two shapes share their data.
  begin({x});
  const Value scaled = call("Multiply", x, constant);
  const auto rows = call_op("Multiply", {scaled, constant}, {desc_of({2, 1}), desc_of({2, 1})});
  const auto shared = end_graph(rows, {desc_of({2, 1})});
  int constants = 0;
  for (const GraphTensor& tensor : shared->tensors) {
    if (!tensor.constant.buffer) continue;
    ++constants;
    EXPECT_EQ(tensor.constant.buffer.get(), constant.storage.buffer.get());
  }
  EXPECT_EQ(constants, 2);
  EXPECT_EQ(run(specialised(shared, {desc}), {x}), (std::vector<Floats>{{100, 20000}}));
}

TEST_F(RecorderTest, PartsOfConstantsAreConstants) {
  const Value weights = write({1, 2, 3, 4});
  const Value second = slice(weights, {4}, {2}, {2});
  const Value x = write({1, 2});
  begin({x});
  const auto executable = end({call("Add", x, second)});
  EXPECT_EQ(executable->graph->nodes.size(), 1u);
  EXPECT_EQ(run(executable, {x}), (std::vector<Floats>{{4, 6}}));
}

TEST_F(RecorderTest, RunTimeAttributesAreRecordedAsGiven) {
  device.on_run["ClipByValue"] = [](const Operands& operands) {
    for (int i = 0; i < 2; ++i) {
      operands.output<float>()[i] = static_cast<float>(operands.scalars[i]);
    }
    return Status();
  };
  const Value x = write({1, 2});
  begin({x});
  std::vector<Value> outputs;
  for (const double bound : {1.0, 2.0}) {
    outputs.push_back(
        call_op("ClipByValue", {x}, {desc},
                attrs_of({{"clipValueMin", number(-bound)}, {"clipValueMax", number(bound)}}))[0]);
  }
  const auto executable = end(outputs);
  const Attrs& attrs = executable->graph->nodes[1].attrs;
  EXPECT_EQ(attrs.number("clipValueMin"), -2);
  EXPECT_EQ(run(executable, {x}), (std::vector<Floats>{{-1, 1}, {-2, 2}}));
}

TEST_F(RecorderTest, EmptyTensors) {
  const Value x = write({});
  begin({x}, {desc_of({0, 2})});
  const Value sum = call_op("Add", {x, x}, {desc_of({0, 2}), desc_of({0, 2})})[0];
  const Value flat = reshape(sum, {0, 2}, {0});
  const auto executable = end({sum, flat, x}, {desc_of({0, 2}), desc_of({0}), desc_of({0, 2})});
  EXPECT_EQ(run(executable, {write({})}), (std::vector<Floats>{{}, {}, {}}));
}

TEST_F(RecorderTest, RefusesWhatCannotBeReplayed) {
  const Value x = write({1, 2});
  begin({x});
  const Value sum = call("Add", x, x);
  (void)read(constant);  // Does not depend on the input: harmless.
  (void)read(call("Add", constant, constant));
  EXPECT_EQ(error_at_end({sum}), "ok");

  const std::string was_read =
      "UNSUPPORTED [] a value that depends on the inputs was read, so the calls after it may "
      "depend "
      "on it too and cannot be captured";
  begin({x});
  const Value read_one = call("Add", x, x);
  (void)read(read_one);
  EXPECT_EQ(error_at_end({call("Add", read_one, x)}), was_read);

  begin({x});
  (void)read(reshape(call("Add", x, x), {2}, {1, 2}));
  EXPECT_EQ(error_at_end({x}), was_read);

  begin({x});
  session->when_done(x, [] {});  // The beginning of an asynchronous read.
  EXPECT_EQ(error_at_end({x}), was_read);
}

TEST_F(RecorderTest, RefusesInputsThatOverlap) {
  const std::string shared =
      "UNSUPPORTED [] inputs 0 and 1 share their data, so calls that read one cannot be told from "
      "calls that read the other";
  const Value x = write({1, 2, 3, 4});
  Value low = x;
  Value high = x;
  high.storage.offset_bytes = 2 * sizeof(float);
  begin({x, x}, {desc_of({4}), desc_of({4})});
  EXPECT_EQ(error_at_end({}), shared);
  begin({x, high}, {desc_of({4}), desc});
  EXPECT_EQ(error_at_end({}), shared);
  begin({x, low}, {desc_of({4}), desc});
  EXPECT_EQ(error_at_end({}), shared);
  begin({low, high});
  const auto executable = end({call("Add", low, high)});
  EXPECT_EQ(run(executable, {write({5, 6}), write({7, 8})}), (std::vector<Floats>{{12, 14}}));
}

TEST_F(RecorderTest, RefusesPartsThatNoCallMade) {
  const Value x = write({1, 2});
  begin({x});
  Value part = call("Add", x, x);
  part.storage.offset_bytes = sizeof(float);
  EXPECT_EQ(error_text(try_end({part}, {desc_of({1})}).status()),
            "UNSUPPORTED [] a part of a result was read that no recorded call makes of it");
}

TEST_F(RecorderTest, KeepsItsPlansWhenTheStoreForgetsThem) {
  device.held_bytes = 1000;
  const Value x = write({1, 2});
  begin({x});
  const Value sum = call("Add", x, constant);
  auto executable = end({sum});
  EXPECT_EQ(read(sum).second, (Floats{11, 102}));
  recorder.reset();
  worker.settle();

  runtime.trim();
  EXPECT_EQ(runtime.plans.size(), 0u);
  EXPECT_GT(runtime.planner.held_bytes(), 1000u);
  EXPECT_EQ(run(executable, {write({5, -1})}), (std::vector<Floats>{{15, 99}}));
  EXPECT_EQ(device.prepared.size(), 1u);
  worker.settle();
  executable.reset();
  EXPECT_EQ(runtime.planner.held_bytes(), 0u);
}

}  // namespace
}  // namespace tfjs_native
