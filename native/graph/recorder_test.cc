#include "graph/recorder.h"

#include <gtest/gtest.h>

#include "runtime/testing/test_session.h"

namespace tfjs_native {
namespace {

using Floats = std::vector<float>;

struct RecorderTest : testing::Test, TestSession {
  const TensorDesc desc{DType::kFloat32, {2}, true};
  const Value constant = write({10, 100});
  std::unique_ptr<Recorder> recorder;

  Value call(std::string_view op, const Value& a, const Value& b) {
    return TestSession::call(op, a, b, {2});
  }
  void start(const std::vector<Value>& inputs) {
    recorder.reset();
    recorder =
        std::make_unique<Recorder>(*session, inputs, std::vector<TensorDesc>(inputs.size(), desc));
  }
  Result<std::shared_ptr<const Executable>> finish(const std::vector<Value>& outputs) {
    return recorder->finish(outputs, std::vector<TensorDesc>(outputs.size(), desc));
  }
  std::vector<Floats> run(const std::shared_ptr<const Executable>& executable,
                          const std::vector<Value>& inputs) {
    const std::vector<TensorDesc> descs(inputs.size(), desc);
    const std::vector<Value> outputs = replay(*session, executable, inputs, descs).value();
    std::vector<Floats> values;
    for (const Value& output : outputs) {
      auto [status, floats] = read(output);
      EXPECT_TRUE(status.ok());
      values.push_back(floats);
    }
    return values;
  }
};

TEST_F(RecorderTest, ReplaysOnNewInputs) {
  const Value x = write({1, 2});
  start({x});
  const Value sum = call("Add", x, constant);
  const Value product = call("Multiply", sum, x);
  const auto executable = finish({product, sum}).value();
  EXPECT_EQ(executable->steps.size(), 2u);
  EXPECT_EQ(run(executable, {x}), (std::vector<Floats>{{11, 204}, {11, 102}}));
  EXPECT_EQ(run(executable, {write({5, -1})}), (std::vector<Floats>{{75, -99}, {15, 99}}));
  EXPECT_EQ(read(product).second, (Floats{11, 204}));  // The eager run's own result stays.
}

TEST_F(RecorderTest, StepsThatDoNotDependOnInputsAreConstantsOnce) {
  const Value before = call("Add", constant, constant);
  const Value x = write({1, 2});
  start({x});
  const Value inside = call("Add", before, constant);
  const auto executable = finish({call("Add", inside, x)}).value();
  EXPECT_EQ(executable->steps.size(), 2u);
  EXPECT_EQ(run(executable, {write({1000, 2000})}), (std::vector<Floats>{{1030, 2300}}));
}

TEST_F(RecorderTest, KeepsItsConstantsAlive) {
  std::shared_ptr<const Executable> executable;
  {
    const Value x = write({1, 2});
    const Value weights = write({3, 4});
    start({x});
    executable = finish({call("Multiply", x, weights)}).value();
  }
  recorder.reset();
  for (int i = 0; i < 10; ++i) write({-1, -1});  // Would take the weights' memory.
  EXPECT_EQ(run(executable, {write({2, 2})}), (std::vector<Floats>{{6, 8}}));
}

TEST_F(RecorderTest, OutputsMayBeInputsConstantsOrTwice) {
  const Value x = write({1, 2});
  start({x});
  const Value sum = call("Add", x, x);
  const auto executable = finish({x, constant, sum, sum}).value();
  const Value other = write({7, 8});
  EXPECT_EQ(run(executable, {other}), (std::vector<Floats>{{7, 8}, {10, 100}, {14, 16}, {14, 16}}));
}

TEST_F(RecorderTest, ReplaysQueueBehindOneAnother) {
  const Value x = write({1, 2});
  start({x});
  const auto executable = finish({call("Add", x, constant)}).value();
  Value value = x;
  for (int i = 0; i < 200; ++i) {
    const Value inputs[] = {value};
    value = replay(*session, executable, inputs, {&desc, 1}).value()[0];
  }
  EXPECT_EQ(read(value).second, (Floats{2001, 20002}));
}

TEST_F(RecorderTest, IntermediateMemoryIsReusedWithinOneRun) {
  const Value x = write({1, 2});
  start({x});
  Value value = x;
  for (int i = 0; i < 100; ++i) value = call("Add", value, constant);
  const auto executable = finish({value}).value();
  recorder.reset();
  runtime.pool.trim();
  runtime.pool.reset_peak();
  const size_t before = runtime.pool.stats().live_bytes;
  EXPECT_EQ(run(executable, {x})[0], (Floats{1001, 10002}));
  EXPECT_LE(runtime.pool.stats().peak_bytes, before + 3 * 64);
}

TEST_F(RecorderTest, RefusesWhatCanNotBeReplayed) {
  const Value x = write({1, 2});
  start({x});
  const Value sum = call("Add", x, x);
  (void)read(constant);  // Does not depend on the input: harmless.
  EXPECT_TRUE(finish({sum}).ok());

  start({x});
  const Value read_one = call("Add", x, x);
  (void)read(read_one);
  const auto after_read = finish({call("Add", read_one, x)});
  ASSERT_FALSE(after_read.ok());
  EXPECT_EQ(after_read.status().error().code, Code::kUnsupported);

  start({x});
  session->when_done(x, [] {});  // The beginning of an asynchronous read.
  EXPECT_FALSE(finish({x}).ok());

  start({x, x});
  EXPECT_FALSE(finish({call("Add", x, x)}).ok());
}

TEST_F(RecorderTest, ChecksInputs) {
  const Value x = write({1, 2});
  start({x});
  const auto executable = finish({call("Add", x, x)}).value();
  const TensorDesc other_shape{DType::kFloat32, {1, 2}, true};
  const TensorDesc other_dtype{DType::kInt32, {2}, true};
  const auto code_of = [&](std::vector<Value> inputs, std::vector<TensorDesc> descs) {
    const auto outputs = replay(*session, executable, inputs, descs);
    EXPECT_FALSE(outputs.ok());
    return outputs.ok() ? Code::kInternal : outputs.status().error().code;
  };
  EXPECT_EQ(code_of({x}, {other_shape}), Code::kBadShape);
  EXPECT_EQ(code_of({x}, {other_dtype}), Code::kBadDtype);
  EXPECT_EQ(code_of({}, {}), Code::kBadShape);
  EXPECT_EQ(code_of({x, x}, {desc, desc}), Code::kBadShape);
}

TEST_F(RecorderTest, FailureInsideSurfacesInTheOutputs) {
  const Value x = write({1, 2});
  start({x});
  const Value difference = call("Sub", x, x);
  const auto executable = finish({call("Add", difference, x), difference}).value();
  device.on_run["Sub"] = [](const Operands&) { return Status(Code::kInternal, "broken"); };
  const auto outputs = replay(*session, executable, {&x, 1}, {&desc, 1}).value();
  for (const Value& output : outputs) {
    const Status status = read(output).first;
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(status.error().op, "Sub");
  }
}

TEST_F(RecorderTest, PoisonedInputsAndConstantsPoisonTheOutputs) {
  device.on_run["Sub"] = [](const Operands&) { return Status(Code::kInternal, "broken"); };
  const Value x = write({1, 2});
  const Value bad = call("Sub", x, x);
  start({x});
  const auto with_bad_constant = finish({call("Add", x, bad), bad}).value();
  start({x});
  const auto fine = finish({call("Add", x, x)}).value();
  const auto both = replay(*session, with_bad_constant, {&x, 1}, {&desc, 1}).value();
  for (const Value& output : both) {
    EXPECT_FALSE(read(output).first.ok());
  }
  const auto outputs = replay(*session, fine, {&bad, 1}, {&desc, 1}).value();
  const Status status = read(outputs[0]).first;
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().op, "Sub");
}

TEST_F(RecorderTest, KeepsItsPlansWhenTheCacheForgetsThem) {
  device.held_bytes = 1000;
  const Value x = write({1, 2});
  const std::vector<double> key{1};
  session->plans().insert(key, plan("Add", {2}));
  start({x});
  std::vector<Value> outputs;
  const Value inputs[] = {x, constant};
  EXPECT_TRUE(session->call(session->plans().find(key), inputs, outputs).ok());
  auto executable = finish(outputs).value();
  EXPECT_EQ(read(outputs[0]).second, (Floats{11, 102}));
  recorder.reset();
  worker.settle();

  runtime.trim();
  EXPECT_FALSE(session->plans().find(key).plan);
  EXPECT_GT(runtime.planner.held_bytes(), 1000u);
  EXPECT_EQ(run(executable, {write({5, -1})}), (std::vector<Floats>{{15, 99}}));
  EXPECT_EQ(device.prepared.size(), 1u);
  worker.settle();
  executable.reset();
  EXPECT_EQ(runtime.planner.held_bytes(), 0u);
}

}  // namespace
}  // namespace tfjs_native
