// Inference of operators whose output shares the input's buffer.
#include "base/checked_math.h"
#include "ops/checks.h"

namespace tfjs_native {

Status infer_identity(InferContext& context) {
  whole_input(context, context.inputs[0].shape);
  return {};
}

Status infer_reshape(InferContext& context) {
  const TensorDesc& x = context.inputs[0];
  Shape shape = context.attrs.integers("shape");
  int64_t known = 1;
  int wildcard = -1;
  for (size_t i = 0; i < shape.size(); ++i) {
    if (shape[i] == -1 && wildcard < 0) {
      wildcard = static_cast<int>(i);
    } else if (shape[i] < 0) {
      return make_status(Code::kBadAttr, "shape: expected extents with at most one -1, got %s",
                         to_string(shape).c_str());
    } else if (!multiply_checked(known, shape[i], known)) {
      return make_status(Code::kBadShape, "shape: too many elements, got %s",
                         to_string(shape).c_str());
    }
  }
  if (wildcard >= 0) shape[wildcard] = known == 0 ? 0 : x.num_elements() / known;
  if (num_elements(shape) != x.num_elements()) {
    return make_status(Code::kBadShape, "x: %s has %lld elements, which do not fit shape %s",
                       to_string(x.shape).c_str(), static_cast<long long>(x.num_elements()),
                       to_string(context.attrs.integers("shape")).c_str());
  }
  whole_input(context, std::move(shape));
  return {};
}

Status infer_expand_dims(InferContext& context) {
  const TensorDesc& input = context.inputs[0];
  TFJS_ASSIGN_OR_RETURN(const int64_t dim,
                        normalize_axis(context.attrs.integer("dim"), input.rank() + 1, "dim"));
  Shape shape = input.shape;
  shape.insert(static_cast<size_t>(dim), 1);
  whole_input(context, std::move(shape));
  return {};
}

}  // namespace tfjs_native
