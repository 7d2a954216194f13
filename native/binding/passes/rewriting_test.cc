// Passes that put one node in the place of several, with the kernels of the CPU: graphs compute the
// same before and after, in fewer nodes.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "backends/cpu/cpu_device.h"
#include "graph/executable.h"
#include "graph/passes/passes.h"
#include "graph/run.h"
#include "graph/testing/graph_parts.h"
#include "graph/verifier.h"

namespace tfjs_native {
namespace {

using Floats = std::vector<float>;
using RunPass = Result<bool> (*)(Graph&, PassContext&);

Floats some_values(int64_t count, unsigned state) {
  Floats values(static_cast<size_t>(count));
  for (float& value : values) {
    state = state * 1664525u + 1013904223u;
    value = static_cast<float>(state >> 8) / (1 << 22) - 1.5f;
  }
  return values;
}

/// The stream that the tests share; its memory outlives their buffers.
DeviceStream& stream() {
  static const auto* const stream = new auto(cpu_device().create_stream());
  return *stream->value();
}

Storage storage_of(const Floats& values) {
  auto buffer = make_ref<Buffer>(stream().memory(), values.size() * sizeof(float));
  EXPECT_TRUE(buffer->allocate().ok());
  std::copy(values.begin(), values.end(), static_cast<float*>(buffer->data()));
  return {buffer};
}

struct RewritingPasses : testing::Test {
  Planner planner{cpu_device()};
  PlanStore plans{planner};
  GraphBuilder builder{"main"};
  std::vector<TensorDesc> inputs;

  TensorId input(Shape shape, DType dtype = DType::kFloat32) {
    inputs.push_back(desc_of(std::move(shape), dtype));
    return must(builder.input(inputs.back()));
  }
  TensorId constant(Shape shape, const Floats& values) {
    return must(builder.constant(desc_of(std::move(shape)), storage_of(values)));
  }
  TensorId scalar(float value) { return constant({}, {value}); }
  TensorId weights(Shape shape, unsigned seed) {
    const int64_t count = num_elements(shape);
    return constant(std::move(shape), some_values(count, seed));
  }
  TensorId node(std::string_view op, std::vector<TensorId> operands, Attrs attrs = {}) {
    return must(builder.node(op, std::move(attrs), std::move(operands))).at(0);
  }
  TensorId reduce(const char* op, TensorId x, Ints axes, bool keep_dims = true) {
    const char* axis = std::string_view(op) == "Max" ? "reductionIndices" : "axis";
    return node(op, {x}, attrs_of({{axis, numbers(axes)}, {"keepDims", flag(keep_dims)}}));
  }
  TensorId reshape(TensorId x, Ints shape) {
    return node("Reshape", {x}, attrs_of({{"shape", numbers(shape)}}));
  }
  TensorId tile(TensorId x, Ints reps) {
    return node("Tile", {x}, attrs_of({{"reps", numbers(reps)}}));
  }

  std::vector<Floats> run(const Graph& graph) {
    const auto executable = must(specialise(std::make_shared<const Graph>(graph), inputs, plans));
    std::vector<Storage> given;
    for (const TensorDesc& desc : inputs) {
      Floats values = some_values(desc.num_elements(), 91 + static_cast<unsigned>(given.size()));
      if (desc.dtype != DType::kFloat32) {
        // Of other dtypes the tests want small numbers, 0 among them.
        std::vector<char> bytes(desc.size_bytes(), 0);
        for (size_t i = 0; i < bytes.size(); i += 3 * size_of(desc.dtype)) bytes[i] = 1;
        values.resize((bytes.size() + 3) / sizeof(float));
        std::memcpy(values.data(), bytes.data(), bytes.size());
      }
      given.push_back(storage_of(values));
    }
    std::vector<Storage> outputs(executable->outputs.size());
    EXPECT_EQ(error_text(run_executable(*executable, given, outputs, cpu_device(), stream(),
                                        stream().memory())),
              "ok");
    std::vector<Floats> results;
    for (size_t i = 0; i < outputs.size(); ++i) {
      const auto* data = static_cast<const float*>(outputs[i].data());
      results.emplace_back(data, data + executable->outputs[i].num_elements());
    }
    return results;
  }

