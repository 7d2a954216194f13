#pragma once

#include "tensor/dtype.h"
#include "tensor/shape.h"

namespace tfjs_native {

/// What is known of a tensor before any value is: element type and shape. `present` is false for
/// an optional input that was left out.
struct TensorDesc {
  DType dtype = DType::kFloat32;
  Shape shape;
  bool present = true;

  int64_t num_elements() const { return tfjs_native::num_elements(shape); }
  size_t size_bytes() const { return static_cast<size_t>(num_elements()) * size_of(dtype); }
  size_t rank() const { return shape.size(); }

  friend bool operator==(const TensorDesc& a, const TensorDesc& b) = default;
};

}  // namespace tfjs_native
