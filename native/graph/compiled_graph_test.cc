#include "graph/compiled_graph.h"

#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <thread>

#include "base/thread_pool.h"
#include "graph/compilation.h"
#include "graph/memory_plan.h"
#include "graph/testing/graph_session.h"

namespace tfjs_native {
namespace {

Attrs new_shape(int64_t extent) { return attrs_of({{"shape", numbers({extent})}}); }

Attrs box(int64_t begin, int64_t size) {
  return attrs_of({{"begin", numbers({begin})}, {"size", numbers({size})}});
}

struct CompiledGraphTest : testing::Test, TestSession {
  const TensorDesc desc = desc_of({2});
  GraphBuilder builder{"main"};
  const TensorId in = must(builder.input(desc));
  const TensorId constant = must(builder.constant(desc, write({10, 100}).storage));

  TensorId node(std::string_view op, TensorId a, TensorId b) {
    return must(builder.node(op, {}, {a, b})).at(0);
  }
  std::shared_ptr<const CompiledGraph> compile(std::vector<TensorId> outputs) {
    const Graph graph = must(builder.finish(std::move(outputs)));
    auto compiled =
        CompiledGraph::compile(graph, {}, runtime, session->queue().stream(), device.memory());
    EXPECT_EQ(error_text(compiled.status()), "ok");
    return compiled.value();
  }
  std::vector<Value> start(const std::shared_ptr<const CompiledGraph>& graph, const Value& x) {
    return must(replay(*session, graph, {&x, 1}, {&desc, 1}));
  }
};

TEST_F(CompiledGraphTest, OutputsMayBeInputsConstantsAndParts) {
  const TensorId sum = node("Add", in, constant);
  const TensorId half = must(builder.node("Slice", box(1, 1), {sum}))[0];
  const TensorId given = must(builder.node("Slice", box(1, 1), {in}))[0];
  const TensorId kept = must(builder.node("Slice", box(1, 1), {constant}))[0];
  const auto compiled = compile({in, constant, sum, half, sum, given, kept});
  const std::vector<Value> outputs = start(compiled, write({1, 2}));
  const std::vector<Floats> expected = {{1, 2}, {10, 100}, {11, 102}, {102}, {11, 102}, {2}, {100}};
  ASSERT_EQ(outputs.size(), expected.size());
  for (size_t i = 0; i < expected.size(); ++i) EXPECT_EQ(read(outputs[i]).second, expected[i]);
  EXPECT_EQ(compiled->steps()->result_bytes().size(), 1u);
}

TEST_F(CompiledGraphTest, AChainNeedsTheMemoryOfTwoValues) {
  TensorId value = in;
  for (int i = 0; i < 100; ++i) value = node("Add", value, constant);
  const auto compiled = compile({value});
  EXPECT_EQ(compiled->steps()->arena_bytes(), 2 * kArenaAlignment);
  EXPECT_EQ(read(start(compiled, write({1, 2}))[0]).second, (Floats{1001, 10002}));
}

TEST_F(CompiledGraphTest, AValueLivesAsLongAsAPartOfIt) {
  const TensorId sum = node("Add", in, constant);
  const TensorId part = must(builder.node("Reshape", new_shape(2), {sum}))[0];
  TensorId value = in;
  for (int i = 0; i < 10; ++i) value = node("Add", value, constant);
  const auto compiled = compile({node("Add", value, part)});
  EXPECT_EQ(read(start(compiled, write({1, 2}))[0]).second, (Floats{112, 1104}));
}

TEST_F(CompiledGraphTest, RunsThatOverlapHaveMemoryOfTheirOwn) {
  TensorId value = in;
  for (int i = 0; i < 50; ++i) value = node("Add", value, constant);
  const auto compiled = compile({value});
  std::latch begin(4);
  const auto run_often = [&](float first) {
    begin.arrive_and_wait();
    const auto stream = std::move(device.create_stream().value());
    for (int i = 0; i < 200; ++i) {
      auto source = make_ref<Buffer>(device.memory(), 8);
      ASSERT_TRUE(source->allocate().ok());
      static_cast<float*>(source->data())[0] = first;
      static_cast<float*>(source->data())[1] = 0;
      const Storage x{source};
      const Storage y{make_ref<Buffer>(device.memory(), 8)};
      ASSERT_TRUE(compiled->run({&x, 1}, {&y, 1}, *stream, device.memory()).ok());
      ASSERT_EQ(static_cast<float*>(y.data())[0], first + 500);
    }
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) threads.emplace_back(run_often, static_cast<float>(i));
  for (std::thread& thread : threads) thread.join();
}

TEST_F(CompiledGraphTest, TheArenaIsARunsForAsLongAsItLasts) {
  TensorId value = in;
  for (int i = 0; i < 50; ++i) value = node("Add", value, constant);
  const auto compiled = compile({value});
  const Value x = write({1, 2});
  runtime.trim();
  const size_t live = runtime.pool.stats().live_bytes;
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(read(start(compiled, x)[0]).second, (Floats{501, 5002}));
    worker.settle();
    EXPECT_EQ(runtime.pool.stats().live_bytes, live);
    // Kept for the next run: the arena, and the memory of the result.
    EXPECT_EQ(runtime.pool.stats().pooled_bytes, 3 * kArenaAlignment);
    if (i == 1) {
      EXPECT_GE(runtime.trim(), 3 * kArenaAlignment);
    }
  }
}

TEST_F(CompiledGraphTest, RunsThatOverlappedLeaveNoArenas) {
  ThreadPool::SizeHold hold(ThreadPool::instance());
  TensorId value = in;
  for (int i = 0; i < 10; ++i) value = node("Add", value, constant);
  const auto compiled = compile({value});
  constexpr int kRuns = 12;
  std::latch all_begun(kRuns);
  std::atomic<int> begun{0};
  device.on_run["Add"] = [&](const Operands& operands) {
    if (begun++ < kRuns) all_begun.arrive_and_wait();
    for (int i = 0; i < 2; ++i) {
      operands.output<float>()[i] = operands.input<float>(0)[i] + operands.input<float>(1)[i];
    }
    return Status();
  };
  const Value x = write({1, 2});
  const size_t live = runtime.pool.stats().live_bytes;
  std::vector<std::thread> threads;
  for (int i = 0; i < kRuns; ++i) {
    threads.emplace_back([&] {
      const auto stream = std::move(device.create_stream().value());
      const Storage y{make_ref<Buffer>(session->memory(), 8)};
      ASSERT_TRUE(compiled->run({&x.storage, 1}, {&y, 1}, *stream, session->memory()).ok());
      EXPECT_EQ(static_cast<float*>(y.data())[0], 101);
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(runtime.pool.stats().live_bytes, live);
  EXPECT_EQ(runtime.pool.stats().peak_bytes, live + kRuns * 3 * kArenaAlignment);
  EXPECT_EQ(runtime.pool.trim(), kRuns * 3 * kArenaAlignment);
}

TEST_F(CompiledGraphTest, NoMemoryForTheArenaIsTheRunsError) {
  TensorId value = in;
  for (int i = 0; i < 50; ++i) value = node("Add", value, constant);
  const auto compiled = compile({value});
  const Value x = write({1, 2});
  runtime.trim();
  // Enough for the result alone.
  runtime.pool.set_ceiling(runtime.pool.stats().live_bytes + kArenaAlignment);
  EXPECT_EQ(read(start(compiled, x)[0]).first.error().code, Code::kOutOfMemory);
  runtime.pool.set_ceiling(0);
  EXPECT_EQ(read(start(compiled, x)[0]).second, (Floats{501, 5002}));
}

TEST_F(CompiledGraphTest, AShortRunIsDoneAtOnceWhereTheQueueIsIdle) {
  const auto compiled = compile({node("Add", in, constant)});
  worker.set_busy(true);
  const Value first = start(compiled, write({1, 2}))[0];
  EXPECT_FALSE(session->is_done(first));  // It may be long.
  EXPECT_EQ(read(first).second, (Floats{11, 102}));
  const auto become_short = [&] {
    while (compiled->usual_ns() > 50'000) read(start(compiled, write({1, 2}))[0]);
  };
  become_short();
  const Value second = start(compiled, write({3, 4}))[0];
  EXPECT_TRUE(session->is_done(second));
  EXPECT_EQ(read(second).second, (Floats{13, 104}));

  const Value x = write({5, 6});
  const Value before = session->copy(x, 8);
  EXPECT_FALSE(session->is_done(before));
  const Value third = start(compiled, x)[0];
  EXPECT_FALSE(session->is_done(third));
  EXPECT_EQ(read(third).second, (Floats{15, 106}));

  become_short();
  device.on_run["Add"] = [](const Operands&) { return Status(Code::kInternal, "broken"); };
  const Value broken = start(compiled, x)[0];
  EXPECT_TRUE(session->is_done(broken));
  EXPECT_EQ(error_text(read(broken).first), "INTERNAL [Add] broken");
  worker.set_busy(false);
}

TEST_F(CompiledGraphTest, RunsOfOneQueueGoOnSideBySide) {
  const int before = ThreadPool::instance().size();
  ThreadPool::instance().set_size(3);
  const auto compiled = compile({node("Add", in, constant)});
  // Two runs meet, or this would not end.
  std::latch both(2);
  std::atomic<int> begun{0};
  device.on_run["Add"] = [&](const Operands& operands) {
    if (begun++ < 2) both.arrive_and_wait();
    operands.output<float>()[0] = operands.input<float>(0)[0] + 10;
    operands.output<float>()[1] = 0;
    return Status();
  };
  std::vector<Value> outputs;
  for (int i = 0; i < 64; ++i) {
    outputs.push_back(start(compiled, write({static_cast<float>(i), 0}))[0]);
  }
  for (int i = 0; i < 64; ++i) {
    EXPECT_EQ(read(outputs[i]).second, (Floats{static_cast<float>(i) + 10, 0}));
  }
  ThreadPool::instance().set_size(before);
}

TEST_F(CompiledGraphTest, ARunThatFailsBesideOthersPoisonsItsOwnResults) {
  const int before = ThreadPool::instance().size();
  ThreadPool::instance().set_size(3);
  const auto compiled = compile({node("Add", in, constant)});
  device.on_run["Add"] = [](const Operands& operands) {
    if (operands.input<float>(0)[0] == 7) return Status(Code::kInternal, "broken");
    operands.output<float>()[0] = operands.output<float>()[1] = 1;
    return Status();
  };
  std::vector<Value> outputs;
  for (int i = 0; i < 20; ++i) {
    outputs.push_back(start(compiled, write({static_cast<float>(i), 0}))[0]);
  }
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(error_text(read(outputs[i]).first), i == 7 ? "INTERNAL [Add] broken" : "ok");
  }
  ThreadPool::instance().set_size(before);
}

TEST_F(CompiledGraphTest, ASessionEndsWhileItsRunsAreUnderWay) {
  const int before = ThreadPool::instance().size();
  ThreadPool::instance().set_size(3);
  const auto compiled = compile({node("Add", in, constant)});
  for (int i = 0; i < 200; ++i) start(compiled, write({1, 2}));
  session->close();
  ThreadPool::instance().set_size(before);
}

TEST_F(CompiledGraphTest, IsPlannedAnewForAnotherNumberOfThreads) {
  const auto compiled = compile({node("Add", in, constant)});
  const int before = ThreadPool::instance().size();
  ThreadPool::instance().set_size(before + 1);
  EXPECT_EQ(read(start(compiled, write({1, 2}))[0]).second, (Floats{11, 102}));
  EXPECT_EQ(compiled->steps()->threads(), before + 1);
  ThreadPool::instance().set_size(before);
}

TEST_F(CompiledGraphTest, FailureInsideSurfacesInTheResultsAndNowhereElse) {
  const auto compiled = compile({node("Sub", in, in), in});
  device.on_run["Sub"] = [](const Operands&) { return Status(Code::kInternal, "broken"); };
  const Value x = write({1, 2});
  const std::vector<Value> outputs = start(compiled, x);
  EXPECT_EQ(error_text(read(outputs[0]).first), "INTERNAL [Sub] broken");
  EXPECT_EQ(read(outputs[1]).second, (Floats{1, 2}));
  device.on_run.erase("Sub");
  EXPECT_TRUE(read(start(compiled, x)[0]).first.ok());
}

TEST_F(CompiledGraphTest, AnInputsErrorBecomesTheResults) {
  device.on_run["Sub"] = [](const Operands&) { return Status(Code::kInternal, "broken"); };
  const Value x = write({1, 2});
  const Value poisoned = call("Sub", x, x, {2});
  const auto compiled = compile({node("Add", in, constant)});
  EXPECT_EQ(error_text(read(start(compiled, poisoned)[0]).first), "INTERNAL [Sub] broken");
}

TEST_F(CompiledGraphTest, ARunThatIsCancelledEndsBeforeItsNextStep) {
  TensorId value = in;
  for (int i = 0; i < 10; ++i) value = node("Add", value, constant);
  const auto compiled = compile({value});
  const auto is_cancelled = std::make_shared<std::atomic<bool>>(false);
  int steps = 0;
  device.on_run["Add"] = [&](const Operands&) {
    if (++steps == 3) is_cancelled->store(true);
    return Status();
  };
  const Value x = write({1, 2});
  const auto begin = [&] {
    return must(replay(*session, compiled, {&x, 1}, {&desc, 1}, {.is_cancelled = is_cancelled}))[0];
  };
  EXPECT_EQ(error_text(read(begin()).first), "DISPOSED [] the run was cancelled");
  EXPECT_EQ(steps, 3);
  EXPECT_EQ(error_text(read(begin()).first), "DISPOSED [] the run was cancelled");
  EXPECT_EQ(steps, 3);
}

TEST_F(CompiledGraphTest, TimedRunsTellWhatTheStepsTook) {
  const auto compiled = compile({node("Add", node("Multiply", in, in), constant)});
  const Value x = write({1, 2});
  for (int i = 0; i < 3; ++i) {
    (void)read(must(replay(*session, compiled, {&x, 1}, {&desc, 1}, {.is_timed = true}))[0]);
  }
  const CompiledGraph::StepTimes times = compiled->step_times();
  EXPECT_EQ(times.runs, 3);
  ASSERT_EQ(times.ns.size(), 2u);
  EXPECT_GT(times.ns[0], 0);
}

TEST_F(CompiledGraphTest, ControlFlowIsRefused) {
  const int body = must(builder.subgraph(doubling("then", {2})));
  const int other = must(builder.subgraph(doubling("else", {2})));
  const TensorId flag = must(builder.input(desc_of({}, DType::kBool)));
  const auto outputs = must(builder.if_node({body, other}, {flag, in}));
  const Graph graph = must(builder.finish(outputs));
  const auto compiled =
      CompiledGraph::compile(graph, {}, runtime, session->queue().stream(), device.memory());
  EXPECT_EQ(error_text(compiled.status()),
            "UNSUPPORTED [If] node 0: control flow has no memory plan");
}

TEST_F(CompiledGraphTest, CompilesLaterOnceTheConstantsAreThere) {
  std::latch gate(1);
  session->call_body(
      [&gate](DeviceStream&, MemorySource&, std::span<const Storage>) {
        gate.wait();
        return Status();
      },
      {}, {});
  const Value sum = call("Add", write({1, 2}), write({3, 4}), {2});
  const TensorId computed = must(builder.constant(desc, sum.storage));
  auto graph = std::make_shared<const Graph>(must(builder.finish({node("Add", in, computed)})));
  Compilation compilation;
  const CallQueue::Ticket ticket = session->queue().newest();
  std::thread compiler(
      [&] { tfjs_native::compile(compilation, session->queue(), ticket, graph, {}, runtime); });
  EXPECT_EQ(compilation.state(), Compilation::State::kUnderWay);
  gate.count_down();
  compiler.join();
  ASSERT_EQ(compilation.state(), Compilation::State::kReady);
  EXPECT_EQ(read(start(compilation.compiled(), write({1, 1}))[0]).second, (Floats{5, 7}));
}

TEST_F(CompiledGraphTest, CompilingLetsGoOfWhatTheRecordedRunLeft) {
  const Value weights = write({1, 2});
  const auto form_of = [&](const char* key) {
    const auto make = []() -> Result<Buffer::Form> {
      return Buffer::Form(std::make_shared<int>(7));
    };
    Buffer& buffer = *weights.storage.buffer;
    return std::move(buffer.derived(key, make, Buffer::Keep::kWhileUsed).value());
  };
  const std::weak_ptr<const void> unused = form_of("eager");
  const Buffer::Form used = form_of("replayed");
  const TensorId id = must(builder.constant(desc, weights.storage));
  auto graph = std::make_shared<const Graph>(must(builder.finish({node("Add", in, id)})));
  const auto leave_memory = [&] {
    (void)write({1, 2});
    EXPECT_GT(runtime.pool.stats().pooled_bytes, 0u);
  };

  // Where it fails, calls go on one by one.
  leave_memory();
  device.on_prepare["first"] = Status(Code::kInternal, "no code");
  Compilation failed;
  tfjs_native::compile(failed, session->queue(), 0, graph, {}, runtime);
  ASSERT_EQ(failed.state(), Compilation::State::kFailed);
  EXPECT_FALSE(unused.expired());
  EXPECT_GT(runtime.pool.stats().pooled_bytes, 0u);

  device.on_prepare.clear();
  leave_memory();
  Compilation compilation;
  tfjs_native::compile(compilation, session->queue(), 0, graph, {}, runtime);
  ASSERT_EQ(compilation.state(), Compilation::State::kReady);
  EXPECT_TRUE(unused.expired());
  EXPECT_EQ(form_of("replayed"), used);
  EXPECT_EQ(runtime.pool.stats().pooled_bytes, 0u);
  EXPECT_EQ(read(start(compilation.compiled(), write({10, 20}))[0]).second, (Floats{11, 22}));
}

TEST_F(CompiledGraphTest, ACompilationEndsWithItsQueue) {
  const auto gate = std::make_shared<std::latch>(1);
  session->call_body(
      [gate](DeviceStream&, MemorySource&, std::span<const Storage>) {
        gate->wait();
        return Status();
      },
      {}, {});
  const Value sum = call("Add", write({1, 2}), write({3, 4}), {2});
  const TensorId computed = must(builder.constant(desc, sum.storage));
  auto graph = std::make_shared<const Graph>(must(builder.finish({node("Add", in, computed)})));
  Compilation compilation;
  const CallQueue::Ticket ticket = session->queue().newest();
  std::thread compiler(
      [&] { tfjs_native::compile(compilation, session->queue(), ticket, graph, {}, runtime); });
  std::thread closer([&] { session->close(); });
  gate->count_down();
  closer.join();
  compiler.join();
  // Whichever came first.
  EXPECT_NE(compilation.state(), Compilation::State::kUnderWay);
}

TEST_F(CompiledGraphTest, WhatCannotBePreparedFailsWithItsNode) {
  auto graph = std::make_shared<const Graph>(must(builder.finish({node("Add", in, constant)})));
  device.on_prepare["first"] = Status(Code::kInternal, "no code");
  Compilation compilation;
  tfjs_native::compile(compilation, session->queue(), 0, graph, {}, runtime);
  ASSERT_EQ(compilation.state(), Compilation::State::kFailed);
  EXPECT_EQ(error_text(compilation.error()), "INTERNAL [Add] node 0: no code");
}

}  // namespace
}  // namespace tfjs_native
