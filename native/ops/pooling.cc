// Inference of poolings.
#include <optional>

#include "ops/checks.h"
#include "ops/window_attrs.h"

namespace tfjs_native {
namespace {

constexpr DTypeSet kNumbers = {DType::kFloat32, DType::kInt32};

/// One value stands for all dimensions, surplus values are ignored, as in tfjs-core.
Result<Ints> filter_extents(const Attrs& attrs, size_t count) {
  const Ints given = attrs.integers("filterSize");
  if (given.size() != 1 && given.size() < count) {
    return make_status(Code::kBadAttr, "filterSize: expected 1 or %zu values, got %s", count,
                       to_string(given).c_str());
  }
  Ints all;
  for (size_t i = 0; i < count; ++i) {
    all.push_back(given[given.size() == 1 ? 0 : i]);
    if (all[i] < 1) {
      return make_status(Code::kBadAttr, "filterSize: expected positive values, got %s",
                         to_string(given).c_str());
    }
  }
  return all;
}

Result<Window> resolve_pool(const Shape& shape, const Attrs& attrs, size_t spatial,
                            std::optional<Rounding> rounding = {}) {
  TFJS_ASSIGN_OR_RETURN(const Ints filter, filter_extents(attrs, spatial));
  WindowSpec spec = window_spec(attrs, filter);
  if (rounding) spec.rounding = *rounding;
  return resolve_window(shape, spec);
}

/// Resolves the window over `spatial` dimensions of x, for the kernel and for the caller.
Result<Window> infer_window(InferContext& context, size_t spatial) {
  TFJS_ASSIGN_OR_RETURN(Window window,
                        resolve_pool(context.inputs[0].shape, context.attrs, spatial));
  context.result.resolved = window;
  return window;
}

/// Inputs dy, input and perhaps output. tfjs-core does not tell gradients of 2-D poolings how the
/// pooling rounded, so that the shape of dy has to: it must fit one way of rounding.
Status infer_grad(InferContext& context, size_t spatial) {
  const TensorDesc& dy = context.inputs[0];
  const TensorDesc& input = context.inputs[1];
  TFJS_RETURN_IF_ERROR(check_dtype(dy, "dy", {DType::kFloat32}));
  TFJS_RETURN_IF_ERROR(check_dtype(input, "input", kNumbers));
  Shape expected;
  const std::optional<Rounding> ways[] = {std::nullopt, Rounding::kCeil, Rounding::kRound};
  for (const std::optional<Rounding>& rounding : ways) {
    TFJS_ASSIGN_OR_RETURN(const Window window,
                          resolve_pool(input.shape, context.attrs, spatial, rounding));
    const Shape shape = window.output_shape(window.channels);
    if (shape == dy.shape) {
      context.result.resolved = window;
      context.output(DType::kFloat32, input.shape);
      return {};
    }
    if (expected.empty()) expected = shape;
  }
  return make_status(Code::kBadShape, "dy: expected shape %s, got %s", to_string(expected).c_str(),
                     to_string(dy.shape).c_str());
}

}  // namespace

Status infer_avg_pool(InferContext& context) {
  const TensorDesc& x = context.inputs[0];
  TFJS_RETURN_IF_ERROR(check_dtype(x, "x", kNumbers));
  TFJS_ASSIGN_OR_RETURN(const Window window, infer_window(context, 2));
  context.output(x.dtype, window.output_shape(window.channels));
  return {};
}

Status infer_max_pool(InferContext& context) {
  const TensorDesc& x = context.inputs[0];
  TFJS_RETURN_IF_ERROR(check_dtype(x, "x", kTfjsReals));
  TFJS_ASSIGN_OR_RETURN(const Window window, infer_window(context, 2));
  context.output(x.dtype, window.output_shape(window.channels));
  return {};
}

Status infer_max_pool_with_argmax(InferContext& context) {
  TFJS_RETURN_IF_ERROR(infer_max_pool(context));
  context.output(DType::kInt32, context.result.outputs[0].shape);
  return {};
}

// tfjs's 3-D poolings give float32 whatever they are given.
Status infer_avg_pool_3d(InferContext& context) {
  TFJS_RETURN_IF_ERROR(check_dtype(context.inputs[0], "x", kNumbers));
  TFJS_ASSIGN_OR_RETURN(const Window window, infer_window(context, 3));
  context.output(DType::kFloat32, window.output_shape(window.channels));
  return {};
}

Status infer_max_pool_3d(InferContext& context) {
  TFJS_RETURN_IF_ERROR(check_dtype(context.inputs[0], "x", kTfjsReals));
  TFJS_ASSIGN_OR_RETURN(const Window window, infer_window(context, 3));
  context.output(DType::kFloat32, window.output_shape(window.channels));
  return {};
}

Status infer_avg_pool_grad(InferContext& context) { return infer_grad(context, 2); }

Status infer_max_pool_grad(InferContext& context) { return infer_grad(context, 2); }

Status infer_avg_pool_3d_grad(InferContext& context) { return infer_grad(context, 3); }

Status infer_max_pool_3d_grad(InferContext& context) { return infer_grad(context, 3); }

}  // namespace tfjs_native
