#include "graph/edit.h"

#include "graph/printer.h"
#include "graph/testing/graph_parts.h"
#include "graph/verifier.h"

namespace tfjs_native {
namespace {

/// x -> relu -> (tanh, elu) -> tanh + elu, and relu as a second output.
struct Diamond {
  Graph graph;
  TensorId x, relu, tanh, elu, sum;

  Diamond() {
    GraphBuilder builder("diamond");
    x = must(builder.input(desc_of({2}), "x"));
    relu = must(builder.node("Relu", {}, {x}))[0];
    tanh = must(builder.node("Tanh", {}, {relu}))[0];
    elu = must(builder.node("Elu", {}, {relu}))[0];
    sum = must(builder.node("Add", {}, {tanh, elu}))[0];
    graph = must(builder.finish({sum, relu}));
  }
};

GraphNode unary(const char* op, TensorId x, TensorId y) {
  GraphNode node;
  node.op = &row_of(op);
  node.inputs = {x};
  node.outputs = {y};
  return node;
}

std::string ops_of(const Graph& graph) {
  std::string text;
  for (const GraphNode& node : graph.nodes) text.append(op_name(node)).append(" ");
  return text;
}

TEST(GraphEditor, KnowsMakersAndReaders) {
  Diamond diamond;
  GraphEditor editor(diamond.graph);
  EXPECT_EQ(editor.producer(diamond.x), kNoNode);
  EXPECT_EQ(editor.producer(diamond.elu), 2);
  EXPECT_EQ(editor.readers(diamond.relu).size(), 2u);
  EXPECT_EQ(editor.only_reader(diamond.relu), kNoNode);
  EXPECT_EQ(editor.only_reader(diamond.tanh), 3);
  EXPECT_TRUE(editor.is_output(diamond.relu));
  EXPECT_FALSE(editor.is_output(diamond.elu));
  EXPECT_TRUE(editor.is_read(diamond.sum));
  EXPECT_FALSE(editor.finish());
}

TEST(GraphEditor, AReadByTheGraphIsNoOnlyReader) {
  GraphBuilder builder("output");
  const TensorId x = must(builder.input(desc_of({2})));
  const TensorId relu = must(builder.node("Relu", {}, {x}))[0];
  const TensorId tanh = must(builder.node("Tanh", {}, {relu}))[0];
  Graph graph = must(builder.finish({tanh, relu}));
  const GraphEditor editor(graph);
  EXPECT_EQ(editor.only_reader(relu), kNoNode);
  EXPECT_EQ(editor.only_reader(x), 0);
}

TEST(GraphEditor, ReplacesReadsOfNodesAndOfTheGraph) {
  Diamond diamond;
  GraphEditor editor(diamond.graph);
  editor.replace_reads(diamond.relu, diamond.x);
  EXPECT_FALSE(editor.is_read(diamond.relu));
  EXPECT_EQ(editor.readers(diamond.x).size(), 3u);
  editor.erase(editor.producer(diamond.relu));
  EXPECT_EQ(editor.readers(diamond.x).size(), 2u);
  EXPECT_EQ(editor.producer(diamond.relu), kNoNode);
  EXPECT_TRUE(editor.finish());
  EXPECT_EQ(ops_of(diamond.graph), "Tanh Elu Add ");
  EXPECT_EQ(diamond.graph.outputs, (std::vector<TensorId>{diamond.sum, diamond.x}));
  EXPECT_EQ(error_text(verify(diamond.graph)), "ok");
}

TEST(GraphEditor, InsertsErasesAndReplacesInOrder) {
  Diamond diamond;
  GraphEditor editor(diamond.graph);
  const TensorId first = editor.add_tensor(editor.desc(diamond.x));
  const TensorId last = editor.add_tensor(editor.desc(diamond.x));
  editor.insert_before(0, unary("Abs", diamond.x, first));
  editor.insert_before(kNoNode, unary("Exp", diamond.sum, last));
  editor.replace(0, unary("Sigmoid", first, diamond.relu));
  std::string forwards;
  for (NodeId id = editor.first(); id != kNoNode; id = editor.next(id)) {
    forwards.append(op_name(editor.node(id))).append(" ");
    // What is erased, or comes before the node that is looked at, disturbs nobody.
    if (is_call_of(editor.node(id), "Elu")) {
      editor.replace_reads(diamond.elu, diamond.relu);
      editor.erase(id);
    }
  }
  EXPECT_EQ(forwards, "Abs Sigmoid Tanh Elu Add Exp ");
  std::string backwards;
  for (NodeId id = editor.last(); id != kNoNode; id = editor.previous(id)) {
    backwards.append(op_name(editor.node(id))).append(" ");
  }
  EXPECT_EQ(backwards, "Exp Add Tanh Sigmoid Abs ");
  EXPECT_TRUE(editor.finish());
  EXPECT_EQ(ops_of(diamond.graph), "Abs Sigmoid Tanh Add Exp ");
  EXPECT_EQ(error_text(verify(diamond.graph)), "ok") << to_text(diamond.graph);
}

TEST(GraphEditor, ANodeMayMoveToAnotherPlace) {
  Diamond diamond;
  GraphEditor editor(diamond.graph);
  // Elu moves behind Add's place, which takes its value over.
  editor.erase(2);
  editor.replace(3, unary("Elu", diamond.relu, diamond.sum));
  EXPECT_EQ(editor.producer(diamond.sum), 3);
  EXPECT_EQ(editor.producer(diamond.elu), kNoNode);
  EXPECT_EQ(editor.readers(diamond.relu).size(), 2u);
  editor.finish();
  EXPECT_EQ(ops_of(diamond.graph), "Relu Tanh Elu ");
  EXPECT_EQ(error_text(verify(diamond.graph)), "ok");
}

TEST(GraphEditor, ErasesWhatNobodyReadsAnyMore) {
  GraphBuilder builder("dead");
  const TensorId x = must(builder.input(desc_of({2})));
  const TensorId relu = must(builder.node("Relu", {}, {x}))[0];
  const TensorId tanh = must(builder.node("Tanh", {}, {relu}))[0];
  const TensorId elu = must(builder.node("Elu", {}, {tanh}))[0];
  const TensorId square = must(builder.node("Multiply", {}, {elu, elu}))[0];
  Graph graph = must(builder.finish({relu, square}));
  GraphEditor editor(graph);
  editor.erase_unread(square);
  EXPECT_EQ(editor.producer(square), 3);
  editor.replace_reads(square, x);
  editor.erase_unread(x);
  editor.erase_unread(square);
  EXPECT_TRUE(editor.finish());
  EXPECT_EQ(ops_of(graph), "Relu ");
  EXPECT_EQ(error_text(verify(graph)), "ok");
}

TEST(GraphEditor, ConstantsAreAddedAndMade) {
  ConstantMemory constants;
  Diamond diamond;
  GraphEditor editor(diamond.graph);
  const TensorId added = editor.add_constant(desc_of({2}), constants.storage_for(desc_of({2})));
  editor.replace_reads(diamond.x, added);
  EXPECT_TRUE(editor.desc(added).is_constant);
  editor.erase(editor.producer(diamond.relu));
  editor.make_constant(diamond.relu, editor.tensor(added).constant);
  EXPECT_TRUE(editor.finish());
  EXPECT_TRUE(diamond.graph.tensors[static_cast<size_t>(diamond.relu)].constant.buffer);
  EXPECT_EQ(ops_of(diamond.graph), "Tanh Elu Add ");
  diamond = Diamond();  // The constants go before their memory does.
}

TEST(EraseUnusedTensors, NumbersAnewInTheSameOrder) {
  Diamond diamond;
  {
    GraphEditor editor(diamond.graph);
    editor.replace_reads(diamond.elu, diamond.relu);
    editor.erase(2);
  }
  EXPECT_TRUE(erase_unused_tensors(diamond.graph));
  EXPECT_EQ(diamond.graph.tensors.size(), 4u);
  EXPECT_EQ(diamond.graph.outputs, (std::vector<TensorId>{3, 1}));
  EXPECT_EQ(error_text(verify(diamond.graph)), "ok");
  EXPECT_FALSE(erase_unused_tensors(diamond.graph));
}

TEST(FusedNames, ListWhatTheNodesStandFor) {
  GraphNode product;
  product.op = &row_of("Conv2D");
  const GraphNode relu = unary("Relu", 0, 1);
  product.fused = fused_names(product, relu);
  EXPECT_EQ(product.fused, (std::vector<std::string>{"Conv2D", "Relu"}));
  EXPECT_EQ(fused_names(product, relu), (std::vector<std::string>{"Conv2D", "Relu", "Relu"}));
}

}  // namespace
}  // namespace tfjs_native
