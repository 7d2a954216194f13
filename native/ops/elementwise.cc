// Inference of element-wise operators.
#include "ops/op_table.h"

namespace tfjs_native {

Status infer_arithmetic(InferContext& context) {
  const TensorDesc& a = context.inputs[0];
  const TensorDesc& b = context.inputs[1];
  if (a.dtype != b.dtype) {
    return make_status(Code::kBadDtype, "b: expected the dtype of a (%s), got %s",
                       dtype_name(a.dtype), dtype_name(b.dtype));
  }
  TFJS_ASSIGN_OR_RETURN(Shape shape, broadcast_shapes(a.shape, b.shape));
  context.output(a.dtype, shape);
  return {};
}

}  // namespace tfjs_native
