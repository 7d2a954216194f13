// Random graphs: each pass alone and all together leave what a graph computes.
#include <algorithm>
#include <random>
#include <set>

#include "binding/testing/pass_bench.h"

namespace tfjs_native {
namespace {

constexpr uint32_t kSeeds = 60;

/// Grows a graph out of pieces that passes look for, and of others between them.
class RandomGraph {
 public:
  RandomGraph(PassBench& bench, uint32_t seed) : maker_(bench), random_(seed) {
    const bool is_matrix = pick(4) == 0;
    values_.push_back(maker_.input(is_matrix ? Shape{6, 4} : Shape{1, 6, 5, 4}));
    if (!is_matrix) values_.push_back(maker_.input({1, 6, 5, 4}));
  }

  Graph make() {
    const int pieces = 6 + pick(14);
    for (int i = 0; i < pieces; ++i) values_.push_back(piece());
    std::vector<TensorId> outputs = {values_.back()};
    while (pick(3) == 0) outputs.push_back(any());
    return maker_.finish(outputs);
  }

 private:
  int pick(int count) { return static_cast<int>(random_() % static_cast<uint32_t>(count)); }

  /// Numbers in [middle - spread, middle + spread). Sums of products with them stay about as large
  /// as what they are of: activations of large sums of either sign would say nothing of passes.
  TensorId around(double middle, double spread, const Shape& shape) {
    Floats values = self_test::random_tensor(shape, random_()).values;
    for (float& value : values) value = static_cast<float>(middle + value / 2 * spread);
    return maker_.constant(shape, values);
  }

  /// Mostly the newest, so that chains grow.
  TensorId any() {
    const auto count = static_cast<int>(values_.size());
    return values_[static_cast<size_t>(pick(3) != 0 ? count - 1 : pick(count))];
  }

  /// An operand that broadcasts to the shape.
  TensorId operand_for(const Shape& shape) {
    if (pick(4) == 0) {
      for (const TensorId id : values_) {
        if (maker_.shape_of(id) == shape) return id;
      }
    }
    Shape part(shape.begin() + pick(static_cast<int>(shape.size()) + 1), shape.end());
    for (int64_t& extent : part) {
      if (pick(3) == 0) extent = 1;
    }
    return pick(4) == 0 ? maker_.input(part) : maker_.constant(part);
  }

  TensorId piece() {
    const TensorId x = any();
    switch (pick(14)) {
      case 0:
      case 1:
      case 2:
        return product(x);
      case 3:
      case 4:
        return unary(x);
      case 5:
      case 6:
        return binary(x);
      case 7:
        return normalised(x);
      case 8:
        return gated(x);
      case 9:
        return moved(x);
      case 10:
        return maker_.call("Add", {x, maker_.call("Exp", {maker_.constant({1})})});
      case 11:
        return of_rows(x);
      case 12:
        return joined(x);
      default:
        return unary(unary(x));
    }
  }

  TensorId unary(TensorId x) {
    static constexpr const char* kOps[] = {"Relu", "Relu6", "Sigmoid", "Tanh", "Abs", "Identity"};
    return maker_.call(kOps[pick(6)], {x});
  }

  TensorId binary(TensorId x) {
    static constexpr const char* kOps[] = {"Add", "Sub", "Multiply", "Maximum", "Minimum", "Prelu"};
    const TensorId y = operand_for(maker_.shape_of(x));
    const int op = pick(6);
    return op < 5 && pick(2) == 0 ? maker_.call(kOps[op], {y, x}) : maker_.call(kOps[op], {x, y});
  }

  TensorId normalised(TensorId x) {
    const Shape channels = {maker_.shape_of(x).back()};
    return maker_.call("FusedBatchNorm", {x, around(0, 2, channels), around(2, 1, channels),
                                          around(0, 2, channels), around(1, 0.5, channels)});
  }

  /// Softmax or layer normalization, written out.
  TensorId of_rows(TensorId x) {
    if (pick(2) == 0) {
      const TensorId e =
          maker_.call("Exp", {maker_.call("Sub", {x, maker_.reduce("Max", x, {-1})})});
      return maker_.call("RealDiv", {e, maker_.reduce("Sum", e, {-1})});
    }
    const TensorId mean = maker_.reduce("Mean", x, {-1});
    const TensorId variance =
        maker_.reduce("Mean", maker_.call("SquaredDifference", {x, mean}), {-1});
    const TensorId shifted = maker_.call("Add", {variance, maker_.scalar(0.25f)});
    const TensorId scale = maker_.call("Multiply", {maker_.call("Rsqrt", {shifted}),
                                                    maker_.constant({maker_.shape_of(x).back()})});
    return maker_.call("Multiply", {maker_.call("Sub", {x, mean}), scale});
  }

