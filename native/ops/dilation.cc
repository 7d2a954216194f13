// Inference of grayscale dilation and its gradients.
#include "ops/checks.h"
#include "ops/op_table.h"
#include "ops/window_attrs.h"

namespace tfjs_native {
namespace {

/// Inputs: x [batch, height, width, channels], filter [height, width, channels].
Result<Window> infer_window(InferContext& context) {
  const TensorDesc& x = context.inputs[0];
  const TensorDesc& filter = context.inputs[1];
  TFJS_RETURN_IF_ERROR(check_dtype(x, "x", {DType::kFloat32, DType::kInt32}));
  if (filter.dtype != x.dtype) {
    return make_status(Code::kBadDtype, "filter: expected the dtype of x (%s), got %s",
                       dtype_name(x.dtype), dtype_name(filter.dtype));
  }
  if (filter.rank() != 3) {
    return make_status(Code::kBadShape, "filter: expected rank 3, got shape %s",
                       to_string(filter.shape).c_str());
  }
  const Ints extents{filter.shape[0], filter.shape[1]};
  TFJS_ASSIGN_OR_RETURN(const Window window,
                        resolve_window(x.shape, window_spec(context.attrs, extents)));
  if (filter.shape[2] != window.channels) {
    return make_status(Code::kBadShape, "filter: expected %lld channels, got shape %s",
                       static_cast<long long>(window.channels), to_string(filter.shape).c_str());
  }
  context.result.resolved = window;
  return window;
}

/// The gradient for input `wanted`; dy is the third input.
Status infer_grad(InferContext& context, size_t wanted) {
  TFJS_ASSIGN_OR_RETURN(const Window window, infer_window(context));
  const TensorDesc& dy = context.inputs[2];
  for (const auto& [tensor, name] : {std::pair{&context.inputs[0], "x"}, std::pair{&dy, "dy"}}) {
    TFJS_RETURN_IF_ERROR(check_dtype(*tensor, name, {DType::kFloat32}));
  }
  const Shape expected = window.output_shape(window.channels);
  if (dy.shape != expected) {
    return make_status(Code::kBadShape, "dy: expected shape %s, got %s",
                       to_string(expected).c_str(), to_string(dy.shape).c_str());
  }
  context.output(DType::kFloat32, context.inputs[wanted].shape);
  return {};
}

}  // namespace

Status infer_dilation(InferContext& context) {
  TFJS_ASSIGN_OR_RETURN(const Window window, infer_window(context));
  context.output(context.inputs[0].dtype, window.output_shape(window.channels));
  return {};
}

Status infer_dilation_input_grad(InferContext& context) { return infer_grad(context, 0); }

Status infer_dilation_filter_grad(InferContext& context) { return infer_grad(context, 1); }

}  // namespace tfjs_native
