#pragma once

#include <optional>

#include "device/element_program.h"
#include "graph/edit.h"

namespace tfjs_native {

/// What a node does to each element.
struct ElementNode {
  enum class Kind {
    kFunction,
    kSum,     // AddN: of all inputs, from the first on.
    kNumber,  // Cast: the input's number as float32.
    kName,    // Another name of its input.
  };
  Kind kind = Kind::kFunction;
  ElementFunction function = ElementFunction::kConstant;

  /// Instructions that it takes beside constants.
  size_t instructions(size_t inputs) const {
    if (kind == Kind::kFunction) return 1;
    return kind == Kind::kSum ? inputs - 1 : 0;
  }
};

/// Nothing for a node that computes more than a function of each element, or does so of tensors for
/// which there is none.
std::optional<ElementNode> element_node(const GraphEditor& editor, const GraphNode& node);

}  // namespace tfjs_native
