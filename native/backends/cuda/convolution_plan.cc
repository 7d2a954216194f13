#include "backends/cuda/convolution_plan.h"

#include <utility>

#include "backends/cuda/alignment.h"

namespace tfjs_native::cuda {
namespace {

// Names of the tensors, for which a run gives pointers.
constexpr int64_t kX = 'x';
constexpr int64_t kFilter = 'w';
constexpr int64_t kY = 'y';

// What an engine may ask for; the fastest ones that ask for more are rarely worth it.
constexpr int64_t kMaxWorkspaceBytes = int64_t{512} << 20;

using Four = std::array<int64_t, 4>;

/// Strides of a dense [n, c, h, w] tensor whose channels lie last (or first).
Four strides_of(const Four& dims, bool channels_first) {
  const auto [n, c, h, w] = dims;
  if (channels_first) return {c * h * w, h * w, w, 1};
  return {c * h * w, 1, w * c, c};
}

Result<GraphPart> make_tensor(int64_t id, const Four& dims, bool channels_first) {
  TFJS_ASSIGN_OR_RETURN(GraphPart tensor, GraphPart::create(CUDNN_BACKEND_TENSOR_DESCRIPTOR));
  const Four strides = strides_of(dims, channels_first);
  TFJS_RETURN_IF_ERROR(tensor.set(CUDNN_ATTR_TENSOR_UNIQUE_ID, id));
  TFJS_RETURN_IF_ERROR(tensor.set(CUDNN_ATTR_TENSOR_DATA_TYPE, CUDNN_DATA_FLOAT));
  TFJS_RETURN_IF_ERROR(tensor.set(CUDNN_ATTR_TENSOR_BYTE_ALIGNMENT, int64_t{kAlignmentBytes}));
  TFJS_RETURN_IF_ERROR(
      tensor.set_list(CUDNN_ATTR_TENSOR_DIMENSIONS, std::span<const int64_t>(dims)));
  TFJS_RETURN_IF_ERROR(
      tensor.set_list(CUDNN_ATTR_TENSOR_STRIDES, std::span<const int64_t>(strides)));
  TFJS_RETURN_IF_ERROR(tensor.finalize());
  return tensor;
}

Result<GraphPart> make_window(const ConvolutionShape& shape) {
  TFJS_ASSIGN_OR_RETURN(GraphPart window, GraphPart::create(CUDNN_BACKEND_CONVOLUTION_DESCRIPTOR));
  using Pair = std::span<const int64_t>;
  TFJS_RETURN_IF_ERROR(window.set(CUDNN_ATTR_CONVOLUTION_SPATIAL_DIMS, int64_t{2}));
  TFJS_RETURN_IF_ERROR(window.set(CUDNN_ATTR_CONVOLUTION_COMP_TYPE, CUDNN_DATA_FLOAT));
  TFJS_RETURN_IF_ERROR(window.set(CUDNN_ATTR_CONVOLUTION_CONV_MODE, CUDNN_CROSS_CORRELATION));
  TFJS_RETURN_IF_ERROR(window.set_list(CUDNN_ATTR_CONVOLUTION_PRE_PADDINGS, Pair(shape.pad)));
  TFJS_RETURN_IF_ERROR(window.set_list(CUDNN_ATTR_CONVOLUTION_POST_PADDINGS, Pair(shape.pad)));
  TFJS_RETURN_IF_ERROR(window.set_list(CUDNN_ATTR_CONVOLUTION_FILTER_STRIDES, Pair(shape.stride)));
  TFJS_RETURN_IF_ERROR(window.set_list(CUDNN_ATTR_CONVOLUTION_DILATIONS, Pair(shape.dilation)));
  TFJS_RETURN_IF_ERROR(window.finalize());
  return window;
}

/// The graph of one convolution; appends what it is made of to `parts`.
Result<GraphPart> make_graph(cudnnHandle_t handle, const ConvolutionShape& shape,
                             std::vector<GraphPart>& parts) {
  const bool first = shape.channels_first;
  const auto [h, w] = shape.in;
  const auto [r, s] = shape.filter;
  const auto [p, q] = shape.out;
  TFJS_ASSIGN_OR_RETURN(GraphPart x,
                        make_tensor(kX, {shape.batch, shape.in_channels, h, w}, first));
  TFJS_ASSIGN_OR_RETURN(GraphPart filter,
                        make_tensor(kFilter, {shape.out_channels, shape.in_channels, r, s}, first));
  TFJS_ASSIGN_OR_RETURN(GraphPart y,
                        make_tensor(kY, {shape.batch, shape.out_channels, p, q}, first));
  TFJS_ASSIGN_OR_RETURN(GraphPart window, make_window(shape));

  TFJS_ASSIGN_OR_RETURN(GraphPart convolution,
                        GraphPart::create(CUDNN_BACKEND_OPERATION_CONVOLUTION_FORWARD_DESCRIPTOR));
  TFJS_RETURN_IF_ERROR(convolution.set(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_CONV_DESC, window));
  TFJS_RETURN_IF_ERROR(convolution.set(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_X, x));
  TFJS_RETURN_IF_ERROR(convolution.set(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_W, filter));
  TFJS_RETURN_IF_ERROR(convolution.set(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_Y, y));
  TFJS_RETURN_IF_ERROR(convolution.set(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_ALPHA, 1.0f));
  TFJS_RETURN_IF_ERROR(convolution.set(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_BETA, 0.0f));
  TFJS_RETURN_IF_ERROR(convolution.finalize());

  TFJS_ASSIGN_OR_RETURN(GraphPart graph,
                        GraphPart::create(CUDNN_BACKEND_OPERATIONGRAPH_DESCRIPTOR));
  TFJS_RETURN_IF_ERROR(graph.set(CUDNN_ATTR_OPERATIONGRAPH_HANDLE, handle));
  TFJS_RETURN_IF_ERROR(graph.set(CUDNN_ATTR_OPERATIONGRAPH_OPS, convolution));
  TFJS_RETURN_IF_ERROR(graph.finalize());
  for (GraphPart* part : {&x, &filter, &y, &window, &convolution}) {
    parts.push_back(std::move(*part));
  }
  return graph;
}

/// The engines that one of cuDNN's heuristics proposes for a graph, best first.
Result<std::vector<GraphPart>> propose(const GraphPart& graph, cudnnBackendHeurMode_t mode) {
  TFJS_ASSIGN_OR_RETURN(GraphPart heuristics,
                        GraphPart::create(CUDNN_BACKEND_ENGINEHEUR_DESCRIPTOR));
  TFJS_RETURN_IF_ERROR(heuristics.set(CUDNN_ATTR_ENGINEHEUR_OPERATION_GRAPH, graph));
  TFJS_RETURN_IF_ERROR(heuristics.set(CUDNN_ATTR_ENGINEHEUR_MODE, mode));
  TFJS_RETURN_IF_ERROR(heuristics.finalize());
  int64_t count = 0;
  TFJS_RETURN_IF_ERROR(
      TFJS_CUDA(cudnnBackendGetAttribute(heuristics.get(), CUDNN_ATTR_ENGINEHEUR_RESULTS,
                                         CUDNN_TYPE_BACKEND_DESCRIPTOR, 0, &count, nullptr)));
  std::vector<GraphPart> engines;
  std::vector<cudnnBackendDescriptor_t> handles;
  for (int64_t i = 0; i < count; ++i) {
    TFJS_ASSIGN_OR_RETURN(GraphPart engine, GraphPart::create(CUDNN_BACKEND_ENGINECFG_DESCRIPTOR));
    handles.push_back(engine.get());
    engines.push_back(std::move(engine));
  }
  int64_t filled = 0;
  TFJS_RETURN_IF_ERROR(TFJS_CUDA(
      cudnnBackendGetAttribute(heuristics.get(), CUDNN_ATTR_ENGINEHEUR_RESULTS,
                               CUDNN_TYPE_BACKEND_DESCRIPTOR, count, &filled, handles.data())));
  while (static_cast<int64_t>(engines.size()) > filled) engines.pop_back();
  return engines;
}

/// Whether the engine computes as precisely as float32 allows, and alike from run to run. cuDNN
/// marks those that convert to TF32 for the tensor cores with a note, like all the others.
Result<bool> is_precise(const GraphPart& configuration) {
  TFJS_ASSIGN_OR_RETURN(GraphPart engine, GraphPart::create(CUDNN_BACKEND_ENGINE_DESCRIPTOR));
  cudnnBackendDescriptor_t handle = engine.get();
  int64_t count = 0;
  TFJS_RETURN_IF_ERROR(
      TFJS_CUDA(cudnnBackendGetAttribute(configuration.get(), CUDNN_ATTR_ENGINECFG_ENGINE,
                                         CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, &count, &handle)));
  std::array<cudnnBackendNumericalNote_t, CUDNN_NUMERICAL_NOTE_TYPE_COUNT> notes{};
  TFJS_RETURN_IF_ERROR(TFJS_CUDA(cudnnBackendGetAttribute(
      engine.get(), CUDNN_ATTR_ENGINE_NUMERICAL_NOTE, CUDNN_TYPE_NUMERICAL_NOTE,
      static_cast<int64_t>(notes.size()), &count, notes.data())));
  for (int64_t i = 0; i < count; ++i) {
    switch (notes[static_cast<size_t>(i)]) {
      case CUDNN_NUMERICAL_NOTE_TENSOR_CORE:
      case CUDNN_NUMERICAL_NOTE_DOWN_CONVERT_INPUTS:
      case CUDNN_NUMERICAL_NOTE_REDUCED_PRECISION_REDUCTION:
      case CUDNN_NUMERICAL_NOTE_NONDETERMINISTIC:
      case CUDNN_NUMERICAL_NOTE_WINOGRAD_TILE_13x13:  // Loses half of the digits.
        return false;
      default:
        break;
    }
  }
  return true;
}

struct ReadyEngine {
  GraphPart plan;
  size_t workspace_bytes;
};

/// UNSUPPORTED when the engine turns out not to take the shape, or wants too much workspace.
Result<ReadyEngine> make_ready(cudnnHandle_t handle, const GraphPart& configuration) {
  TFJS_ASSIGN_OR_RETURN(GraphPart plan, GraphPart::create(CUDNN_BACKEND_EXECUTION_PLAN_DESCRIPTOR));
  TFJS_RETURN_IF_ERROR(plan.set(CUDNN_ATTR_EXECUTION_PLAN_HANDLE, handle));
  TFJS_RETURN_IF_ERROR(plan.set(CUDNN_ATTR_EXECUTION_PLAN_ENGINE_CONFIG, configuration));
  TFJS_RETURN_IF_ERROR(plan.finalize());
  int64_t bytes = 0;
  int64_t count = 0;
  TFJS_RETURN_IF_ERROR(TFJS_CUDA(cudnnBackendGetAttribute(
      plan.get(), CUDNN_ATTR_EXECUTION_PLAN_WORKSPACE_SIZE, CUDNN_TYPE_INT64, 1, &count, &bytes)));
  if (bytes > kMaxWorkspaceBytes) {
    return Status(Code::kUnsupported, "the engine wants too much workspace");
  }
  return ReadyEngine{std::move(plan), static_cast<size_t>(bytes)};
}

}  // namespace

Result<ConvolutionPlan> ConvolutionPlan::create(cudnnHandle_t handle,
                                                const ConvolutionShape& shape) {
  std::vector<GraphPart> parts;
  TFJS_ASSIGN_OR_RETURN(GraphPart graph, make_graph(handle, shape, parts));
  // The second list is shorter and slower, but holds what works where the first ones do not.
  for (const auto mode : {CUDNN_HEUR_MODE_A, CUDNN_HEUR_MODE_FALLBACK}) {
    Result<std::vector<GraphPart>> engines = propose(graph, mode);
    // A heuristic that knows nothing of this shape is no reason not to ask the next one.
    if (!engines.ok()) continue;
    for (GraphPart& engine : engines.value()) {
      TFJS_ASSIGN_OR_RETURN(const bool precise, is_precise(engine));
      if (!precise) continue;
      Result<ReadyEngine> ready = make_ready(handle, engine);
      if (!ready.ok()) continue;
      parts.push_back(std::move(graph));
      parts.push_back(std::move(engine));
      return ConvolutionPlan(std::move(parts), std::move(ready.value().plan),
                             ready.value().workspace_bytes);
    }
  }
  return Status(Code::kUnsupported, "cuDNN has no engine in full float32 precision for this shape");
}

Status ConvolutionPlan::run(cudnnHandle_t handle, const void* x, const void* filter, void* y,
                            void* workspace) const {
  TFJS_ASSIGN_OR_RETURN(GraphPart pack, GraphPart::create(CUDNN_BACKEND_VARIANT_PACK_DESCRIPTOR));
  const std::array<int64_t, 3> ids = {kX, kFilter, kY};
  const std::array<void*, 3> pointers = {const_cast<void*>(x), const_cast<void*>(filter), y};
  TFJS_RETURN_IF_ERROR(
      pack.set_list(CUDNN_ATTR_VARIANT_PACK_UNIQUE_IDS, std::span<const int64_t>(ids)));
  TFJS_RETURN_IF_ERROR(
      pack.set_list(CUDNN_ATTR_VARIANT_PACK_DATA_POINTERS, std::span<void* const>(pointers)));
  TFJS_RETURN_IF_ERROR(pack.set(CUDNN_ATTR_VARIANT_PACK_WORKSPACE, workspace));
  TFJS_RETURN_IF_ERROR(pack.finalize());
  return TFJS_CUDA(cudnnBackendExecute(handle, plan_.get(), pack.get()));
}

}  // namespace tfjs_native::cuda
