#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/thread_pool.h"
#include "binding/testing/chain_device.h"
#include "graph/passes/pass.h"
#include "graph/planned_steps.h"
#include "graph/printer.h"
#include "graph/run.h"
#include "graph/testing/graph_parts.h"
#include "graph/verifier.h"

namespace tfjs_native {

using Floats = std::vector<float>;

/// Runs passes on graphs, and graphs on the CPU.
class PassBench {
 public:
  PassBench() : planner_(device_), plans_(planner_), stream_(must(device_.create_stream())) {}

  MemorySource& memory() { return stream_->memory(); }
  DeviceStream& stream() { return *stream_; }

  Storage stored(const Floats& values) {
    Storage storage{make_ref<Buffer>(memory(), values.size() * sizeof(float))};
    EXPECT_EQ(error_text(storage.buffer->allocate()), "ok");
    if (!values.empty())
      std::copy(values.begin(), values.end(), static_cast<float*>(storage.data()));
    return storage;
  }

  /// The graph after these passes, in that order, or all; whether they changed something is left in
  /// `is_changed`.
  Graph optimised(Graph graph, const std::vector<std::string>& names = {}) {
    PassContext context{planner_, plans_, *stream_, memory()};
    is_changed = false;
    if (names.empty()) {
      std::vector<std::string> applied;
      EXPECT_EQ(error_text(optimise(graph, context, {}, applied)), "ok");
      is_changed = !applied.empty();
    }
    for (const std::string& name : names) {
      const auto all = passes();
      const auto pass = std::find_if(all.begin(), all.end(),
                                     [&](const Pass& candidate) { return name == candidate.name; });
      if (pass == all.end()) {
        ADD_FAILURE() << "no pass is named " << name;
        continue;
      }
      is_changed |= must(pass->run(graph, context));
    }
    EXPECT_EQ(error_text(verify(graph)), "ok") << to_text(graph);
    return graph;
  }

  /// The outputs' values, as floats, for random inputs; those of other dtypes are 0 and 1.
  std::vector<Floats> run(const Graph& graph, uint32_t seed = 1) {
    const auto executable = must(specialise(std::make_shared<const Graph>(graph), plans_));
    if (!executable) return {};
    std::vector<Storage> outputs(executable->outputs.size());
    EXPECT_EQ(error_text(run_executable(*executable, random_inputs(*executable, seed), outputs,
                                        device_, *stream_, memory())),
              "ok");
    return values_of(*executable, outputs);
  }

  /// The same by steps that have their places in an arena, which are left in `steps`, but for what
  /// is named in `disabled`; what was decided for the places is left in `placement`.
  std::vector<Floats> run_placed(const Graph& graph, const std::vector<std::string>& disabled = {},
                                 uint32_t seed = 1) {
    const auto executable = must(specialise(std::make_shared<const Graph>(graph), plans_));
    if (!executable) return {};
    placement = must(place_values(*executable, plans_, disabled));
    const ThreadPool::SizeHold hold(ThreadPool::instance());
    steps = must(PlannedSteps::plan(executable, placement, device_, memory()));
    if (!steps) return {};
    const std::vector<Storage> inputs = random_inputs(*executable, seed);
    std::vector<Storage> results;
    for (const size_t bytes : steps->result_bytes()) {
      results.push_back({make_ref<Buffer>(memory(), bytes)});
    }
    EXPECT_EQ(error_text(steps->run(inputs, results, device_, *stream_, memory())), "ok");
    std::vector<Storage> outputs;
    for (const OutputSource& source : steps->outputs()) {
      const bool is_input = source.kind == OutputSource::Kind::kInput;
      const bool is_constant = source.kind == OutputSource::Kind::kConstant;
      Storage storage = is_input      ? inputs[source.index]
                        : is_constant ? source.constant
                                      : results[source.index];
      storage.offset_bytes = source.offset_bytes;
      outputs.push_back(std::move(storage));
    }
    return values_of(*executable, outputs);
  }
  Placement placement;
  std::shared_ptr<const PlannedSteps> steps;

  /// The graph after the passes, having compared what both compute: they may differ by `tolerance`
  /// of the largest number in an output.
  Graph checked(const Graph& graph, const std::vector<std::string>& names = {},
                double tolerance = 1e-5) {
    Graph after = optimised(graph, names);
    const std::vector<Floats> expected = run(graph);
    const std::vector<Floats> values = run(after);
    EXPECT_EQ(values.size(), expected.size());
    for (size_t i = 0; i < std::min(values.size(), expected.size()); ++i) {
      expect_near(values[i], expected[i], tolerance, to_text(graph) + "became " + to_text(after));
    }
    return after;
  }

  bool is_changed = false;

  /// Up to `tolerance` of the largest number that is expected.
  static void expect_near(const Floats& values, const Floats& expected, double tolerance,
                          const std::string& text) {
    ASSERT_EQ(values.size(), expected.size());
    double largest = 0;
    for (const float value : expected) {
      if (std::isfinite(value)) largest = std::max(largest, std::abs(static_cast<double>(value)));
    }
    for (size_t i = 0; i < values.size(); ++i) {
      if (std::isnan(expected[i]) && std::isnan(values[i])) continue;
      if (expected[i] == values[i]) continue;
      ASSERT_NEAR(values[i], expected[i], tolerance * largest) << "at " << i << " of " << text;
    }
  }

 private:
  std::vector<Storage> random_inputs(const Executable& executable, uint32_t seed) {
    std::vector<Storage> inputs;
    for (const TensorDesc& desc : executable.inputs) inputs.push_back(random_input(desc, ++seed));
    return inputs;
  }

