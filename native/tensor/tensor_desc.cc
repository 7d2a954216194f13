#include "tensor/tensor_desc.h"

#include <algorithm>

namespace tfjs_native {

bool TensorDesc::is_open() const {
  return std::find(shape.begin(), shape.end(), kOpenExtent) != shape.end();
}

size_t TensorDesc::storage_bytes() const {
  switch (layout.kind) {
    case Layout::Kind::kDense:
      return size_bytes();
    case Layout::Kind::kStrided: {
      if (num_elements() == 0) return 0;
      int64_t last = 0;
      for (size_t i = 0; i < rank(); ++i) last += (shape[i] - 1) * layout.strides[i];
      return static_cast<size_t>(last + 1) * size_of(dtype);
    }
    case Layout::Kind::kPacked:
      return layout.packed_bytes;
    case Layout::Kind::kPlaced:
      return 0;
  }
  return 0;
}

}  // namespace tfjs_native
