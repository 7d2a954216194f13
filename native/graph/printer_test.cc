#include "graph/printer.h"

#include <gtest/gtest.h>

#include "graph/testing/graph_parts.h"

namespace tfjs_native {
namespace {

AttrValue padding(Padding value) {
  AttrValue attr;
  attr.present = true;
  attr.padding = std::move(value);
  return attr;
}

struct PrinterTest : testing::Test, ConstantMemory {};

TEST_F(PrinterTest, EmptyGraph) {
  EXPECT_EQ(to_text(must(GraphBuilder("nothing").finish({}))),
            "graph nothing() {\n"
            "  return\n"
            "}\n");
}

TEST_F(PrinterTest, TensorsNodesAndAttributes) {
  GraphBuilder builder("main");
  const TensorId x = must(builder.input(desc_of({1, 4, 4, 3}), "x"));
  const TensorDesc weights = desc_of({3, 3, 3, 2});
  Storage storage = this->storage(weights.size_bytes() + 64);
  storage.offset_bytes = 64;
  const TensorId w = must(builder.constant(weights, storage, "w"));
  Padding one;
  one.kind = Padding::Kind::kNumber;
  one.values = {1};
  const auto conv = must(builder.node("FusedConv2D",
                                      attrs_of({{"strides", numbers({1, 1})},
                                                {"pad", padding(one)},
                                                {"dimRoundingMode", choice("floor")},
                                                {"activation", choice("leakyrelu")},
                                                {"leakyreluAlpha", number(0.1)}}),
                                      {x, w, kNoTensor, kNoTensor}, "conv"));
  const auto top =
      must(builder.node("TopK", attrs_of({{"k", number(2)}, {"sorted", flag(true)}}), conv));
  Padding same;
  same.kind = Padding::Kind::kSame;
  AttrValue three = number(3);
  three.single = true;
  const auto pool = must(builder.node(
      "MaxPool",
      attrs_of({{"filterSize", three}, {"strides", numbers({2, 2})}, {"pad", padding(same)}}),
      {x}));
  const auto cast = must(
      builder.node("Cast", attrs_of({{"dtype", number(static_cast<double>(DType::kInt32))}}), {w}));
  builder.name_tensor(top[1], "indices");
  const auto list = must(builder.node("AddN", {}, {x, x}));
  EXPECT_EQ(to_text(must(builder.finish({top[1], x, x, list[0], cast[0], pool[0]}))),
            R"(graph main(%0 "x": float32[1,4,4,3]) {
  %1 "w": float32[3,3,3,2] = constant at byte 64
  %2: float32[1,4,4,2] = FusedConv2D(x: %0, filter: %1, bias: -, preluActivationWeights: -) )"
            R"({strides: [1,1], pad: 1, dimRoundingMode: floor, activation: leakyrelu, )"
            R"(leakyreluAlpha: 0.1} "conv"
  %3: float32[1,4,4,2], %4 "indices": int32[1,4,4,2] = TopK(x: %2) {k: 2, sorted: true}
  %5: float32[1,2,2,3] = MaxPool(x: %0) {filterSize: 3, strides: [2,2], pad: same}
  %6: constant int32[3,3,3,2] = Cast(x: %1) {dtype: int32}
  %7: float32[1,4,4,3] = AddN(%0, %0)
  return %4, %0, %0, %7, %6, %5
}
)");
}

TEST_F(PrinterTest, ControlFlow) {
  GraphBuilder builder("main");
  const TensorId condition = must(builder.input(desc_of({}, DType::kBool), "flag"));
  const TensorId x = must(builder.input(desc_of({2})));
  const int then_body = must(builder.subgraph(doubling("then", {2})));
  const int else_body = must(builder.subgraph(doubling("else", {2})));
  const auto outputs = must(builder.if_node({then_body, else_body}, {condition, x}, "choice"));
  EXPECT_EQ(to_text(must(builder.finish(outputs))),
            R"(graph main(%0 "flag": bool[], %1: float32[2]) {
  graph then(%0 "x": float32[2]) {
    %1: float32[2] = Add(a: %0, b: %0)
    return %1
  }
  graph else(%0 "x": float32[2]) {
    %1: float32[2] = Add(a: %0, b: %0)
    return %1
  }
  %2: float32[2] = If(condition: %0, %1) then else "choice"
  return %2
}
)");
}

TEST_F(PrinterTest, MalformedGraphs) {
  Graph graph = doubling("main", {2});
  graph.nodes[0].inputs = {7, -3};
  graph.nodes[0].outputs = {9, kNoTensor};
  graph.inputs = {kNoTensor};
  GraphNode loop;
  loop.kind = NodeKind::kWhile;
  loop.bodies = {4, -4};
  graph.nodes.push_back(loop);
  graph.nodes.emplace_back();
  EXPECT_EQ(to_text(graph),
            "graph main(-) {\n"
            "  %9, - = Add(a: %7, b: %-3)\n"
            "  While() ? ?\n"
            "  ?()\n"
            "  return %1\n"
            "}\n");
}

}  // namespace
}  // namespace tfjs_native