  /// What squeezes more channels than x has.
  TensorId joined(TensorId x) {
    const TensorId all = maker_.call("Concat", {x, unary(x)}, {{"axis", number(-1)}});
    if (maker_.shape_of(x).size() == 4 && pick(2) == 0) {
      return maker_.call(
          pick(2) == 0 ? "AvgPool" : "MaxPool", {all},
          {{"filterSize", numbers({2, 2})}, {"strides", numbers({2, 2})}, {"pad", same_padding()}});
    }
    return maker_.reduce("Mean", all, {-2});
  }

  TensorId gated(TensorId x) {
    const int kind = pick(3);
    if (kind == 0) return maker_.call("Maximum", {maker_.scalar(0), x});
    if (kind == 1) return maker_.call("Multiply", {x, maker_.call("Sigmoid", {x})});
    const TensorId gate = maker_.call("Relu6", {maker_.call("Add", {x, maker_.scalar(3)})});
    return maker_.call("RealDiv", {maker_.call("Multiply", {gate, x}), maker_.scalar(6)});
  }

  TensorId moved(TensorId x) {
    const Shape shape = maker_.shape_of(x);
    if (shape.size() == 2) {
      if (pick(2) == 0) return maker_.call("Transpose", {x}, {{"perm", numbers({1, 0})}});
      const TensorId y = maker_.call("Reshape", {x}, {{"shape", numbers({shape[0], 1, shape[1]})}});
      const TensorId z = maker_.call("Add", {y, operand_for({shape[0], 1, shape[1]})});
      return maker_.call("Reshape", {z}, {{"shape", numbers(shape)}});
    }
    const TensorId turned = maker_.call("Transpose", {x}, {{"perm", numbers({0, 3, 1, 2})}});
    const TensorId y = pick(2) == 0 ? turned : unary(turned);
    return maker_.call("Transpose", {y}, {{"perm", numbers({0, 2, 3, 1})}});
  }

  TensorId product(TensorId x) {
    const Shape shape = maker_.shape_of(x);
    if (shape.size() == 2) {
      const bool is_transposed = pick(2) == 0;
      const int64_t columns = 2 + pick(5);
      const TensorId b =
          around(0, 0.5, is_transposed ? Shape{columns, shape[1]} : Shape{shape[1], columns});
      const TensorId bias = pick(2) == 0 ? kNoTensor : maker_.constant({columns});
      return maker_.call("_FusedMatMul", {x, b, bias, kNoTensor},
                         {{"transposeB", flag(is_transposed)},
                          {"activation", choice(pick(2) == 0 ? "linear" : "relu")}});
    }
    if (shape.size() != 4) return maker_.call("Relu", {x});
    TensorId padded = x;
    AttrValue pad = same_padding();
    if (pick(2) == 0) {
      padded = maker_.call("PadV2", {x}, {{"paddings", numbers({0, 0, 1, 1, 1, 1, 0, 0})}});
      pad = valid_padding();
    }
    const int64_t channels = shape[3];
    switch (pick(4)) {
      case 0:
        return maker_.call("DepthwiseConv2dNative", {padded, around(0, 0.25, {3, 3, channels, 1})},
                           {{"strides", numbers({1, 1})}, {"pad", pad}});
      case 1: {
        const bool is_prelu = pick(2) == 0;
        return maker_.call("FusedConv2D",
                           {padded, around(0, 0.25, {3, 3, channels, 4}), maker_.constant({4}),
                            is_prelu ? maker_.constant({4}) : kNoTensor},
                           {{"strides", numbers({1, 1})},
                            {"pad", pad},
                            {"activation", choice(is_prelu ? "prelu" : "linear")}});
      }
      default:
        return maker_.call("Conv2D", {padded, around(0, 0.25, {3, 3, channels, 4})},
                           {{"strides", numbers({1, 1})}, {"pad", pad}});
    }
  }