  /// The graph after the pass, which must have done something, and computes the same but for the
  /// tolerance, relative for numbers above 1.
  Graph passed(RunPass pass, std::vector<TensorId> outputs, float tolerance) {
    const Graph before = must(builder.finish(std::move(outputs)));
    EXPECT_EQ(error_text(verify(before)), "ok");
    Graph after = before;
    PassContext context{planner, plans, stream(), stream().memory()};
    EXPECT_TRUE(must(pass(after, context)));
    EXPECT_EQ(error_text(verify(after)), "ok");
    EXPECT_LT(after.nodes.size(), before.nodes.size());
    const std::vector<Floats> expected = run(before);
    const std::vector<Floats> actual = run(after);
    EXPECT_EQ(actual.size(), expected.size());
    for (size_t i = 0; i < actual.size(); ++i) {
      EXPECT_EQ(actual[i].size(), expected[i].size());
      for (size_t j = 0; j < actual[i].size(); ++j) {
        const float e = expected[i][j];
        if (actual[i][j] == e || (std::isnan(e) && std::isnan(actual[i][j]))) continue;
        EXPECT_NEAR(actual[i][j], e, tolerance * std::max(1.0f, std::fabs(e))) << j;
        if (std::fabs(actual[i][j] - e) > 1) break;
      }
    }
    // There is nothing left to do.
    EXPECT_FALSE(must(pass(after, context)));
    return after;
  }
  void expect_unchanged(RunPass pass, std::vector<TensorId> outputs) {
    Graph graph = must(builder.finish(std::move(outputs)));
    const size_t nodes = graph.nodes.size();
    PassContext context{planner, plans, stream(), stream().memory()};
    EXPECT_FALSE(must(pass(graph, context)));
    EXPECT_EQ(graph.nodes.size(), nodes);
  }
};

using Names = std::vector<std::string>;

Names op_names(const Graph& graph) {
  Names names;
  for (const GraphNode& node : graph.nodes) names.emplace_back(op_name(node));
  return names;
}

// --- fuse-elementwise ---

struct FuseElementwise : RewritingPasses {
  Graph fused(std::vector<TensorId> outputs) { return passed(fuse_elementwise, outputs, 0); }
};

TEST_F(FuseElementwise, AChainBecomesOneNode) {
  const TensorId x = input({5, 33});
  TensorId y = node("Add", {x, weights({33}, 1)});
  y = node("LeakyRelu", {y}, attrs_of({{"alpha", number(0.25)}}));
  y = node("Multiply", {scalar(0.5), y});
  y = node("ClipByValue", {y},
           attrs_of({{"clipValueMin", number(-0.5)}, {"clipValueMax", number(0.75)}}));
  const Graph graph = fused({y});
  ASSERT_EQ(op_names(graph), Names{"_Elementwise"});
  EXPECT_EQ(graph.nodes[0].fused, (Names{"Add", "LeakyRelu", "Multiply", "ClipByValue"}));
  // The scalar is a part of the program.
  EXPECT_EQ(graph.nodes[0].inputs.size(), 2u);
}

TEST_F(FuseElementwise, ATreeWithValuesThatAreReadTwice) {
  const TensorId x = input({4, 20});
  const TensorId y = input({4, 1});
  const TensorId sum = node("Add", {x, y});
  const TensorId swish = node("Multiply", {sum, node("Sigmoid", {sum})});
  const TensorId square = node("Square", {node("Sub", {x, swish})});
  const Graph graph = fused({node("AddN", {swish, square, x})});
  EXPECT_EQ(op_names(graph), Names{"_Elementwise"});
}

TEST_F(FuseElementwise, WhatOthersReadStays) {
  const TensorId x = input({4, 20});
  const TensorId a = node("Exp", {x});
  const TensorId b = node("Neg", {a});
  const TensorId c = node("Abs", {b});
  const TensorId d = node("Square", {c});
  const TensorId sum = reduce("Sum", c, {1});
  EXPECT_EQ(op_names(fused({d, sum, a})), (Names{"Exp", "_Elementwise", "Square", "Sum"}));
}

TEST_F(FuseElementwise, WhatIsSmallerThanTheResultStaysApart) {
  const TensorId x = input({4, 20});
  const TensorId y = input({4, 1});
  const TensorId small = node("Rsqrt", {node("Add", {y, scalar(1e-3f)})});
  const TensorId scaled = node("Multiply", {node("Sub", {x, y}), small});
  EXPECT_EQ(op_names(fused({scaled})), (Names{"_Elementwise", "_Elementwise"}));
}

TEST_F(FuseElementwise, TruthValuesAndCasts) {
  const TensorId x = input({3, 30});
  const TensorId mask = input({3, 30}, DType::kBool);
  const TensorId numbers = input({3, 30}, DType::kInt32);
  const Attrs to_float = attrs_of({{"dtype", number(static_cast<double>(DType::kFloat32))}});
  const TensorId above = node("Greater", {x, scalar(0.25f)});
  const TensorId both = node("LogicalAnd", {above, node("LogicalNot", {mask})});
  const TensorId masked = node("Select", {both, x, node("Neg", {x})});
  const TensorId shifted = node("Add", {masked, node("Cast", {numbers}, to_float)});
  const TensorId counted = node("Multiply", {shifted, node("Cast", {mask}, to_float)});
  EXPECT_EQ(op_names(fused({counted})), Names{"_Elementwise"});
}

TEST_F(FuseElementwise, OtherNamesOfATensorAreNoObstacle) {
  const TensorId x = input({3, 30});
  const TensorId y = node("Identity", {node("Exp", {x})});
  const TensorId z = node("Neg", {reshape(y, {3, 30})});
  EXPECT_EQ(op_names(fused({node("Identity", {z})})), Names{"_Elementwise"});
}

TEST_F(FuseElementwise, ConstantsOfAHigherRankKeepTheShape) {
  const TensorId x = input({7});
  const TensorId y = node("Relu", {node("Add", {x, constant({1, 1}, {1})})});
  EXPECT_EQ(op_names(fused({y})), Names{"_Elementwise"});
}

TEST_F(FuseElementwise, NoMoreThanAProgramMayHave) {
  TensorId y = input({6});
  for (int i = 0; i < 70; ++i) y = node("Add", {y, weights({6}, static_cast<unsigned>(i))});
  for (int i = 0; i < 150; ++i) y = node(i % 2 == 0 ? "Sin" : "Neg", {y});
  const Graph graph = fused({y});
  EXPECT_EQ(graph.nodes.size(), 7u);
  for (const GraphNode& node : graph.nodes) {
    EXPECT_STREQ(op_name(node), "_Elementwise");
    EXPECT_LE(node.inputs.size(), 16u);
  }
}

TEST_F(FuseElementwise, ManyMultiplicationsOfAValueByItself) {
  TensorId y = input({6});
  for (int i = 0; i < 50; ++i) y = node("Multiply", {y, y});
  EXPECT_EQ(op_names(fused({y})), Names{"_Elementwise"});
}

TEST_F(FuseElementwise, LeavesOtherDtypesAlone) {
  const TensorId x = input({4}, DType::kInt32);
  const TensorId y = node("Square", {node("Add", {x, x})});
  const TensorId truth = node("LogicalNot", {node("Greater", {x, x})});
  expect_unchanged(fuse_elementwise, {y, truth});
}

TEST_F(FuseElementwise, LeavesSelectionsOfSlicesAlone) {
  const TensorId x = input({4, 4});
  const TensorId slices = input({4}, DType::kBool);
  const TensorId relu = node("Relu", {x});
  expect_unchanged(fuse_elementwise, {node("Select", {slices, relu, x})});
}

TEST_F(FuseElementwise, LeavesSingleOperatorsAlone) {
  const TensorId x = input({4});
  expect_unchanged(fuse_elementwise, {node("Relu", {node("Identity", {x})}), node("Neg", {x})});
}

// --- recognise-layer-norm ---

struct RecogniseLayerNorm : RewritingPasses {
  TensorId x = kNoTensor;
  TensorId mean = kNoTensor;
  TensorId variance = kNoTensor;

