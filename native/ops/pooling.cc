// Inference of poolings. Kernels find the resolved geometry with window_of().
#include <optional>

#include "device/resolved_window.h"
#include "device/window_attrs.h"
#include "ops/op_table.h"

namespace tfjs_native {
namespace {

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
  TFJS_ASSIGN_OR_RETURN(Window window, resolve_window(shape, spec));
  if (spatial == 3 && spec.padding.kind == Padding::Kind::kSame) {
    // Unlike its 2-D rule, tfjs-core's 3-D rule shifts windows inwards where strides exceed the
    // filter: half of a negative padding, rounded down, stands in front.
    for (WindowDim& dim : window.dims) {
      const int64_t all = (dim.out - 1) * dim.stride + dim.effective_filter() - dim.in;
      dim.pad_begin = all >= 0 ? all / 2 : -((1 - all) / 2);
    }
  }
  return window;
}

/// Resolves the window over `spatial` dimensions of x, for the kernel and for the caller.
Result<Window> infer_window(InferContext& context, size_t spatial) {
  TFJS_ASSIGN_OR_RETURN(Window window,
                        resolve_pool(context.inputs[0].shape, context.attrs, spatial));
  set_window(context.attrs, window);
  return window;
}

Status expect_dtype(const TensorDesc& x, const char* name, bool with_bool) {
  if (x.dtype == DType::kFloat32 || x.dtype == DType::kInt32) return {};
  if (with_bool && x.dtype == DType::kBool) return {};
  return make_status(Code::kBadDtype, "%s: expected %s, got %s", name,
                     with_bool ? "float32, int32 or bool" : "float32 or int32",
                     dtype_name(x.dtype));
}

/// Inputs dy, input and perhaps output. tfjs-core does not tell gradients of 2-D poolings how the
/// pooling rounded, so that the shape of dy has to: it must fit one way of rounding.
Status infer_grad(InferContext& context, size_t spatial) {
  const TensorDesc& dy = context.inputs[0];
  const TensorDesc& input = context.inputs[1];
  if (dy.dtype != DType::kFloat32) {
    return make_status(Code::kBadDtype, "dy: expected float32, got %s", dtype_name(dy.dtype));
  }
  TFJS_RETURN_IF_ERROR(expect_dtype(input, "input", false));
  Shape expected;
  const std::optional<Rounding> ways[] = {std::nullopt, Rounding::kCeil, Rounding::kRound};
  for (const std::optional<Rounding>& rounding : ways) {
    TFJS_ASSIGN_OR_RETURN(const Window window,
                          resolve_pool(input.shape, context.attrs, spatial, rounding));
    const Shape shape = window.output_shape(window.channels);
    if (shape == dy.shape) {
      set_window(context.attrs, window);
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
  TFJS_RETURN_IF_ERROR(expect_dtype(x, "x", false));
  TFJS_ASSIGN_OR_RETURN(const Window window, infer_window(context, 2));
  context.output(x.dtype, window.output_shape(window.channels));
  return {};
}

Status infer_max_pool(InferContext& context) {
  const TensorDesc& x = context.inputs[0];
  TFJS_RETURN_IF_ERROR(expect_dtype(x, "x", true));
  TFJS_ASSIGN_OR_RETURN(const Window window, infer_window(context, 2));
  context.output(x.dtype, window.output_shape(window.channels));
  return {};
}

Status infer_max_pool_with_argmax(InferContext& context) {
  TFJS_RETURN_IF_ERROR(infer_max_pool(context));
  context.output(DType::kInt32, context.outputs[0].shape);
  return {};
}

// tfjs's 3-D poolings give float32 whatever they are given.
Status infer_avg_pool_3d(InferContext& context) {
  TFJS_RETURN_IF_ERROR(expect_dtype(context.inputs[0], "x", false));
  TFJS_ASSIGN_OR_RETURN(const Window window, infer_window(context, 3));
  context.output(DType::kFloat32, window.output_shape(window.channels));
  return {};
}

Status infer_max_pool_3d(InferContext& context) {
  TFJS_RETURN_IF_ERROR(expect_dtype(context.inputs[0], "x", true));
  TFJS_ASSIGN_OR_RETURN(const Window window, infer_window(context, 3));
  context.output(DType::kFloat32, window.output_shape(window.channels));
  return {};
}

Status infer_avg_pool_grad(InferContext& context) { return infer_grad(context, 2); }

Status infer_max_pool_grad(InferContext& context) { return infer_grad(context, 2); }

Status infer_avg_pool_3d_grad(InferContext& context) { return infer_grad(context, 3); }

Status infer_max_pool_3d_grad(InferContext& context) { return infer_grad(context, 3); }

}  // namespace tfjs_native
