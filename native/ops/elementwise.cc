// Inference of element-wise operators.
#include "ops/checks.h"

namespace tfjs_native {
namespace {

Status check_same_dtype(const TensorDesc& a, const TensorDesc& b) {
  if (a.dtype == b.dtype) return {};
  return make_status(Code::kBadDtype, "b: expected the dtype of a (%s), got %s",
                     dtype_name(a.dtype), dtype_name(b.dtype));
}

Status check_same_shape(const TensorDesc& a, const TensorDesc& b, const char* a_name,
                        const char* b_name) {
  if (a.shape == b.shape) return {};
  return make_status(Code::kBadShape, "%s: expected the shape of %s, %s, got %s", b_name, a_name,
                     to_string(a.shape).c_str(), to_string(b.shape).c_str());
}

Status infer_broadcast(InferContext& context, DType dtype) {
  TFJS_ASSIGN_OR_RETURN(Shape shape,
                        broadcast_shapes(context.inputs[0].shape, context.inputs[1].shape));
  context.output(dtype, std::move(shape));
  return {};
}

Status infer_real_unary(InferContext& context, DType dtype) {
  TFJS_RETURN_IF_ERROR(check_dtype(context.inputs[0], "x", kTfjsReals));
  context.output(dtype, context.inputs[0].shape);
  return {};
}

}  // namespace

/// Two operands of one dtype, which the result has too.
Status infer_arithmetic(InferContext& context) {
  TFJS_RETURN_IF_ERROR(check_same_dtype(context.inputs[0], context.inputs[1]));
  return infer_broadcast(context, context.inputs[0].dtype);
}

Status infer_real_arithmetic(InferContext& context) {
  TFJS_RETURN_IF_ERROR(check_dtype(context.inputs[0], "a", kTfjsReals));
  return infer_arithmetic(context);
}

/// int32 for every dtype.
Status infer_floor_div(InferContext& context) {
  TFJS_RETURN_IF_ERROR(check_dtype(context.inputs[0], "a", kTfjsReals));
  TFJS_RETURN_IF_ERROR(check_same_dtype(context.inputs[0], context.inputs[1]));
  return infer_broadcast(context, DType::kInt32);
}

Status infer_bitwise(InferContext& context) {
  TFJS_RETURN_IF_ERROR(check_dtype(context.inputs[0], "a", {DType::kInt32}));
  TFJS_RETURN_IF_ERROR(check_dtype(context.inputs[1], "b", {DType::kInt32}));
  return infer_broadcast(context, DType::kInt32);
}

/// float32 for every dtype.
Status infer_prelu(InferContext& context) {
  TFJS_RETURN_IF_ERROR(check_dtype(context.inputs[0], "x", kTfjsReals));
  TFJS_RETURN_IF_ERROR(check_dtype(context.inputs[1], "alpha", kTfjsReals));
  return infer_broadcast(context, DType::kFloat32);
}

/// float32 for every dtype, no broadcasting.
Status infer_elu_grad(InferContext& context) {
  TFJS_RETURN_IF_ERROR(check_dtype(context.inputs[0], "dy", kTfjsReals));
  TFJS_RETURN_IF_ERROR(check_dtype(context.inputs[1], "y", kTfjsReals));
  TFJS_RETURN_IF_ERROR(check_same_shape(context.inputs[1], context.inputs[0], "y", "dy"));
  context.output(DType::kFloat32, context.inputs[1].shape);
  return {};
}

Status infer_compare(InferContext& context) {
  TFJS_RETURN_IF_ERROR(check_dtype(context.inputs[0], "a", kTfjsReals));
  TFJS_RETURN_IF_ERROR(check_same_dtype(context.inputs[0], context.inputs[1]));
  return infer_broadcast(context, DType::kBool);
}

Status infer_logical(InferContext& context) {
  TFJS_RETURN_IF_ERROR(check_dtype(context.inputs[0], "a", {DType::kBool}));
  TFJS_RETURN_IF_ERROR(check_dtype(context.inputs[1], "b", {DType::kBool}));
  return infer_broadcast(context, DType::kBool);
}

Status infer_logical_not(InferContext& context) {
  TFJS_RETURN_IF_ERROR(check_dtype(context.inputs[0], "x", {DType::kBool}));
  context.output(DType::kBool, context.inputs[0].shape);
  return {};
}

/// The result has the dtype of x, as in JavaScript: integers are truncated back.
Status infer_unary(InferContext& context) {
  return infer_real_unary(context, context.inputs[0].dtype);
}

Status infer_unary_float(InferContext& context) {
  return infer_real_unary(context, DType::kFloat32);
}

Status infer_unary_bool(InferContext& context) { return infer_real_unary(context, DType::kBool); }

/// float32 only: functions that graphs recognise in tfjs's own operators.
Status infer_unary_of_float(InferContext& context) {
  TFJS_RETURN_IF_ERROR(check_dtype(context.inputs[0], "x", {DType::kFloat32}));
  context.output(DType::kFloat32, context.inputs[0].shape);
  return {};
}

Status infer_like(InferContext& context) {
  context.output(context.inputs[0].dtype, context.inputs[0].shape);
  return {};
}

Status infer_cast(InferContext& context) {
  const DType dtype = context.attrs.dtype("dtype");
  if (dtype == context.inputs[0].dtype) {
    whole_input(context, context.inputs[0].shape);
    return {};
  }
  context.output(dtype, context.inputs[0].shape);
  return {};
}

/// The condition has the shape of t and e, or one element for each of their outermost slices, or is
/// a scalar. The result has the wider dtype of t and e.
Status infer_select(InferContext& context) {
  const TensorDesc& condition = context.inputs[0];
  const TensorDesc& t = context.inputs[1];
  const TensorDesc& e = context.inputs[2];
  TFJS_RETURN_IF_ERROR(check_dtype(condition, "condition", {DType::kBool}));
  TFJS_RETURN_IF_ERROR(check_same_shape(t, e, "t", "e"));
  const bool scalar = condition.rank() == 0;
  const bool slices = condition.rank() == 1 && t.rank() >= 1 && condition.shape[0] == t.shape[0];
  if (!scalar && !slices && !(condition.shape == t.shape)) {
    return make_status(Code::kBadShape,
                       "condition: expected the shape of t, %s, or its first extent, got %s",
                       to_string(t.shape).c_str(), to_string(condition.shape).c_str());
  }
  if (t.dtype == e.dtype) {
    context.output(t.dtype, t.shape);
    return {};
  }
  TFJS_RETURN_IF_ERROR(check_dtype(t, "t", kTfjsReals));
  TFJS_RETURN_IF_ERROR(check_dtype(e, "e", kTfjsReals));
  const bool any_float = t.dtype == DType::kFloat32 || e.dtype == DType::kFloat32;
  context.output(any_float ? DType::kFloat32 : DType::kInt32, t.shape);
  return {};
}

Status infer_add_n(InferContext& context) {
  if (context.inputs.empty()) {
    return Status(Code::kBadShape, "tensors: expected at least one tensor, got none");
  }
  const TensorDesc& first = context.inputs[0];
  TFJS_RETURN_IF_ERROR(check_dtype(first, "tensors[0]", kTfjsReals));
  for (size_t i = 1; i < context.inputs.size(); ++i) {
    const std::string name = "tensors[" + std::to_string(i) + "]";
    TFJS_RETURN_IF_ERROR(check_dtype(context.inputs[i], name.c_str(), {first.dtype}));
    TFJS_RETURN_IF_ERROR(check_same_shape(first, context.inputs[i], "tensors[0]", name.c_str()));
  }
  context.output(first.dtype, first.shape);
  return {};
}

Status infer_complex(InferContext& context) {
  TFJS_RETURN_IF_ERROR(check_dtype(context.inputs[0], "real", kTfjsReals));
  TFJS_RETURN_IF_ERROR(check_dtype(context.inputs[1], "imag", kTfjsReals));
  TFJS_RETURN_IF_ERROR(check_same_shape(context.inputs[0], context.inputs[1], "real", "imag"));
  context.output(DType::kComplex64, context.inputs[0].shape);
  return {};
}

/// float32 from complex64: Real, Imag, ComplexAbs.
Status infer_complex_part(InferContext& context) {
  TFJS_RETURN_IF_ERROR(check_dtype(context.inputs[0], "input", {DType::kComplex64}));
  context.output(DType::kFloat32, context.inputs[0].shape);
  return {};
}

}  // namespace tfjs_native
