#include "graph/builder.h"

#include <gtest/gtest.h>

#include "graph/printer.h"
#include "graph/testing/graph_parts.h"
#include "graph/verifier.h"

namespace tfjs_native {
namespace {

struct GraphBuilderTest : testing::Test, ConstantMemory {
  GraphBuilder builder{"main"};

  TensorId input(Shape shape, DType dtype = DType::kFloat32) {
    return must(builder.input(desc_of(std::move(shape), dtype)));
  }
  const TensorDesc& desc(TensorId id) { return builder.tensor(id).desc; }
  TensorId constant(Shape shape) {
    const TensorDesc desc = desc_of(std::move(shape));
    return must(builder.constant(desc, storage_for(desc)));
  }
  TensorId node(std::string_view op, std::vector<TensorId> inputs, Attrs attrs = {}) {
    return must(builder.node(op, std::move(attrs), std::move(inputs))).at(0);
  }
  std::string error_of(std::string_view op, std::vector<TensorId> inputs, Attrs attrs = {}) {
    return error_text(builder.node(op, std::move(attrs), std::move(inputs), "n").status());
  }
};

TEST_F(GraphBuilderTest, InfersWhatItBuilds) {
  const TensorId x = input({2, 3});
  const TensorId product = node("BatchMatMul", {x, constant({3, 5})});
  EXPECT_EQ(desc(product), desc_of({2, 5}));
  EXPECT_EQ(desc(node("Greater", {product, input({5})})), desc_of({2, 5}, DType::kBool));
  const auto parts = must(builder.node(
      "SplitV", attrs_of({{"numOrSizeSplits", numbers({1, 4})}, {"axis", number(1)}}), {product}));
  ASSERT_EQ(parts.size(), 2u);
  EXPECT_EQ(desc(parts[1]), desc_of({2, 4}));
  const Graph graph = must(builder.finish({parts[1], product}));
  EXPECT_EQ(error_text(verify(graph)), "ok");
  EXPECT_EQ(graph.nodes.size(), 3u);
  EXPECT_EQ(graph.outputs, (std::vector<TensorId>{parts[1], product}));
}

TEST_F(GraphBuilderTest, AbsentInputs) {
  const TensorId x = input({1, 2, 2, 3});
  const TensorId channels = input({3});
  const TensorId y = node("FusedBatchNorm", {x, channels, channels, kNoTensor, kNoTensor});
  EXPECT_EQ(desc(y), desc_of({1, 2, 2, 3}));
  EXPECT_EQ(error_of("FusedBatchNorm", {x, kNoTensor, channels, kNoTensor, kNoTensor}),
            "BAD_MODEL [FusedBatchNorm] node 'n': mean: expected a tensor, got none");
  EXPECT_EQ(error_of("AddN", {x, kNoTensor}),
            "BAD_MODEL [AddN] node 'n': input 1: expected a tensor, got none");
}

TEST_F(GraphBuilderTest, ErrorsNameNodeAndOperator) {
  const TensorId x = input({2, 3});
  EXPECT_EQ(error_of("NoSuchOperator", {x}),
            "UNSUPPORTED [NoSuchOperator] node 'n': no such operator");
  EXPECT_EQ(error_of("Add", {x}), "BAD_MODEL [Add] node 'n': expected 2 inputs, got 1");
  EXPECT_EQ(error_of("Add", {x, 7}),
            "BAD_MODEL [Add] node 'n': expected one of the graph's 1 tensors, got number 7");
  EXPECT_EQ(error_of("Add", {x, -2}),
            "BAD_MODEL [Add] node 'n': expected one of the graph's 1 tensors, got number -2");
  const std::string shapes = error_of("BatchMatMul", {x, x});
  EXPECT_TRUE(shapes.starts_with("BAD_SHAPE [BatchMatMul] node 'n': ")) << shapes;
  // Without a name it is the node's number.
  const Status status = builder.node("Add", {}, {x}).status();
  EXPECT_EQ(error_text(status), "BAD_MODEL [Add] node 0: expected 2 inputs, got 1");
}

TEST_F(GraphBuilderTest, AttributesAreThoseOfTheRow) {
  const TensorId x = input({4});
  EXPECT_EQ(error_of("TopK", {x}), "BAD_ATTR [TopK] node 'n': k: expected a value, got none");
  EXPECT_EQ(error_of("TopK", {x}, attrs_of({{"k", choice("two")}})),
            "BAD_ATTR [TopK] node 'n': k: expected a number");
  EXPECT_EQ(error_of("TopK", {x}, attrs_of({{"k", number(2)}, {"count", number(2)}})),
            "BAD_ATTR [TopK] node 'n': count: not an attribute of the operator");
  EXPECT_EQ(error_of("Cast", {x}, attrs_of({{"dtype", number(1e9)}})),
            "BAD_ATTR [Cast] node 'n': dtype: expected a dtype");
  const Attrs to_bfloat16 = attrs_of({{"dtype", number(static_cast<double>(DType::kBFloat16))}});
  EXPECT_EQ(desc(node("Cast", {x}, to_bfloat16)), desc_of({4}, DType::kBFloat16));
  EXPECT_EQ(error_of("Sum", {x}, attrs_of({{"axis", choice("last")}})),
            "BAD_ATTR [Sum] node 'n': axis: expected numbers");
  EXPECT_EQ(error_of("SearchSorted", {x, x}, attrs_of({{"side", choice("middle")}})),
            "BAD_ATTR [SearchSorted] node 'n': side: expected one of the texts that the operator "
            "knows");
}

TEST_F(GraphBuilderTest, WhatFailsAddsNothing) {
  const TensorId x = input({2});
  const TensorId y = node("Relu", {x});
  EXPECT_NE(error_of("Add", {x}), "ok");
  EXPECT_FALSE(builder.constant(desc_of({100}), storage(4)).ok());
  EXPECT_FALSE(builder.input(desc_of({-1})).ok());
  const Graph graph = must(builder.finish({y}));
  EXPECT_EQ(to_text(graph),
            "graph main(%0: float32[2]) {\n"
            "  %1: float32[2] = Relu(x: %0)\n"
            "  return %1\n"
            "}\n");
}

TEST_F(GraphBuilderTest, ConstantIsWhatComesOfConstantsOnly) {
  TensorDesc claims_to_be = desc_of({2});
  claims_to_be.is_constant = true;
  const TensorId x = must(builder.input(claims_to_be));
  EXPECT_FALSE(desc(x).is_constant);
  const TensorId w = constant({2});
  EXPECT_TRUE(desc(w).is_constant);
  const TensorId doubled = node("Add", {w, w});
  EXPECT_TRUE(desc(doubled).is_constant);
  EXPECT_TRUE(desc(node("Reshape", {w}, attrs_of({{"shape", numbers({2, 1})}}))).is_constant);
  EXPECT_FALSE(desc(node("Add", {doubled, x})).is_constant);
  EXPECT_TRUE(desc(node("Fill", {}, attrs_of({{"shape", numbers({2})}, {"value", number(3)}})))
                  .is_constant);
  EXPECT_EQ(error_text(verify(must(builder.finish({})))), "ok");
}

TEST_F(GraphBuilderTest, ConstantsHaveTheirBytes) {
  const auto error_of_constant = [&](Shape shape, Storage values) {
    return error_text(builder.constant(desc_of(std::move(shape)), std::move(values)).status());
  };
  Storage values = storage(16);
  EXPECT_EQ(error_of_constant({2, 2}, values), "ok");
  EXPECT_EQ(error_of_constant({}, values), "ok");
  EXPECT_EQ(error_of_constant({0}, storage(0)), "ok");
  EXPECT_EQ(error_of_constant({5}, values), "BAD_MODEL [] float32[5]: expected 20 bytes, got 16");
  values.offset_bytes = 8;
  EXPECT_EQ(error_of_constant({2}, values), "ok");
  EXPECT_EQ(error_of_constant({3}, values), "BAD_MODEL [] float32[3]: expected 12 bytes, got 8");
  values.offset_bytes = 6;
  EXPECT_EQ(error_of_constant({1}, values),
            "BAD_MODEL [] float32[1]: expected an offset of whole elements, got 6 bytes");
  values.offset_bytes = 20;
  EXPECT_EQ(error_of_constant({0}, values), "BAD_MODEL [] float32[0]: expected 0 bytes, got 0");
  EXPECT_EQ(error_of_constant({1}, {}),
            "BAD_MODEL [] expected a description of a constant, and its values");
  EXPECT_TRUE(error_of_constant({-1}, values).starts_with("BAD_SHAPE"));
}

TEST_F(GraphBuilderTest, EmptyGraphAndOutputsThatNothingComputes) {
  EXPECT_EQ(error_text(verify(must(GraphBuilder("empty").finish({})))), "ok");
  const TensorId x = input({2});
  const TensorId w = constant({3});
  const Graph graph = must(builder.finish({w, x, x}));
  EXPECT_EQ(error_text(verify(graph)), "ok");
  EXPECT_EQ(graph.outputs.size(), 3u);
  EXPECT_EQ(error_text(GraphBuilder("none").finish({0}).status()),
            "BAD_MODEL [] expected one of the graph's 0 tensors, got number 0");
}

struct ControlFlowTest : GraphBuilderTest {
  /// i, x -> i < 3
  Graph below_three() {
    GraphBuilder body("below_three");
    const TensorId i = must(body.input(desc_of({}, DType::kInt32), "i"));
    (void)must(body.input(desc_of({2})));
    const TensorDesc three = desc_of({}, DType::kInt32);
    const TensorId limit = must(body.constant(three, storage_for(three)));
    return must(body.finish(must(body.node("Less", {}, {i, limit}))));
  }
  /// i, x -> i + 1, x * x
  Graph step() {
    GraphBuilder body("step");
    const TensorDesc scalar = desc_of({}, DType::kInt32);
    const TensorId i = must(body.input(scalar, "i"));
    const TensorId x = must(body.input(desc_of({2}), "x"));
    const TensorId one = must(body.constant(scalar, storage_for(scalar)));
    return must(body.finish(
        {must(body.node("Add", {}, {i, one}))[0], must(body.node("Multiply", {}, {x, x}))[0]}));
  }
};

TEST_F(ControlFlowTest, IfGivesWhatItsBodiesGive) {
  const TensorId condition = input({}, DType::kBool);
  const TensorId x = input({2});
  const int then_body = must(builder.subgraph(doubling("then", {2})));
  const int else_body = must(builder.subgraph(doubling("else", {2})));
  const auto outputs = must(builder.if_node({then_body, else_body}, {condition, x}, "choice"));
  ASSERT_EQ(outputs.size(), 1u);
  EXPECT_EQ(desc(outputs[0]), desc_of({2}));
  const Graph graph = must(builder.finish(outputs));
  EXPECT_EQ(error_text(verify(graph)), "ok");
  EXPECT_EQ(graph.subgraphs.size(), 2u);
}

TEST_F(ControlFlowTest, WhileKeepsTheTypesOfItsVariables) {
  const TensorId i = input({}, DType::kInt32);
  const TensorId x = input({2});
  const int condition = must(builder.subgraph(below_three()));
  const int body = must(builder.subgraph(step()));
  const auto outputs = must(builder.while_node({condition, body}, {i, x}, "loop"));
  ASSERT_EQ(outputs.size(), 2u);
  EXPECT_EQ(desc(outputs[0]), desc_of({}, DType::kInt32));
  EXPECT_EQ(error_text(verify(must(builder.finish(outputs)))), "ok");
}

TEST_F(ControlFlowTest, BodiesMustFit) {
  const TensorId condition = input({}, DType::kBool);
  const TensorId i = input({}, DType::kInt32);
  const TensorId x = input({2});
  const TensorId wide = input({3});
  const int doubles = must(builder.subgraph(doubling("doubles", {2})));
  const int doubles_wide = must(builder.subgraph(doubling("doubles_wide", {3})));
  const int continues = must(builder.subgraph(below_three()));
  const int steps = must(builder.subgraph(step()));
  const auto error_of_if = [&](std::vector<int> bodies, std::vector<TensorId> inputs) {
    return error_text(builder.if_node(std::move(bodies), std::move(inputs), "n").status());
  };
  const auto error_of_while = [&](std::vector<int> bodies, std::vector<TensorId> inputs) {
    return error_text(builder.while_node(std::move(bodies), std::move(inputs), "n").status());
  };
  EXPECT_EQ(error_of_if({doubles, doubles}, {condition, x}), "ok");
  EXPECT_EQ(
      error_of_if({doubles, doubles_wide}, {condition, x}),
      "BAD_MODEL [If] node 'n': subgraph doubles_wide: input 0 is declared as float32[3], but "
      "is float32[2]");
  EXPECT_EQ(error_of_if({doubles, steps}, {condition, i, x}),
            "BAD_MODEL [If] node 'n': subgraph doubles: expected 1 inputs, got 2");
  EXPECT_EQ(error_of_if({continues, steps}, {condition, i, x}),
            "BAD_MODEL [If] node 'n': below_three has 1 results, step 2");
  EXPECT_EQ(error_of_if({doubles, doubles}, {x, x}),
            "BAD_MODEL [If] node 'n': condition: expected bool[], got float32[2]");
  EXPECT_EQ(error_of_if({doubles, doubles}, {}),
            "BAD_MODEL [If] node 'n': condition: expected bool[], got none");
  EXPECT_EQ(error_of_if({doubles}, {condition, x}),
            "BAD_MODEL [If] node 'n': expected 2 bodies, got 1");
  EXPECT_EQ(error_of_if({doubles, 9}, {condition, x}),
            "BAD_MODEL [If] node 'n': expected a body of 4 subgraphs, got number 9");
  EXPECT_EQ(error_of_while({continues, steps}, {i, x}), "ok");
  EXPECT_EQ(error_of_while({continues, continues}, {i, x}),
            "BAD_MODEL [While] node 'n': below_three: expected a result for each of 2 variables, "
            "got 1");
  EXPECT_EQ(error_of_while({steps, steps}, {i, x}),
            "BAD_MODEL [While] node 'n': step: expected one result, got 2");
  EXPECT_EQ(error_of_while({doubles, doubles}, {x}),
            "BAD_MODEL [While] node 'n': doubles: expected bool[], got float32[2]");
  EXPECT_EQ(error_of_while({continues, steps}, {x, x}),
            "BAD_MODEL [While] node 'n': subgraph below_three: input 0: expected int32, got "
            "float32");
  EXPECT_EQ(error_of_while({continues, steps}, {i, wide}),
            "BAD_MODEL [While] node 'n': subgraph below_three: input 1 is declared as float32[2], "
            "but is float32[3]");
  EXPECT_EQ(error_text(builder.subgraph(doubling("doubles", {1})).status()),
            "BAD_MODEL [] subgraphs: there are two named doubles");
  EXPECT_EQ(error_text(builder.subgraph(doubling("", {1})).status()),
            "BAD_MODEL [] subgraphs: expected a name, got none");
}

}  // namespace
}  // namespace tfjs_native