  GraphMaker maker_;
  std::mt19937 random_;
  std::vector<TensorId> values_;
};

std::vector<std::string> pass_names() {
  std::vector<std::string> names;
  for (const Pass& pass : passes()) {
    if (std::find(names.begin(), names.end(), pass.name) == names.end()) names.push_back(pass.name);
  }
  return names;
}

TEST(Optimise, RandomGraphsComputeTheSame) {
  PassBench bench;
  std::set<std::string> changing;
  for (uint32_t seed = 1; seed <= kSeeds; ++seed) {
    SCOPED_TRACE(seed);
    const Graph graph = RandomGraph(bench, seed).make();
    ASSERT_EQ(error_text(verify(graph)), "ok");
    for (const std::string& name : pass_names()) {
      SCOPED_TRACE(name);
      bench.checked(graph, {name});
      if (bench.is_changed) changing.insert(name);
      if (testing::Test::HasFatalFailure()) return;
    }
    const Graph after = bench.checked(graph);
    // These may become two.
    const auto may_grow = [](const GraphNode& node) {
      const std::string op = op_name(node);
      return op == "FusedBatchNorm" || op == "AvgPool" || op == "MaxPool" || op == "Mean";
    };
    const auto more = std::count_if(graph.nodes.begin(), graph.nodes.end(), may_grow);
    EXPECT_LE(after.nodes.size(), graph.nodes.size() + static_cast<size_t>(more));
    // Passes take what passes make, too.
    bench.checked(after);
  }
  for (const std::string& name : pass_names()) {
    EXPECT_TRUE(changing.count(name)) << name << " found nothing to change";
  }
}

TEST(Optimise, OnePassPreparesTheNext) {
  PassBench bench;
  GraphMaker maker(bench);
  TensorId y = maker.call("PadV2", {maker.input({1, 6, 5, 3})},
                          {{"paddings", numbers({0, 0, 1, 1, 1, 1, 0, 0})}});
  y = maker.call("Conv2D", {y, maker.constant({3, 3, 3, 4})},
                 {{"strides", numbers({1, 1})}, {"pad", valid_padding()}});
  y = maker.call("Transpose", {y}, {{"perm", numbers({0, 3, 1, 2})}});
  y = maker.call("Transpose", {y}, {{"perm", numbers({0, 2, 3, 1})}});
  y = maker.call("FusedBatchNorm",
                 {maker.call("Identity", {y}), maker.constant({4}), maker.positive({4}),
                  maker.call("Neg", {maker.constant({4})}), maker.constant({4})});
  const TensorId gate = maker.call("Relu6", {maker.call("Add", {y, maker.scalar(3)})});
  y = maker.call("RealDiv", {maker.call("Multiply", {y, gate}), maker.scalar(6)});
  y = maker.call("Add", {y, maker.input({1, 6, 5, 4})});
  const Graph after = bench.checked(maker.finish({y}));
  ASSERT_EQ(ops_of(after), "Conv2D") << to_text(after);
  EXPECT_EQ(post_ops_of(after.nodes[0]), "bias activation sum");
}

TEST(Optimise, EveryPassHasASwitch) {
  PassBench bench;
  ChainDevice device;
  const Planner planner(device);
  PlanStore plans(planner);
  PassContext context{planner, plans, bench.stream(), bench.memory()};
  const Graph graph = RandomGraph(bench, 3).make();
  std::vector<std::string> applied;
  Graph after = graph;
  EXPECT_EQ(error_text(optimise(after, context, pass_names(), applied)), "ok");
  EXPECT_TRUE(applied.empty());
  EXPECT_EQ(to_text(after), to_text(graph));

  for (const std::string& name : pass_names()) {
    after = graph;
    applied.clear();
    EXPECT_EQ(error_text(optimise(after, context, std::vector<std::string>{name}, applied)), "ok");
    EXPECT_EQ(std::count(applied.begin(), applied.end(), name), 0);
    EXPECT_EQ(std::set<std::string>(applied.begin(), applied.end()).size(), applied.size());
  }
}

TEST(Optimise, EachPassTakesNodesWithoutOutputs) {
  PassBench bench;
  GraphMaker maker(bench);
  const TensorId x = maker.input({0, 3});
  EXPECT_EQ(maker.call("Unpack", {x}, {{"axis", number(0)}}), kNoTensor);
  const Graph graph = maker.finish({maker.call("Relu", {x})});
  ASSERT_EQ(ops_of(graph), "Unpack Relu");
  for (const std::string& name : pass_names()) {
    SCOPED_TRACE(name);
    bench.checked(graph, {name});
    EXPECT_EQ(bench.is_changed, name == "dead-code");
  }
}

TEST(Optimise, BodiesOfControlFlowAreOptimisedToo) {
  PassBench bench;
  const auto body = [&](const char* name) {
    GraphBuilder builder(name);
    const TensorId x = must(builder.input(desc_of({2, 3})));
    const TensorId y = must(builder.node("Identity", {}, {x}))[0];
    return must(builder.finish(must(builder.node(name, {}, {y}))));
  };
  GraphBuilder builder("main");
  const TensorId x = must(builder.input(desc_of({2, 3})));
  const int then_body = must(builder.subgraph(body("Relu")));
  const int else_body = must(builder.subgraph(body("Exp")));
  Storage flag{make_ref<Buffer>(bench.memory(), 1)};
  ASSERT_TRUE(flag.buffer->allocate().ok());
  *static_cast<uint8_t*>(flag.data()) = 0;
  const TensorId condition = must(builder.constant(desc_of({}, DType::kBool), flag));
  const auto y = must(builder.if_node({then_body, else_body}, {condition, x}));
  const Graph after = bench.checked(must(builder.finish(y)));
  EXPECT_EQ(ops_of(after.subgraphs[0]), "Relu");
  EXPECT_EQ(ops_of(after.subgraphs[1]), "Exp");
}

}  // namespace
}  // namespace tfjs_native