  /// As tf.moments has it, or with SquaredDifference.
  void moments(Shape shape, Ints axes, bool squared_difference) {
    x = input(std::move(shape));
    mean = reduce("Mean", x, axes);
    const TensorId squares = squared_difference ? node("SquaredDifference", {x, mean})
                                                : node("Square", {node("Sub", {x, mean})});
    variance = reduce("Mean", squares, axes);
  }
  TensorId shifted() { return node("Add", {variance, scalar(1e-3f)}); }
  Graph recognised(TensorId output) { return passed(recognise_layer_norm, {output}, 2e-6f); }
};

TEST_F(RecogniseLayerNorm, MultipliedOut) {
  moments({3, 7, 40}, {-1}, true);
  const TensorId scale = node("Multiply", {node("Rsqrt", {shifted()}), weights({40}, 1)});
  const TensorId offset = node("Sub", {weights({40}, 2), node("Multiply", {mean, scale})});
  const Graph graph = recognised(node("Add", {node("Multiply", {x, scale}), offset}));
  ASSERT_EQ(op_names(graph), Names{"_LayerNorm"});
  EXPECT_EQ(graph.nodes[0].inputs.size(), 3u);
  EXPECT_EQ(graph.nodes[0].fused.size(), 10u);
}

TEST_F(RecogniseLayerNorm, AProductWithScaleAndOffset) {
  moments({3, 40}, {1}, false);
  const TensorId normal = node("Multiply", {node("Sub", {x, mean}), node("Rsqrt", {shifted()})});
  const TensorId scaled = node("Multiply", {weights({40}, 1), normal});
  EXPECT_EQ(op_names(recognised(node("Add", {weights({1, 40}, 2), scaled}))), Names{"_LayerNorm"});
}

TEST_F(RecogniseLayerNorm, AQuotientOverSeveralDimensions) {
  moments({2, 3, 4, 5}, {2, 3}, true);
  const TensorId normal = node("RealDiv", {node("Sub", {x, mean}), node("Sqrt", {shifted()})});
  const Graph graph = recognised(node("Multiply", {normal, weights({4, 5}, 1)}));
  ASSERT_EQ(op_names(graph), Names{"_LayerNorm"});
  EXPECT_EQ(graph.nodes[0].inputs[2], kNoTensor);
}

TEST_F(RecogniseLayerNorm, OtherWaysToTheDeviation) {
  const auto check = [&](auto inverse) {
    builder = GraphBuilder("main");
    inputs.clear();
    moments({4, 9}, {-1}, false);
    const TensorId y = node("Multiply", {node("Sub", {x, mean}), inverse()});
    EXPECT_EQ(op_names(recognised(y)), Names{"_LayerNorm"});
  };
  check([&] { return node("Pow", {shifted(), scalar(-0.5f)}); });
  check([&] { return node("Reciprocal", {node("Sqrt", {shifted()})}); });
  check([&] { return node("RealDiv", {scalar(1), node("Pow", {shifted(), scalar(0.5f)})}); });
  check([&] { return node("RealDiv", {weights({9}, 1), node("Sqrt", {shifted()})}); });
}

TEST_F(RecogniseLayerNorm, ABatchNormOfTiledMoments) {
  for (const bool is_read_as_well : {false, true}) {
    builder = GraphBuilder("main");
    inputs.clear();
    // x is made by something, and has another shape there.
    const TensorId given = input({10, 24});
    x = reshape(node("Relu", {given}), {2, 5, 24});
    mean = reduce("Mean", x, {2});
    variance = reduce("Mean", node("Square", {node("Sub", {x, mean})}), {2});
    const auto parameter = [&](unsigned seed) {
      return tile(reshape(weights({24}, seed), {1, 1, 24}), {2, 5, 1});
    };
    const TensorId scale = parameter(1);
    const TensorId offset = parameter(2);
    const TensorId normal = node("FusedBatchNorm",
                                 {reshape(x, {1, 2, 5, 24}), tile(mean, {1, 1, 24}),
                                  tile(variance, {1, 1, 24}), offset, scale},
                                 attrs_of({{"varianceEpsilon", number(0.01)}}));
    TensorId y = reshape(normal, {2, 5, 24});
    if (is_read_as_well) y = node("Add", {y, x});
    const Names names = op_names(recognised(y));
    EXPECT_EQ(std::count(names.begin(), names.end(), "_LayerNorm"), 1);
    EXPECT_EQ(std::count(names.begin(), names.end(), "Tile"), 0);
    EXPECT_EQ(std::count(names.begin(), names.end(), "Sub"), 0);
  }
}

TEST_F(RecogniseLayerNorm, LeavesMomentsThatOthersRead) {
  moments({3, 8}, {1}, true);
  const TensorId y = node("Multiply", {node("Sub", {x, mean}), node("Rsqrt", {shifted()})});
  expect_unchanged(recognise_layer_norm, {y, variance});
}

TEST_F(RecogniseLayerNorm, LeavesOtherDimensionsAlone) {
  moments({3, 8}, {0}, true);
  expect_unchanged(recognise_layer_norm,
                   {node("Multiply", {node("Sub", {x, mean}), node("Rsqrt", {shifted()})})});
}

TEST_F(RecogniseLayerNorm, TheMomentsMustBeOfWhatIsNormalised) {
  moments({3, 8}, {1}, true);
  const TensorId other = input({3, 8});
  const TensorId centred = node("Sub", {other, mean});
  expect_unchanged(recognise_layer_norm, {node("Multiply", {centred, node("Rsqrt", {shifted()})})});
}

TEST_F(RecogniseLayerNorm, WhatIsNoScaleOrOffsetStays) {
  moments({3, 8}, {1}, true);
  const TensorId normal = node("Multiply", {node("Sub", {x, mean}), node("Rsqrt", {shifted()})});
  const TensorId scaled = node("Multiply", {normal, input({3, 1})});
  EXPECT_EQ(op_names(recognised(node("Add", {scaled, x}))),
            (Names{"_LayerNorm", "Multiply", "Add"}));
}

// --- recognise-softmax ---

struct RecogniseSoftmax : RewritingPasses {
  TensorId exponential(TensorId x, Ints axes) {
    return node("Exp", {node("Sub", {x, reduce("Max", x, axes)})});
  }
};

TEST_F(RecogniseSoftmax, AQuotientOrAProduct) {
  const TensorId x = input({4, 6, 70});
  const TensorId e = exponential(x, {-1});
  const TensorId first = node("RealDiv", {e, reduce("Sum", e, {2})});
  const TensorId f = exponential(first, {2});
  const TensorId sum = reshape(reduce("Sum", f, {-1}, false), {4, 6, 1});
  const TensorId second = node("Multiply", {node("Reciprocal", {sum}), f});
  EXPECT_EQ(op_names(passed(recognise_softmax, {second}, 1e-6f)), (Names{"Softmax", "Softmax"}));
}

TEST_F(RecogniseSoftmax, LeavesOtherDimensionsAndSumsAlone) {
  const TensorId x = input({4, 6});
  const TensorId e = exponential(x, {0});
  const TensorId f = exponential(x, {1});
  expect_unchanged(recognise_softmax, {node("RealDiv", {e, reduce("Sum", e, {0})}),
                                       node("RealDiv", {f, reduce("Sum", x, {1})})});
}

}  // namespace
}  // namespace tfjs_native
