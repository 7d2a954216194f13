// Inference of the gradients of convolutions. They give float32 whatever they are given.
#include "ops/checks.h"
#include "ops/convolution.h"

namespace tfjs_native {
namespace {

/// dy must cover what the convolution of `window` gives. As in tfjs-core it may extend further in
/// space; that part has no influence.
Status check_dy(const TensorDesc& dy, const Window& window, const Shape& filter, bool depthwise) {
  TFJS_RETURN_IF_ERROR(check_dtype(dy, "dy", kTfjsReals));
  const int64_t last = filter[filter.size() - 1];
  const Shape expected = window.output_shape(depthwise ? window.channels * last : last);
  bool covers = dy.rank() == expected.size();
  for (size_t i = 0; i < expected.size() && covers; ++i) {
    const bool is_spatial = i > 0 && i != (window.channels_first ? 1 : expected.size() - 1);
    covers = is_spatial ? dy.shape[i] >= expected[i] : dy.shape[i] == expected[i];
  }
  if (covers) return {};
  return make_status(Code::kBadShape, "dy: expected shape %s, got %s", to_string(expected).c_str(),
                     to_string(dy.shape).c_str());
}

Status infer_input_gradient(InferContext& context, size_t spatial, bool depthwise) {
  const TensorDesc& filter = context.inputs[1];
  const Shape shape = context.attrs.integers("inputShape");
  TFJS_RETURN_IF_ERROR(check_dtype(filter, "filter", kTfjsReals));
  if (shape.size() != spatial + 2) {
    return make_status(Code::kBadAttr, "inputShape: expected %zu extents, got %s", spatial + 2,
                       to_string(shape).c_str());
  }
  TFJS_RETURN_IF_ERROR(check_shape(shape));
  TFJS_ASSIGN_OR_RETURN(const Window window, convolution_window(shape, "inputShape", filter.shape,
                                                                context.attrs, spatial));
  TFJS_RETURN_IF_ERROR(check_dy(context.inputs[0], window, filter.shape, depthwise));
  context.result.resolved = window;
  context.output(DType::kFloat32, shape);
  return {};
}

Status infer_filter_gradient(InferContext& context, size_t spatial, bool depthwise) {
  const TensorDesc& x = context.inputs[0];
  const Shape shape = context.attrs.integers("filterShape");
  TFJS_RETURN_IF_ERROR(check_dtype(x, "x", kTfjsReals));
  if (shape.size() != spatial + 2) {
    return make_status(Code::kBadAttr, "filterShape: expected %zu extents, got %s", spatial + 2,
                       to_string(shape).c_str());
  }
  TFJS_RETURN_IF_ERROR(check_shape(shape));
  TFJS_ASSIGN_OR_RETURN(const Window window,
                        convolution_window(x.shape, "x", shape, context.attrs, spatial));
  TFJS_RETURN_IF_ERROR(check_dy(context.inputs[1], window, shape, depthwise));
  context.result.resolved = window;
  context.output(DType::kFloat32, shape);
  return {};
}

}  // namespace

Status infer_conv2d_input_gradient(InferContext& context) {
  return infer_input_gradient(context, 2, false);
}

Status infer_conv2d_filter_gradient(InferContext& context) {
  return infer_filter_gradient(context, 2, false);
}

Status infer_depthwise_input_gradient(InferContext& context) {
  return infer_input_gradient(context, 2, true);
}

Status infer_depthwise_filter_gradient(InferContext& context) {
  return infer_filter_gradient(context, 2, true);
}

Status infer_conv3d_input_gradient(InferContext& context) {
  return infer_input_gradient(context, 3, false);
}

Status infer_conv3d_filter_gradient(InferContext& context) {
  return infer_filter_gradient(context, 3, false);
}

}  // namespace tfjs_native
