#pragma once

#include <optional>
#include <vector>

#include "graph/edit.h"

namespace tfjs_native {

/// A float32 product by a filter (or a matrix), as passes see it.
struct Product {
  /// The dimension of its output along which the filter's outputs lie.
  size_t channel_axis = 0;
  int64_t channels = 0;
  bool is_channels_first = false;
};

/// For calls of Conv2D, DepthwiseConv2dNative, Conv3D, Conv2DBackpropInput and BatchMatMul that
/// depend on an input of the graph.
std::optional<Product> product_of(const GraphEditor& editor, const GraphNode& node);

/// True when the operand, broadcast to `output`, differs at most along `axis`.
bool is_per_channel(const TensorDesc& operand, const Shape& output, size_t axis);

/// A shape of `count` elements which broadcasts along `axis` of a tensor of that rank.
Shape shape_along(size_t axis, size_t rank, int64_t count);

}  // namespace tfjs_native
