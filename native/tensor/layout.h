#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "tensor/shape.h"

namespace tfjs_native {

/// How the elements of a tensor lie in memory.
struct Layout {
  enum class Kind : uint8_t {
    kDense,    // Row-major, without gaps.
    kStrided,  // At the strides.
    kPacked,   // In a form that only a device knows, by its name for it.
    kPlaced,   // Of an input: where the first output has them already, with other elements.
  };
  Kind kind = Kind::kDense;
  Ints strides;             // kStrided: elements to step along each dimension, none negative.
  std::string packed_form;  // kPacked
  size_t packed_bytes = 0;  // kPacked

  friend bool operator==(const Layout& a, const Layout& b) = default;
};

}  // namespace tfjs_native
