// Inference of convolutions.
#include "ops/convolution.h"

#include "ops/checks.h"
#include "ops/fused.h"

namespace tfjs_native {
namespace {

Status check_dtypes(const TensorDesc& x, const TensorDesc& filter) {
  TFJS_RETURN_IF_ERROR(check_dtype(x, "x", {DType::kFloat32, DType::kInt32}));
  if (filter.dtype != x.dtype) {
    return make_status(Code::kBadDtype, "filter: expected the dtype of x (%s), got %s",
                       dtype_name(x.dtype), dtype_name(filter.dtype));
  }
  return {};
}

/// Spatial extents of a filter of shape [spatial..., in, out]; BAD_SHAPE at another rank.
Result<Ints> filter_extents(const Shape& filter, size_t spatial) {
  if (filter.size() != spatial + 2) {
    return make_status(Code::kBadShape, "filter: expected rank %zu, got shape %s", spatial + 2,
                       to_string(filter).c_str());
  }
  return Ints(filter.begin(), filter.begin() + spatial);
}

Status check_padding(const Padding& padding) {
  for (const double value : padding.values) {
    if (value < 0) return make_status(Code::kBadAttr, "pad: expected no negative, got %g", value);
  }
  return {};
}

Result<Window> infer_forward(InferContext& context, size_t spatial, bool depthwise) {
  const TensorDesc& x = context.inputs[0];
  const TensorDesc& filter = context.inputs[1];
  TFJS_RETURN_IF_ERROR(check_dtypes(x, filter));
  TFJS_ASSIGN_OR_RETURN(Window window,
                        convolution_window(x.shape, "x", filter.shape, context.attrs, spatial));
  const int64_t multiplier = filter.shape[spatial + 1];
  context.output(x.dtype,
                 window.output_shape(depthwise ? window.channels * multiplier : multiplier));
  context.result.resolved = window;
  return window;
}

Status infer_fused(InferContext& context, bool depthwise) {
  TFJS_ASSIGN_OR_RETURN(const Window window, infer_forward(context, 2, depthwise));
  context.result.outputs[0].dtype = activated_dtype(context.attrs, context.result.outputs[0].dtype);
  return infer_post_ops(context, 2, 3, context.result.outputs[0].shape, window.channels_first);
}

}  // namespace

Result<Window> convolution_window(const Shape& x, const char* x_name, const Shape& filter,
                                  const Attrs& attrs, size_t spatial) {
  TFJS_ASSIGN_OR_RETURN(Ints extents, filter_extents(filter, spatial));
  TFJS_RETURN_IF_ERROR(check_padding(attrs.padding("pad")));
  TFJS_ASSIGN_OR_RETURN(Window window, resolve_window(x, window_spec(attrs, std::move(extents))));
  if (window.channels != filter[spatial]) {
    return make_status(Code::kBadShape, "filter: %s takes %lld channels, but %s has %lld",
                       to_string(filter).c_str(), static_cast<long long>(filter[spatial]), x_name,
                       static_cast<long long>(window.channels));
  }
  return window;
}

Status infer_conv2d(InferContext& context) { return infer_forward(context, 2, false).status(); }

Status infer_conv3d(InferContext& context) { return infer_forward(context, 3, false).status(); }

Status infer_depthwise_conv2d(InferContext& context) {
  return infer_forward(context, 2, true).status();
}

Status infer_fused_conv2d(InferContext& context) { return infer_fused(context, false); }

Status infer_fused_depthwise_conv2d(InferContext& context) { return infer_fused(context, true); }

}  // namespace tfjs_native
