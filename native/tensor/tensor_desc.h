#pragma once

#include "tensor/dtype.h"
#include "tensor/layout.h"
#include "tensor/shape.h"

namespace tfjs_native {

/// What is known of a tensor before any value is: element type, shape, and how the elements lie in
/// memory. `present` is false for an optional input that was left out.
struct TensorDesc {
  DType dtype = DType::kFloat32;
  Shape shape;
  bool present = true;
  /// The values are the same for every run: a model's weights.
  bool is_constant = false;
  Layout layout;

  /// Some extent is kOpenExtent: the number of elements is not known.
  bool is_open() const;
  int64_t num_elements() const { return tfjs_native::num_elements(shape); }
  /// Of the elements, one after another. 0 of an open one.
  size_t size_bytes() const {
    return is_open() ? 0 : static_cast<size_t>(num_elements()) * size_of(dtype);
  }
  /// Of the memory that they lie in, gaps and a packed form's padding included.
  size_t storage_bytes() const;
  size_t rank() const { return shape.size(); }
  /// Elements to step along each dimension; of dense and strided tensors.
  Ints strides() const {
    return layout.kind == Layout::Kind::kStrided ? layout.strides : strides_of(shape);
  }

  friend bool operator==(const TensorDesc& a, const TensorDesc& b) = default;
};

}  // namespace tfjs_native
