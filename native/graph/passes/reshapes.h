#pragma once

#include "graph/edit.h"

namespace tfjs_native {

// Nodes that move no element.

/// True for what gives its input another shape: Reshape and ExpandDims.
bool is_reshape(const GraphNode& node);

/// Whether a transpose of that shape leaves all elements where they are: dimensions of more than
/// one keep their order.
bool moves_nothing(const Ints& perm, const Shape& shape);

/// `output` gets the values of `input` under its own shape.
GraphNode make_reshape(const GraphEditor& editor, TensorId input, TensorId output);

}  // namespace tfjs_native
