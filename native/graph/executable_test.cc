#include "graph/executable.h"

#include <gtest/gtest.h>

#include "graph/testing/graph_session.h"
#include "graph/verifier.h"

namespace tfjs_native {
namespace {

struct ExecutableTest : testing::Test, GraphSession {
  GraphBuilder builder{"main"};

  TensorId input(Shape shape, DType dtype = DType::kFloat32) {
    return must(builder.input(desc_of(std::move(shape), dtype)));
  }
  TensorId constant(const Floats& values) {
    return must(
        builder.constant(desc_of({static_cast<int64_t>(values.size())}), write(values).storage));
  }
  TensorId node(std::string_view op, std::vector<TensorId> inputs, Attrs attrs = {}) {
    return must(builder.node(op, std::move(attrs), std::move(inputs))).at(0);
  }
  std::shared_ptr<const Graph> finish(std::vector<TensorId> outputs) {
    Graph graph = must(builder.finish(std::move(outputs)));
    EXPECT_EQ(error_text(verify(graph)), "ok");
    return std::make_shared<const Graph>(std::move(graph));
  }
  std::string error_of(std::shared_ptr<const Graph> graph, std::vector<TensorDesc> inputs) {
    return error_text(specialise(std::move(graph), inputs, runtime.plans).status());
  }
};

TEST_F(ExecutableTest, EmptyGraph) {
  const auto executable = specialised(finish({}), {});
  EXPECT_TRUE(run(executable, {}).empty());
}

TEST_F(ExecutableTest, SharesPlansWithEagerCalls) {
  const Value x = write({1, 2});
  const Value w = write({10, 20});
  const PlannedCall eager = plan("Add", {2});
  const TensorId in = input({2});
  const auto executable =
      specialised(finish({node("Add", {in, constant({10, 20})})}), {desc_of({2})});
  EXPECT_EQ(executable->steps[0].call.plan.get(), eager.plan.get());
  EXPECT_EQ(read(call("Add", x, w, {2})).second, (Floats{11, 22}));
  EXPECT_EQ(run(executable, {x}), (std::vector<Floats>{{11, 22}}));
  EXPECT_EQ(device.prepared.size(), 1u);
}

TEST_F(ExecutableTest, OneGraphForSeveralShapes) {
  // What a kernel derives from the weights is made once, whichever executable runs.
  int packed = 0;
  const FakeDevice::Run add = device.on_run["Add"];
  device.on_run["Add"] = [&](const Operands& operands) {
    const auto form =
        operands.inputs[1].buffer->derived("packed", [&]() -> Result<std::shared_ptr<const void>> {
          ++packed;
          return std::shared_ptr<const void>(std::make_shared<int>(0));
        });
    return form.ok() ? add(operands) : form.status();
  };
  const TensorId sum = node("Add", {input({1, 2}), constant({10, 20})});
  const TensorId flat = node("Reshape", {sum}, attrs_of({{"shape", numbers({-1})}}));
  const auto graph = finish({flat});
  const auto one = specialised(graph, {desc_of({1, 2})});
  const auto three = specialised(graph, {desc_of({3, 2})});
  EXPECT_EQ(one->outputs[0], desc_of({2}));
  EXPECT_EQ(three->outputs[0], desc_of({6}));
  EXPECT_EQ(run(one, {write({1, 2})}), (std::vector<Floats>{{11, 22}}));
  EXPECT_EQ(run(three, {write({1, 2, 3, 4, 5, 6})}),
            (std::vector<Floats>{{11, 22, 13, 24, 15, 26}}));
  EXPECT_EQ(run(one, {write({0, 0})}), (std::vector<Floats>{{10, 20}}));
  EXPECT_EQ(packed, 1);
  EXPECT_EQ(one->graph, three->graph);
  EXPECT_NE(one->steps[0].call.plan.get(), three->steps[0].call.plan.get());
}

TEST_F(ExecutableTest, OutputsMayBeInputsConstantsOrTwice) {
  const TensorId x = input({2});
  const TensorId w = constant({10, 100});
  const TensorId sum = node("Add", {x, x});
  const auto executable = specialised(finish({x, w, sum, sum, x}), {desc_of({2})});
  const std::vector<Value> outputs = start(executable, {write({7, 8})});
  const std::vector<Floats> expected{{7, 8}, {10, 100}, {14, 16}, {14, 16}, {7, 8}};
  for (size_t i = 0; i < outputs.size(); ++i) {
    EXPECT_EQ(read(outputs[i]).second, expected[i]);
    for (size_t j = 0; j < i; ++j) {
      EXPECT_NE(outputs[i].storage.buffer.get(), outputs[j].storage.buffer.get());
    }
  }
}

TEST_F(ExecutableTest, ViewsAreWhereTheirInputIs) {
  const TensorId x = input({3, 2});
  const TensorId sum = node("Add", {x, x});
  const auto rows = must(builder.node("Unpack", attrs_of({{"axis", number(0)}}), {sum}));
  const TensorId slice =
      node("Slice", {x}, attrs_of({{"begin", numbers({1, 0})}, {"size", numbers({2, -1})}}));
  const TensorId row = node("Reshape", {rows[2]}, attrs_of({{"shape", numbers({1, 2})}}));
  const TensorId both = node("Add", {rows[0], rows[1]});
  const auto executable = specialised(finish({both, row, slice, rows[2]}), {desc_of({3, 2})});
  const Value in = write({1, 2, 3, 4, 5, 6});
  const int before = device.memory().allocations();
  EXPECT_EQ(run(executable, {in}),
            (std::vector<Floats>{{8, 12}, {10, 12}, {3, 4, 5, 6}, {10, 12}}));
  EXPECT_LE(device.memory().allocations(), before + 5);  // The sum, and each output.
}

TEST_F(ExecutableTest, LetsGoOfEachValueAfterItsLastUse) {
  const TensorId x = input({2});
  const TensorId a = node("Add", {x, x});
  const TensorId unused = node("Add", {a, x});
  const TensorId b = node("Multiply", {a, a});
  const auto executable = specialised(finish({b}), {desc_of({2})});
  const auto& steps = executable->steps;
  EXPECT_EQ(steps[0].last_uses, (std::vector<TensorId>{}));
  EXPECT_EQ(steps[1].last_uses, (std::vector<TensorId>{unused, x}));
  EXPECT_EQ(steps[2].last_uses, (std::vector<TensorId>{a}));
  EXPECT_EQ(run(executable, {write({1, 2})}), (std::vector<Floats>{{4, 16}}));
}

TEST_F(ExecutableTest, OutputsThatNobodyWants) {
  const TensorId x = input({2});
  const TensorId a = node("Add", {x, x});
  const auto rows = must(builder.node("Unpack", attrs_of({{"axis", number(0)}}), {a}));
  Graph graph = must(builder.finish({rows[1]}));
  graph.nodes[1].outputs[0] = kNoTensor;
  GraphNode dead = graph.nodes[0];
  dead.outputs[0] = kNoTensor;
  graph.nodes.push_back(dead);
  ASSERT_EQ(error_text(verify(graph)), "ok");
  const auto executable =
      specialised(std::make_shared<const Graph>(std::move(graph)), {desc_of({2})});
  EXPECT_EQ(run(executable, {write({1, 2})}), (std::vector<Floats>{{4}}));
}

TEST_F(ExecutableTest, RunTimeAttributesAreThoseOfTheNode) {
  device.on_run["ClipByValue"] = [](const Operands& operands) {
    EXPECT_EQ(operands.scalars.size(), 2u);
    operands.output<float>()[0] = static_cast<float>(operands.scalars[0]);
    operands.output<float>()[1] = static_cast<float>(operands.scalars[1]);
    return Status();
  };
  const TensorId x = input({2});
  const auto clip = [&](double low, double high) {
    return node("ClipByValue", {x},
                attrs_of({{"clipValueMin", number(low)}, {"clipValueMax", number(high)}}));
  };
  const TensorId narrow = clip(-1, 1);
  const TensorId wide = clip(-8, 8);
  const auto executable = specialised(finish({narrow, wide}), {desc_of({2})});
  EXPECT_EQ(run(executable, {write({0, 0})}), (std::vector<Floats>{{-1, 1}, {-8, 8}}));
  EXPECT_EQ(executable->steps[0].call.plan.get(), executable->steps[1].call.plan.get());
}

TEST_F(ExecutableTest, Errors) {
  const TensorId x = input({2});
  const TensorId w = constant({10, 20});
  (void)must(builder.node("Add", {}, {x, w}, "sum"));
  const auto graph = finish({});
  EXPECT_EQ(error_of(graph, {desc_of({2})}), "ok");
  EXPECT_EQ(error_of(graph, {}), "BAD_SHAPE [] expected 1 inputs, got 0");
  EXPECT_EQ(error_of(graph, {desc_of({2}, DType::kInt32)}),
            "BAD_DTYPE [] input 0: expected float32, got int32");
  EXPECT_EQ(error_of(graph, {desc_of({-2})}),
            "BAD_SHAPE [] shape [-2]: extents must not be negative");
  const std::string shape = error_of(graph, {desc_of({3})});
  EXPECT_TRUE(shape.starts_with("BAD_SHAPE [Add] node 'sum': ")) << shape;

  builder = GraphBuilder("main");
  (void)must(builder.node("Tanh", {}, {input({2})}, "bend"));
  EXPECT_EQ(error_of(finish({}), {desc_of({2})}),
            "UNSUPPORTED [Tanh] node 'bend': no kernel takes this call");

  // For another shape there would be more outputs than the graph has.
  builder = GraphBuilder("main");
  (void)must(builder.node("Unpack", attrs_of({{"axis", number(0)}}), {input({2})}, "rows"));
  const auto unpacking = finish({});
  EXPECT_EQ(error_of(unpacking, {desc_of({3})}),
            "BAD_MODEL [Unpack] node 'rows': expected 3 outputs, got 2");
}

struct ControlFlowRunTest : ExecutableTest {
  TensorId add_input(GraphBuilder& body, Shape shape, DType dtype = DType::kFloat32) {
    return must(body.input(desc_of(std::move(shape), dtype)));
  }
  /// x -> x + x, or x -> x under that name.
  Graph passing(std::string name) {
    GraphBuilder body(std::move(name));
    const TensorId x = add_input(body, {2});
    return must(body.finish({x}));
  }
  /// The first of three flags.
  Graph first_flag() {
    GraphBuilder body("condition");
    const TensorId flag = add_input(body, {}, DType::kBool);
    for (int i = 0; i < 2; ++i) (void)add_input(body, {}, DType::kBool);
    (void)add_input(body, {2});
    return must(body.finish({flag}));
  }
  /// Moves the flags on by one, and doubles x.
  Graph next_flag() {
    GraphBuilder body("body");
    (void)add_input(body, {}, DType::kBool);
    const TensorId second = add_input(body, {}, DType::kBool);
    const TensorId third = add_input(body, {}, DType::kBool);
    const TensorId x = add_input(body, {2});
    const TensorId sum = must(body.node("Add", {}, {x, x}))[0];
    return must(body.finish({second, third, third, sum}));
  }
};

TEST_F(ControlFlowRunTest, IfRunsOneBody) {
  const TensorId flag = input({}, DType::kBool);
  const TensorId x = input({2});
  const int doubles = must(builder.subgraph(doubling("doubles", {2})));
  const int passes = must(builder.subgraph(passing("passes")));
  const TensorId chosen = must(builder.if_node({doubles, passes}, {flag, x})).at(0);
  const TensorId sum = node("Add", {chosen, x});
  const auto graph = finish({sum, chosen});
  const auto executable = specialised(graph, {desc_of({}, DType::kBool), desc_of({2})});
  EXPECT_EQ(run(executable, {write_flag(true), write({1, 2})}),
            (std::vector<Floats>{{3, 6}, {2, 4}}));
  EXPECT_EQ(run(executable, {write_flag(false), write({1, 2})}),
            (std::vector<Floats>{{2, 4}, {1, 2}}));
  // Bodies are specialised for the shapes that reach them.
  const auto wide = specialised(graph, {desc_of({}, DType::kBool), desc_of({3})});
  EXPECT_EQ(run(wide, {write_flag(true), write({1, 2, 3})}),
            (std::vector<Floats>{{3, 6, 9}, {2, 4, 6}}));
}

TEST_F(ControlFlowRunTest, WhileRunsUntilItsConditionIsFalse) {
  std::vector<TensorId> variables;
  for (int i = 0; i < 3; ++i) variables.push_back(input({}, DType::kBool));
  variables.push_back(input({2}));
  const int condition = must(builder.subgraph(first_flag()));
  const int body = must(builder.subgraph(next_flag()));
  const auto last = must(builder.while_node({condition, body}, variables));
  const auto executable =
      specialised(finish({last[3]}), {desc_of({}, DType::kBool), desc_of({}, DType::kBool),
                                      desc_of({}, DType::kBool), desc_of({2})});
  const auto result_of = [&](bool a, bool b, bool c) {
    return run(executable, {write_flag(a), write_flag(b), write_flag(c), write({1, 2})})[0];
  };
  EXPECT_EQ(result_of(false, true, true), (Floats{1, 2}));
  EXPECT_EQ(result_of(true, false, true), (Floats{2, 4}));
  EXPECT_EQ(result_of(true, true, false), (Floats{4, 8}));
}

TEST_F(ControlFlowRunTest, ErrorsOfBodiesSurface) {
  const TensorId flag = input({}, DType::kBool);
  const TensorId x = input({2});
  const int doubles = must(builder.subgraph(doubling("doubles", {2})));
  const int passes = must(builder.subgraph(passing("passes")));
  const auto chosen = must(builder.if_node({doubles, passes}, {flag, x}));
  const auto executable = specialised(finish(chosen), {desc_of({}, DType::kBool), desc_of({2})});
  device.on_run["Add"] = [](const Operands&) { return Status(Code::kInternal, "broken"); };
  const Value fine = start(executable, {write_flag(false), write({1, 2})})[0];
  EXPECT_EQ(error_text(read(fine).first), "ok");
  const Value broken = start(executable, {write_flag(true), write({1, 2})})[0];
  EXPECT_EQ(error_text(read(broken).first), "INTERNAL [Add] broken");
}

}  // namespace
}  // namespace tfjs_native
