#pragma once

#include <variant>
#include <vector>

#include "device/element_program.h"
#include "tensor/window.h"

namespace tfjs_native {

// What inference resolves from attributes and shapes, once, for every kernel of the operator: axes
// counted from the front, masks and defaults gone. One type for each idea.

/// Dimensions that an operator works along: reductions, scans, joins, splits, reversals.
struct Axes {
  Ints axes;
  friend bool operator==(const Axes&, const Axes&) = default;
};

/// Elements of the input at a begin, which the run-time scalars give (one for each dimension), and
/// from there at strides, of any sign but 0.
struct SliceBox {
  Ints strides;
  Shape size;  // Of the input's rank.
  friend bool operator==(const SliceBox&, const SliceBox&) = default;
};

/// GatherV2's.
struct GatherAxes {
  int64_t axis = 0;
  int64_t batch_dims = 0;
  friend bool operator==(const GatherAxes&, const GatherAxes&) = default;
};

/// [begin, end] for each dimension; a negative number cuts values off, never more than there are.
struct PadBox {
  Ints paddings;
  friend bool operator==(const PadBox&, const PadBox&) = default;
};

/// The dimensions of a contraction's inputs as labels: those of the output are numbered in its
/// order, from 0; over the others it sums. No input has a label twice.
struct Subscripts {
  std::vector<Ints> inputs;
  int64_t outputs = 0;
  friend bool operator==(const Subscripts&, const Subscripts&) = default;
};

/// Nothing is to be computed: every output is a part of the first input's memory. The run-time
/// scalars give each output's distance from the beginning, in elements.
struct PartsOfInput {
  friend bool operator==(const PartsOfInput&, const PartsOfInput&) = default;
};

using Resolved = std::variant<std::monostate, Window, Axes, SliceBox, GatherAxes, PadBox,
                              PartsOfInput, ElementProgram, Subscripts>;

}  // namespace tfjs_native