  static std::vector<Floats> values_of(const Executable& executable,
                                       std::span<const Storage> outputs) {
    std::vector<Floats> values;
    for (size_t i = 0; i < outputs.size(); ++i) {
      const TensorDesc& desc = executable.outputs[i];
      EXPECT_EQ(desc.dtype, DType::kFloat32);
      const auto* const data = static_cast<const float*>(outputs[i].data());
      values.emplace_back(data, data + desc.num_elements());
    }
    return values;
  }

  Storage random_input(const TensorDesc& desc, uint32_t seed) {
    const Floats values = self_test::random_tensor(desc.shape, seed).values;
    if (desc.dtype == DType::kFloat32) return stored(values);
    const size_t element_bytes = size_of(desc.dtype);
    Storage storage{make_ref<Buffer>(memory(), values.size() * element_bytes)};
    EXPECT_EQ(error_text(storage.buffer->allocate()), "ok");
    std::memset(storage.data(), 0, storage.buffer->size_bytes());
    for (size_t i = 0; i < values.size(); ++i) {
      // Of integers and truth values this is the lowest byte.
      static_cast<char*>(storage.data())[i * element_bytes] = values[i] < 0 ? 1 : 0;
    }
    return storage;
  }

  ChainDevice device_;
  Planner planner_;
  PlanStore plans_;
  std::unique_ptr<DeviceStream> stream_;
};

/// Makes a graph of calls that all have one output.
class GraphMaker {
 public:
  explicit GraphMaker(PassBench& bench) : bench_(bench) {}

  TensorId input(Shape shape, DType dtype = DType::kFloat32) {
    return must(builder_.input(desc_of(std::move(shape), dtype)));
  }
  TensorId constant(Shape shape, const Floats& values) {
    return must(builder_.constant(desc_of(std::move(shape)), bench_.stored(values)));
  }
  TensorId scalar(float value) { return constant({}, {value}); }
  /// Random numbers in [-2, 2).
  TensorId constant(const Shape& shape) {
    return constant(shape, self_test::random_tensor(shape, ++seed_).values);
  }
  /// Random numbers in (0, 4].
  TensorId positive(const Shape& shape) {
    Floats values = self_test::random_tensor(shape, ++seed_).values;
    for (float& value : values) value += 2.0625f;
    return constant(shape, values);
  }
  TensorId call(const char* op, std::vector<TensorId> inputs,
                std::initializer_list<std::pair<const char*, AttrValue>> attrs = {}) {
    const auto outputs = must(builder_.node(op, attrs_of(attrs), std::move(inputs)));
    return outputs.empty() ? kNoTensor : outputs[0];
  }
  TensorId reshape(TensorId x, const Ints& shape) {
    return call("Reshape", {x}, {{"shape", numbers(shape)}});
  }
  TensorId transpose(TensorId x, const Ints& perm) {
    return call("Transpose", {x}, {{"perm", numbers(perm)}});
  }
  TensorId reduce(const char* op, TensorId x, const Ints& axes, bool keep_dims = true) {
    const char* const axis = std::string_view(op) == "Max" ? "reductionIndices" : "axis";
    return call(op, {x}, {{axis, numbers(axes)}, {"keepDims", flag(keep_dims)}});
  }

  const Shape& shape_of(TensorId id) const { return builder_.tensor(id).desc.shape; }
  GraphBuilder& builder() { return builder_; }
  Graph finish(std::vector<TensorId> outputs) { return must(builder_.finish(std::move(outputs))); }

 private:
  PassBench& bench_;
  GraphBuilder builder_{"test"};
  uint32_t seed_ = 100;
};

inline AttrValue padding(Padding::Kind kind, std::initializer_list<double> values = {}) {
  AttrValue attr{.present = true};
  attr.padding.kind = kind;
  attr.padding.values = values;
  return attr;
}
inline AttrValue same_padding() { return padding(Padding::Kind::kSame); }
inline AttrValue valid_padding() { return padding(Padding::Kind::kValid); }

/// "Conv2D Relu": the operators of a graph in their order.
inline std::string ops_of(const Graph& graph) {
  std::string text;
  for (const GraphNode& node : graph.nodes) {
    if (!text.empty()) text += ' ';
    text += op_name(node);
  }
  return text;
}

/// "bias activation": the post-ops of a node in their order.
inline std::string post_ops_of(const GraphNode& node) {
  constexpr const char* kNames[] = {"bias", "activation", "binary", "sum", "quantize"};
  std::string text;
  for (const PostOp& post_op : node.post_ops) {
    if (!text.empty()) text += ' ';
    text += kNames[post_op.index()];
  }
  return text;
}

/// Tests of one pass, on one graph at a time.
class PassTest : public testing::Test {
 protected:
  explicit PassTest(const char* pass, double tolerance = 1e-5)
      : pass_(pass), tolerance_(tolerance) {}

  /// Begins another graph.
  void begin() { maker.emplace(bench); }
  /// The operators after the pass, which must have changed something and have nothing left to do;
  /// the graph computes the same, and lies in `after`.
  std::string passed(std::vector<TensorId> outputs) {
    after = bench.checked(maker->finish(std::move(outputs)), {pass_}, tolerance_);
    EXPECT_TRUE(bench.is_changed);
    const Graph again = bench.optimised(after, {pass_});
    EXPECT_FALSE(bench.is_changed) << to_text(again);
    return ops_of(after);
  }
  void expect_unchanged(std::vector<TensorId> outputs) {
    const Graph graph = bench.optimised(maker->finish(std::move(outputs)), {pass_});
    EXPECT_FALSE(bench.is_changed) << to_text(graph);
  }

  PassBench bench;
  std::optional<GraphMaker> maker{std::in_place, bench};
  Graph after;

 private:
  const char* pass_;
  double tolerance_;
};

}  // namespace tfjs_native
