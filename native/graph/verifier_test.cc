#include "graph/verifier.h"

#include <gtest/gtest.h>

#include <functional>
#include <utility>

#include "graph/testing/graph_parts.h"

namespace tfjs_native {
namespace {

struct VerifierTest : testing::Test, ConstantMemory {
  // Tensors and nodes of good().
  static constexpr TensorId kX = 0;
  static constexpr TensorId kW = 1;
  static constexpr TensorId kSum = 2;
  static constexpr TensorId kChosen = 4;

  /// A little of everything.
  Graph good() {
    GraphBuilder builder("main");
    const TensorId x = must(builder.input(desc_of({2}), "x"));
    const TensorDesc desc = desc_of({2});
    const TensorId w = must(builder.constant(desc, storage_for(desc), "w"));
    const auto sum = must(builder.node("Add", {}, {x, w}, "sum"));
    const auto product = must(builder.node("Multiply", {}, {sum[0], w}, "product"));
    const int body = must(builder.subgraph(doubling("body", {2})));
    const auto chosen = must(builder.node("Relu", {}, product, "chosen"));
    EXPECT_EQ(body, 0);
    EXPECT_EQ(chosen[0], kChosen);
    return must(builder.finish(chosen));
  }

  std::string error_after(const std::function<void(Graph&)>& change) {
    Graph graph = good();
    change(graph);
    return error_text(verify(graph));
  }
};

TEST_F(VerifierTest, AcceptsWhatIsWellFormed) {
  EXPECT_EQ(error_after([](Graph&) {}), "ok");
  // Tensors that nobody uses, and outputs that nobody wants.
  EXPECT_EQ(error_after([](Graph& graph) {
              graph.nodes.pop_back();
              graph.nodes.back().outputs[0] = kNoTensor;
              graph.outputs = {kSum};
            }),
            "ok");
}

TEST_F(VerifierTest, Order) {
  EXPECT_EQ(
      error_after([](Graph& graph) { std::swap(graph.nodes[0], graph.nodes[1]); }),
      "BAD_MODEL [Multiply] node 'product': inputs: nothing before it gives tensor 2 a value");
  EXPECT_EQ(error_after([](Graph& graph) { graph.nodes[0].inputs[0] = kSum; }),
            "BAD_MODEL [Add] node 'sum': inputs: nothing before it gives tensor 2 a value");
  EXPECT_EQ(error_after([](Graph& graph) { graph.nodes.clear(); }),
            "BAD_MODEL [] outputs of the graph: nothing before it gives tensor 4 a value");
  EXPECT_EQ(error_after([](Graph& graph) { graph.inputs.clear(); }),
            "BAD_MODEL [Add] node 'sum': inputs: nothing before it gives tensor 0 a value");
}

TEST_F(VerifierTest, EachTensorHasOneValue) {
  EXPECT_EQ(error_after([](Graph& graph) { graph.nodes[1].outputs[0] = kSum; }),
            "BAD_MODEL [Multiply] node 'product': outputs: tensor 2 has a value already");
  EXPECT_EQ(error_after([](Graph& graph) { graph.inputs.push_back(kX); }),
            "BAD_MODEL [] inputs: tensor 0 has a value already");
  EXPECT_EQ(error_after([&](Graph& graph) { graph.tensors[kX].constant = storage(8); }),
            "BAD_MODEL [] constants: tensor 0 has a value already");
  EXPECT_EQ(error_after([&](Graph& graph) {
              graph.tensors[kSum].constant = storage(8);
              graph.tensors[kSum].desc.is_constant = true;
            }),
            "BAD_MODEL [Add] node 'sum': outputs: tensor 2 has a value already");
}

TEST_F(VerifierTest, NumbersOfTensors) {
  EXPECT_EQ(error_after([](Graph& graph) { graph.inputs[0] = 9; }),
            "BAD_MODEL [] inputs: expected one of 5 tensors, got number 9");
  EXPECT_EQ(error_after([](Graph& graph) { graph.inputs[0] = kNoTensor; }),
            "BAD_MODEL [] inputs: expected one of 5 tensors, got number -1");
  EXPECT_EQ(error_after([](Graph& graph) { graph.nodes[0].inputs[1] = 5; }),
            "BAD_MODEL [Add] node 'sum': inputs: expected one of 5 tensors, got number 5");
  EXPECT_EQ(error_after([](Graph& graph) { graph.nodes[0].outputs[0] = -7; }),
            "BAD_MODEL [Add] node 'sum': outputs: expected one of 5 tensors, got number -7");
  EXPECT_EQ(error_after([](Graph& graph) { graph.outputs[0] = kNoTensor; }),
            "BAD_MODEL [] outputs of the graph: expected one of 5 tensors, got number -1");
}

TEST_F(VerifierTest, Nodes) {
  EXPECT_EQ(error_after([](Graph& graph) { graph.nodes[0].inputs.pop_back(); }),
            "BAD_MODEL [Add] node 'sum': expected 2 inputs, got 1");
  EXPECT_EQ(error_after([](Graph& graph) { graph.nodes[0].inputs[1] = kNoTensor; }),
            "BAD_MODEL [Add] node 'sum': b: expected a tensor, got none");
  EXPECT_EQ(error_after([](Graph& graph) { graph.nodes[0].outputs.clear(); }),
            "BAD_MODEL [Add] node 'sum': expected 1 outputs, got 0");
  EXPECT_EQ(error_after([](Graph& graph) { graph.nodes[0].op = nullptr; }),
            "BAD_MODEL [?] node 'sum': expected a row of the operator table");
  static const OpDef kForeign = op_table()[0];
  EXPECT_EQ(error_after([](Graph& graph) { graph.nodes[0].op = &kForeign; }),
            "BAD_MODEL [Identity] node 'sum': expected a row of the operator table");
  EXPECT_EQ(error_after([](Graph& graph) { graph.nodes[0].attrs.add("alpha", number(1)); }),
            "BAD_ATTR [Add] node 'sum': alpha: not an attribute of the operator");
}

TEST_F(VerifierTest, Descriptions) {
  EXPECT_EQ(error_after([](Graph& graph) { graph.tensors[kSum].desc.shape = {3}; }),
            "BAD_MODEL [Add] node 'sum': output 0: inference gives float32[2], the graph has "
            "float32[3]");
  EXPECT_EQ(error_after([](Graph& graph) { graph.tensors[kSum].desc.dtype = DType::kInt32; }),
            "BAD_MODEL [Add] node 'sum': output 0: inference gives float32[2], the graph has "
            "int32[2]");
  EXPECT_EQ(error_after([](Graph& graph) { graph.tensors[kSum].desc.is_constant = true; }),
            "BAD_MODEL [Add] node 'sum': output 0: inference gives float32[2], the graph has "
            "constant float32[2]");
  EXPECT_EQ(error_after([](Graph& graph) { graph.tensors[kX].desc.is_constant = true; }),
            "BAD_MODEL [] inputs: tensor 0 is described as constant");
  EXPECT_EQ(error_after([](Graph& graph) { graph.tensors[kX].desc.present = false; }),
            "BAD_MODEL [] inputs: tensor 0 is described as absent");
  EXPECT_EQ(error_after([](Graph& graph) { graph.tensors[kX].desc.shape = {-2}; }),
            "BAD_SHAPE [] shape [-2]: extents must not be negative");
  const std::string shapes = error_after([](Graph& graph) { graph.tensors[kX].desc.shape = {3}; });
  EXPECT_TRUE(shapes.starts_with("BAD_SHAPE [Add] node 'sum': ")) << shapes;
}

TEST_F(VerifierTest, Constants) {
  EXPECT_EQ(error_after([&](Graph& graph) { graph.tensors[kW].constant = storage(4); }),
            "BAD_MODEL [] constants: tensor 1: float32[2]: expected 8 bytes, got 4");
  EXPECT_EQ(error_after([&](Graph& graph) { graph.tensors[kW].constant.offset_bytes = 4; }),
            "BAD_MODEL [] constants: tensor 1: float32[2]: expected 8 bytes, got 4");
  EXPECT_EQ(error_after([&](Graph& graph) { graph.tensors[kW].constant = {}; }),
            "BAD_MODEL [Add] node 'sum': inputs: nothing before it gives tensor 1 a value");
  EXPECT_EQ(error_after([&](Graph& graph) { graph.tensors[kW].desc.is_constant = false; }),
            "BAD_MODEL [] constants: tensor 1: expected a description of a constant, and its "
            "values");
}

TEST_F(VerifierTest, Subgraphs) {
  const auto use = [](Graph& graph, NodeKind kind, std::vector<TensorId> inputs) {
    GraphNode& node = graph.nodes.back();
    node.kind = kind;
    node.op = nullptr;
    node.inputs = std::move(inputs);
    node.bodies = {0, 0};
  };
  EXPECT_EQ(error_after([](Graph& graph) { graph.subgraphs[0].name.clear(); }),
            "BAD_MODEL [] subgraphs: expected a name, got none");
  EXPECT_EQ(error_after([](Graph& graph) { graph.subgraphs.push_back(graph.subgraphs[0]); }),
            "BAD_MODEL [] subgraphs: there are two named body");
  EXPECT_EQ(error_after([](Graph& graph) { graph.subgraphs[0].nodes[0].inputs.pop_back(); }),
            "BAD_MODEL [Add] subgraph body: node 0: expected 2 inputs, got 1");
  EXPECT_EQ(error_after([](Graph& graph) { graph.subgraphs[0].outputs[0] = 8; }),
            "BAD_MODEL [] subgraph body: outputs of the graph: expected one of 2 tensors, got "
            "number 8");
  EXPECT_EQ(error_after([&](Graph& graph) {
              use(graph, NodeKind::kIf, {kX, kX});
            }),
            "BAD_MODEL [If] node 'chosen': condition: expected bool[], got float32[2]");
  EXPECT_EQ(error_after([&](Graph& graph) { use(graph, NodeKind::kIf, {}); }),
            "BAD_MODEL [If] node 'chosen': condition: expected bool[], got none");
  EXPECT_EQ(error_after([&](Graph& graph) {
              use(graph, NodeKind::kWhile, {kX});
              graph.nodes.back().bodies = {0, 1};
            }),
            "BAD_MODEL [While] node 'chosen': expected a body of 1 subgraphs, got number 1");
  EXPECT_EQ(error_after([&](Graph& graph) {
              use(graph, NodeKind::kWhile, {kX});
              graph.nodes.back().bodies = {0};
            }),
            "BAD_MODEL [While] node 'chosen': expected 2 bodies, got 1");
  EXPECT_EQ(
      error_after([&](Graph& graph) {
        graph.subgraphs[0] = doubling("body", {3});
        graph.tensors[kX].desc.dtype = DType::kBool;
        graph.tensors[kX].desc.shape = {};
        graph.nodes.erase(graph.nodes.begin(), graph.nodes.begin() + 2);
        use(graph, NodeKind::kIf, {kX, kW});
      }),
      "BAD_MODEL [If] node 'chosen': subgraph body: input 0 is declared as float32[3], but is "
      "float32[2]");
}

}  // namespace
}  // namespace tfjs_native
