// Inference of matrix products.
#include "ops/checks.h"
#include "ops/fused.h"
#include "ops/op_table.h"

namespace tfjs_native {
namespace {

struct MatrixShape {
  int64_t rows;
  int64_t columns;
};

MatrixShape matrix_of(const Shape& shape, bool transpose) {
  const int64_t outer = shape[shape.size() - 2];
  const int64_t inner = shape[shape.size() - 1];
  return transpose ? MatrixShape{inner, outer} : MatrixShape{outer, inner};
}

Status check_operand(const char* name, const TensorDesc& operand) {
  if (operand.rank() < 2) {
    return make_status(Code::kBadShape, "%s: expected rank 2 or more, got shape %s", name,
                       to_string(operand.shape).c_str());
  }
  return check_dtype(operand, name, kTfjsReals);
}

/// Checks both operands and returns the shape of their product.
Result<Shape> product_shape(InferContext& context) {
  const TensorDesc& a = context.inputs[0];
  const TensorDesc& b = context.inputs[1];
  TFJS_RETURN_IF_ERROR(check_operand("a", a));
  TFJS_RETURN_IF_ERROR(check_operand("b", b));
  if (a.dtype != b.dtype) {
    return make_status(Code::kBadDtype, "b: expected the dtype of a (%s), got %s",
                       dtype_name(a.dtype), dtype_name(b.dtype));
  }
  const MatrixShape left = matrix_of(a.shape, context.attrs.flag("transposeA"));
  const MatrixShape right = matrix_of(b.shape, context.attrs.flag("transposeB"));
  if (left.columns != right.rows) {
    return make_status(Code::kBadShape, "b: inner dimensions differ: %lld of a %s and %lld of b %s",
                       static_cast<long long>(left.columns), to_string(a.shape).c_str(),
                       static_cast<long long>(right.rows), to_string(b.shape).c_str());
  }
  TFJS_ASSIGN_OR_RETURN(Shape shape, broadcast_shapes(Shape(a.shape.begin(), a.shape.end() - 2),
                                                      Shape(b.shape.begin(), b.shape.end() - 2)));
  shape.push_back(left.rows);
  shape.push_back(right.columns);
  return shape;
}

}  // namespace

Status infer_matmul(InferContext& context) {
  TFJS_ASSIGN_OR_RETURN(Shape shape, product_shape(context));
  context.output(context.inputs[0].dtype, std::move(shape));
  return {};
}

Status infer_fused_matmul(InferContext& context) {
  TFJS_ASSIGN_OR_RETURN(Shape shape, product_shape(context));
  const DType dtype = context.inputs[0].dtype;
  TFJS_RETURN_IF_ERROR(check_dtype(context.inputs[0], "a", {DType::kFloat32, DType::kInt32}));
  TFJS_RETURN_IF_ERROR(infer_post_ops(context, 2, 3, shape, false));
  context.output(activated_dtype(context.attrs, dtype), std::move(shape));
  return {};
}

}  // namespace tfjs_native
