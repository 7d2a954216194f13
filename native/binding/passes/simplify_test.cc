// The passes that leave out what need not be computed.
#include "binding/testing/pass_bench.h"

namespace tfjs_native {
namespace {

TEST(FoldConstants, WhatDependsOnConstantsAloneBecomesOne) {
  PassBench bench;
  GraphMaker maker(bench);
  const TensorId x = maker.input({2, 3});
  const TensorId transposed =
      maker.call("Transpose", {maker.constant({3, 2})}, {{"perm", numbers({1, 0})}});
  const TensorId reshaped = maker.call("Reshape", {transposed}, {{"shape", numbers({3, 2})}});
  const TensorId again =
      maker.call("Reshape", {maker.call("Exp", {reshaped})}, {{"shape", numbers({2, 3})}});
  const TensorId filled = maker.call(
      "Fill", {}, {{"shape", numbers({3})}, {"value", number(2.5)}, {"dtype", number(0)}});
  const TensorId y = maker.call("Add", {maker.call("Multiply", {x, again}), filled});
  const Graph after = bench.checked(maker.finish({y, again}), {"fold-constants"});
  EXPECT_EQ(ops_of(after), "Multiply Add");
}

TEST(FoldConstants, OutputsOfOneNodeAndParts) {
  PassBench bench;
  GraphMaker maker(bench);
  const TensorId x = maker.input({2, 2});
  const auto parts = must(maker.builder().node(
      "SplitV", attrs_of({{"numOrSizeSplits", numbers({2, 2})}, {"axis", number(1)}}),
      {maker.constant({2, 4})}));
  const auto rows = must(
      maker.builder().node("Unpack", attrs_of({{"axis", number(0)}}), {maker.constant({2, 2})}));
  const TensorId y = maker.call("Add", {maker.call("Multiply", {x, parts[1]}), rows[1]});
  const Graph after = bench.checked(maker.finish({y, parts[0]}), {"fold-constants"});
  EXPECT_EQ(ops_of(after), "Multiply Add");
}

TEST(FoldConstants, WhatWouldGrowStays) {
  PassBench bench;
  GraphMaker maker(bench);
  const TensorId x = maker.input({1});
  const TensorId tiled = maker.call("Tile", {maker.constant({4})}, {{"reps", numbers({1 << 18})}});
  const TensorId y = maker.call("Add", {x, tiled});
  const Graph after = bench.checked(maker.finish({y}), {"fold-constants"});
  EXPECT_EQ(ops_of(after), "Tile Add");
  EXPECT_FALSE(bench.is_changed);
}

TEST(FoldConstants, WhatFailsIsLeftToTheRun) {
  PassBench bench;
  GraphBuilder builder("poisoned");
  const Storage values = bench.stored({1, 2});
  values.buffer->poison(Status(Code::kDisposed, "gone"));
  const TensorId constant = must(builder.constant(desc_of({2}), values));
  const auto y = must(builder.node("Exp", {}, {constant}));
  const Graph after = bench.optimised(must(builder.finish(y)), {"fold-constants"});
  EXPECT_EQ(ops_of(after), "Exp");
}

TEST(RemoveNoOps, NodesThatGiveTheirInputVanish) {
  PassBench bench;
  GraphMaker maker(bench);
  const TensorId x = maker.input({2, 1, 3});
  TensorId y = maker.call("Identity", {x});
  y = maker.call("Cast", {y}, {{"dtype", number(0)}});
  y = maker.call("Reshape", {y}, {{"shape", numbers({2, 1, -1})}});
  y = maker.call("Transpose", {y}, {{"perm", numbers({0, 1, 2})}});
  y = maker.call("Tile", {y}, {{"reps", numbers({1, 1, 1})}});
  y = maker.call("PadV2", {y}, {{"paddings", numbers({0, 0, 0, 0, 0, 0})}});
  y = maker.call("Slice", {y}, {{"begin", numbers({0, 0, 0})}, {"size", numbers({2, 1, 3})}});
  y = maker.call("BroadcastTo", {y}, {{"shape", numbers({2, 1, 3})}});
  y = maker.call("Concat", {y}, {{"axis", number(0)}});
  const TensorId relu = maker.call("Relu", {y});
  const Graph after =
      bench.checked(maker.finish({maker.call("Identity", {relu}), y}), {"remove-no-ops"});
  EXPECT_EQ(ops_of(after), "Relu");
  EXPECT_EQ(after.outputs, (std::vector<TensorId>{relu, x}));
}

TEST(RemoveNoOps, WhatMovesSomethingStays) {
  PassBench bench;
  GraphMaker maker(bench);
  const TensorId x = maker.input({3, 3});
  TensorId y = maker.call("Transpose", {x}, {{"perm", numbers({1, 0})}});
  y = maker.call("PadV2", {y}, {{"paddings", numbers({1, -1, 0, 0})}});
  y = maker.call("Reverse", {y}, {{"dims", numbers({0})}});
  y = maker.call("Relu", {y});
  bench.checked(maker.finish({y}), {"remove-no-ops"});
  EXPECT_FALSE(bench.is_changed);
}

TEST(CommonSubexpressions, OneOfEqualNodesStays) {
  PassBench bench;
  GraphMaker maker(bench);
  const TensorId x = maker.input({2, 3});
  const Storage values = bench.stored({1, 2, 3});
  const TensorId c = must(maker.builder().constant(desc_of({3}), values));
  const TensorId d = must(maker.builder().constant(desc_of({3}), values));
  const TensorId a = maker.call("Relu", {maker.call("Add", {x, c})});
  const TensorId b = maker.call("Relu", {maker.call("Add", {x, d})});
  const TensorId other = maker.call("Relu", {maker.call("Add", {d, x})});
  const TensorId y = maker.call("Add", {maker.call("Multiply", {a, b}), other});
  const Graph after = bench.checked(maker.finish({y, b}), {"common-subexpressions", "dead-code"});
  EXPECT_EQ(ops_of(after), "Add Relu Add Relu Multiply Add");
}

TEST(CommonSubexpressions, AttributesAndDescriptionsCount) {
  PassBench bench;
  GraphMaker maker(bench);
  const TensorId x = maker.input({2, 3});
  const Storage values = bench.stored({1, 2, 3});
  const TensorId c = must(maker.builder().constant(desc_of({3}), values));
  const TensorId d = must(maker.builder().constant(desc_of({1, 3}), values));
  const TensorId a = maker.call("LeakyRelu", {maker.call("Add", {x, c})}, {{"alpha", number(0.1)}});
  const TensorId b = maker.call("LeakyRelu", {maker.call("Add", {x, d})}, {{"alpha", number(0.2)}});
  const TensorId e = maker.call("LeakyRelu", {x}, {{"alpha", number(-0.0)}});
  const TensorId f = maker.call("LeakyRelu", {x}, {{"alpha", number(0.0)}});
  bench.checked(maker.finish({a, b, e, f}), {"common-subexpressions"});
  EXPECT_FALSE(bench.is_changed);
}

TEST(DeadCode, WhatNobodyReadsVanishes) {
  PassBench bench;
  GraphMaker maker(bench);
  const TensorId x = maker.input({2, 3});
  const TensorId unused_input = maker.input({7});
  maker.constant({9});
  maker.call("Exp", {maker.call("Exp", {unused_input})});
  const TensorId y = maker.call("Relu", {x});
  maker.call("Add", {y, x});
  const Graph after = bench.checked(maker.finish({y}), {"dead-code"});
  EXPECT_EQ(ops_of(after), "Relu");
  EXPECT_EQ(after.tensors.size(), 3u);
  EXPECT_EQ(after.inputs.size(), 2u);
  bench.optimised(after, {"dead-code"});
  EXPECT_FALSE(bench.is_changed);
}

}  // namespace
}  // namespace tfjs_native
