// Inference of normalizations.
#include "ops/checks.h"

namespace tfjs_native {

/// Inputs: x, mean, variance, offset?, scale?.
Status infer_batch_norm(InferContext& context) {
  static constexpr const char* kNames[] = {"x", "mean", "variance", "offset", "scale"};
  const TensorDesc& x = context.inputs[0];
  TFJS_RETURN_IF_ERROR(check_dtype(x, "x", {DType::kFloat32, DType::kInt32}));
  for (size_t i = 1; i < 5; ++i) {
    const TensorDesc& parameter = context.inputs[i];
    if (!parameter.present) continue;
    TFJS_RETURN_IF_ERROR(check_dtype(parameter, kNames[i], kTfjsReals));
    if (parameter.rank() != context.inputs[1].rank()) {
      return make_status(Code::kBadShape, "%s: expected the rank of mean (%zu), got shape %s",
                         kNames[i], context.inputs[1].rank(), to_string(parameter.shape).c_str());
    }
    if (parameter.num_elements() == 0 && x.num_elements() != 0) {
      return make_status(Code::kBadShape, "%s: expected values for x of shape %s, got none",
                         kNames[i], to_string(x.shape).c_str());
    }
  }
  context.output(x.dtype, x.shape);
  return {};
}

/// (x - mean) / sqrt(variance + epsilon) * gamma + beta, with mean and variance over the last
/// `dims` dimensions of x (1 if absent), whose extents gamma and beta have; 1s before those count
/// for nothing. All are float32.
Status infer_layer_norm(InferContext& context) {
  static constexpr const char* kNames[] = {"x", "gamma", "beta"};
  const TensorDesc& x = context.inputs[0];
  if (const double epsilon = context.attrs.number("epsilon"); !(epsilon >= 0)) {
    return make_status(Code::kBadAttr, "epsilon: expected a number from 0 on, got %g", epsilon);
  }
  int64_t dims = 1;
  if (context.attrs.has("dims")) {
    TFJS_ASSIGN_OR_RETURN(dims, whole_number(context.attrs, "dims"));
  }
  const auto rank = static_cast<int64_t>(x.rank());
  if (dims < 1 || dims > rank) {
    return make_status(Code::kBadAttr, "dims: expected 1 to %lld, the rank of x, got %lld",
                       static_cast<long long>(rank), static_cast<long long>(dims));
  }
  Ints axes;
  for (int64_t axis = rank - dims; axis < rank; ++axis) axes.push_back(axis);
  for (size_t i = 0; i < context.inputs.size(); ++i) {
    const TensorDesc& input = context.inputs[i];
    if (!input.present) continue;
    TFJS_RETURN_IF_ERROR(check_dtype(input, kNames[i], {DType::kFloat32}));
    if (i == 0) continue;
    const Shape tail(x.shape.end() - dims, x.shape.end());
    const auto* begin = input.shape.begin();
    while (input.shape.end() - begin > dims && *begin == 1) ++begin;
    if (Shape(begin, input.shape.end()) == tail) continue;
    return make_status(Code::kBadShape, "%s: expected the last dimensions of x, %s, got %s",
                       kNames[i], to_string(tail).c_str(), to_string(input.shape).c_str());
  }
  context.result.resolved = Axes{std::move(axes)};
  context.output(DType::kFloat32, x.shape);
  return {};
}

Status infer_lrn(InferContext& context) {
  static constexpr const char* kNames[] = {"x", "y", "dy"};
  const TensorDesc& x = context.inputs[0];
  for (size_t i = 0; i < context.inputs.size(); ++i) {
    const TensorDesc& input = context.inputs[i];
    TFJS_RETURN_IF_ERROR(check_dtype(input, kNames[i], {DType::kFloat32}));
    if (input.rank() != 4 || input.shape != x.shape) {
      return make_status(Code::kBadShape,
                         "%s: expected [batch, height, width, channels]%s, got shape %s", kNames[i],
                         i == 0 ? "" : " like x", to_string(input.shape).c_str());
    }
  }
  context.output(DType::kFloat32, x.shape);
  return {};
}

Status infer_lrn_grad(InferContext& context) { return infer_lrn(context); }

}  // namespace tfjs_native
