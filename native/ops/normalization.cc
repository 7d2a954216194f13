// Inference of normalizations.
#include "ops/op_table.h"

namespace tfjs_native {

/// Inputs: x, mean, variance, offset?, scale?.
Status infer_batch_norm(InferContext& context) {
  static constexpr const char* kNames[] = {"x", "mean", "variance", "offset", "scale"};
  const TensorDesc& x = context.inputs[0];
  if (x.dtype != DType::kFloat32 && x.dtype != DType::kInt32) {
    return make_status(Code::kBadDtype, "x: expected float32 or int32, got %s",
                       dtype_name(x.dtype));
  }
  for (size_t i = 1; i < 5; ++i) {
    const TensorDesc& parameter = context.inputs[i];
    if (!parameter.present) continue;
    if (parameter.dtype == DType::kComplex64) {
      return make_status(Code::kBadDtype, "%s: expected float32, int32 or bool, got complex64",
                         kNames[i]);
    }
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

Status infer_lrn(InferContext& context) {
  static constexpr const char* kNames[] = {"x", "y", "dy"};
  const TensorDesc& x = context.inputs[0];
  for (size_t i = 0; i < context.inputs.size(); ++i) {
    const TensorDesc& input = context.inputs[i];
    if (input.dtype != DType::kFloat32) {
      return make_status(Code::kBadDtype, "%s: expected float32, got %s", kNames[i],
                         dtype_name(input.dtype));
    }
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
