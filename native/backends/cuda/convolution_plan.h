#pragma once

#include <cudnn_graph.h>

#include <array>
#include <cstdint>
#include <vector>

#include "backends/cuda/cudnn_graph_parts.h"

namespace tfjs_native::cuda {

/// A 2-D float32 convolution with the same padding at both ends of a dimension. The filter is
/// [k, r, s, c] when channels are last and [k, c, r, s] when they are first. Pairs are (height,
/// width).
struct ConvolutionShape {
  bool channels_first = false;
  int64_t batch = 0;
  int64_t in_channels = 0;
  int64_t out_channels = 0;
  std::array<int64_t, 2> in{};
  std::array<int64_t, 2> filter{};
  std::array<int64_t, 2> out{};
  std::array<int64_t, 2> pad{};
  std::array<int64_t, 2> stride{};
  std::array<int64_t, 2> dilation{};
};

/// How cuDNN computes one ConvolutionShape. Immutable; several streams may run it at the same time,
/// each with a handle of its own.
class ConvolutionPlan {
 public:
  /// Takes the first engine, in the order of cuDNN's heuristics, that supports the shape, keeps
  /// full float32 precision and gives the same result every time. UNSUPPORTED when there is none.
  static Result<ConvolutionPlan> create(cudnnHandle_t handle, const ConvolutionShape& shape);

  size_t workspace_bytes() const { return workspace_bytes_; }
  /// Enqueues the convolution on the handle's stream. All pointers are is_aligned().
  Status run(cudnnHandle_t handle, const void* x, const void* filter, void* y,
             void* workspace) const;

 private:
  ConvolutionPlan(std::vector<GraphPart> parts, GraphPart plan, size_t workspace_bytes)
      : parts_(std::move(parts)), plan_(std::move(plan)), workspace_bytes_(workspace_bytes) {}

  std::vector<GraphPart> parts_;  // What the plan was made of; destroyed after it.
  GraphPart plan_;
  size_t workspace_bytes_;
};

}  // namespace tfjs_native::cuda
