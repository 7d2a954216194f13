#include "graph/share_constants.h"

#include <gtest/gtest.h>

#include <latch>
#include <thread>

#include "graph/compilation.h"
#include "graph/testing/graph_session.h"

namespace tfjs_native {
namespace {

constexpr int64_t kCount = 2048;  // Elements of what is worth sharing.
constexpr size_t kBytes = kCount * sizeof(float);

struct ShareConstantsTest : testing::Test, TestSession {
  const TensorDesc desc = desc_of({kCount});

  Value filled(float value) { return write(Floats(kCount, value)); }
  std::shared_ptr<const CompiledGraph> compile(const Graph& graph) {
    return must(
        CompiledGraph::compile(graph, {}, runtime, session->queue().stream(), session->memory()));
  }
  /// x -> x + constant
  Graph adding(const Storage& constant) {
    GraphBuilder builder("main");
    const TensorId x = must(builder.input(desc));
    const TensorId c = must(builder.constant(desc, constant));
    return must(builder.finish(must(builder.node("Add", {}, {x, c}))));
  }
  /// x -> x + (a + b)
  Graph adding_sum(const Storage& a, const Storage& b) {
    GraphBuilder builder("main");
    const TensorId x = must(builder.input(desc));
    const TensorId first = must(builder.constant(desc, a));
    const TensorId second = must(builder.constant(desc, b));
    const auto sum = must(builder.node("Add", {}, {first, second}));
    return must(builder.finish(must(builder.node("Add", {}, {x, sum[0]}))));
  }
  Floats run(const std::shared_ptr<const CompiledGraph>& compiled, const Value& x) {
    const auto outputs = must(replay(*session, compiled, {&x, 1}, {&desc, 1}));
    return read(outputs.at(0)).second;
  }
  static const Buffer* only_constant(const CompiledGraph& compiled) {
    const Buffer* only = nullptr;
    for (const GraphTensor& tensor : compiled.graph().tensors) {
      if (!tensor.constant.buffer) continue;
      EXPECT_EQ(only, nullptr);
      only = tensor.constant.buffer.get();
    }
    return only;
  }
};

TEST_F(ShareConstantsTest, GraphsWithEqualConstantsHoldThemOnce) {
  const Value a = filled(1);
  const Value b = filled(1);
  const Value other = filled(2);
  const auto first = compile(adding(a.storage));
  const auto second = compile(adding(b.storage));
  const auto third = compile(adding(other.storage));
  EXPECT_EQ(only_constant(*first), a.storage.buffer.get());
  EXPECT_EQ(only_constant(*second), a.storage.buffer.get());
  EXPECT_EQ(only_constant(*third), other.storage.buffer.get());
  EXPECT_EQ(run(first, filled(3)), Floats(kCount, 4));
  EXPECT_EQ(run(second, filled(3)), Floats(kCount, 4));
  EXPECT_EQ(run(third, filled(3)), Floats(kCount, 5));

  EXPECT_TRUE(first->take_exchanges().empty());
  const std::vector<BufferExchange> exchanges = second->take_exchanges();
  ASSERT_EQ(exchanges.size(), 1u);
  EXPECT_EQ(exchanges[0].from.get(), b.storage.buffer.get());
  EXPECT_EQ(exchanges[0].to.get(), a.storage.buffer.get());
  EXPECT_TRUE(second->take_exchanges().empty());
}

TEST_F(ShareConstantsTest, WhatPassesComputeIsSharedToo) {
  const Value a = filled(1);
  const Value b = filled(2);
  const auto first = compile(adding_sum(a.storage, b.storage));
  const auto second = compile(adding_sum(a.storage, b.storage));
  const Buffer* const sum = only_constant(*first);
  ASSERT_NE(sum, nullptr);
  EXPECT_NE(sum, a.storage.buffer.get());
  EXPECT_EQ(only_constant(*second), sum);
  EXPECT_TRUE(second->take_exchanges().empty());
  EXPECT_EQ(run(second, filled(3)), Floats(kCount, 6));
}

TEST_F(ShareConstantsTest, PartsStayWhereTheyAreInTheirBuffer) {
  Floats halves(2 * kCount, 1);
  std::fill(halves.begin() + kCount, halves.end(), 2.0f);
  const Value a = write(halves);
  const Value b = write(halves);
  compile(adding(a.storage));
  const auto lower = compile(adding({a.storage.buffer}));
  const auto upper = compile(adding({b.storage.buffer, kBytes}));
  EXPECT_EQ(only_constant(*upper), only_constant(*lower));
  EXPECT_EQ(run(lower, filled(3)), Floats(kCount, 4));
  EXPECT_EQ(run(upper, filled(3)), Floats(kCount, 5));
}

TEST_F(ShareConstantsTest, WhatNobodyUsesAnyMoreIsFreed) {
  auto first = compile(adding(filled(1).storage));
  auto second = compile(adding(filled(1).storage));
  (void)second->take_exchanges();
  EXPECT_EQ(runtime.pool.stats().live_bytes, kBytes);
  first.reset();
  EXPECT_EQ(run(second, filled(3)), Floats(kCount, 4));
  EXPECT_EQ(runtime.constants.size(), 1u);
  second.reset();
  session->synchronize();
  worker.settle();
  EXPECT_EQ(runtime.pool.stats().live_bytes, 0u);
  EXPECT_EQ(runtime.constants.size(), 0u);
}

TEST_F(ShareConstantsTest, OnceCompiledTheExchangedOnesAreNobodysElse) {
  const auto first = compile(adding(filled(1).storage));
  Compilation compilation;
  tfjs_native::compile(compilation, session->queue(), session->queue().newest(),
                       std::make_shared<const Graph>(adding(filled(1).storage)), {}, runtime);
  ASSERT_EQ(compilation.state(), Compilation::State::kReady);
  EXPECT_EQ(compilation.compiled()->take_exchanges().size(), 1u);
  EXPECT_EQ(runtime.pool.stats().live_bytes, kBytes);
}

TEST(ShareConstants, MemoryOfOtherDevicesIsNotRead) {
  struct AheadSession : TestSession {
    AheadSession() : TestSession(true) {}
  } ahead;
  Storage storages[2];
  for (Storage& storage : storages) storage = ahead.write(Floats(kCount, 1)).storage;
  for (const Storage& storage : storages) {
    GraphBuilder builder("main");
    const TensorDesc desc = desc_of({kCount});
    const TensorId x = must(builder.input(desc));
    const TensorId c = must(builder.constant(desc, storage));
    const Graph graph = must(builder.finish(must(builder.node("Add", {}, {x, c}))));
    const auto compiled = must(CompiledGraph::compile(
        graph, {}, ahead.runtime, ahead.session->queue().stream(), ahead.session->memory()));
    EXPECT_TRUE(compiled->take_exchanges().empty());
  }
  EXPECT_EQ(ahead.runtime.constants.size(), 0u);
}

}  // namespace
}  // namespace tfjs_native
