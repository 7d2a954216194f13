// Inference of poolings. Kernels find the resolved geometry with window_of().
#include "device/window_attr.h"
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

Rounding rounding_of(const Attrs& attrs) {
  const std::string& mode = attrs.text("dimRoundingMode");
  if (mode == "floor") return Rounding::kFloor;
  if (mode == "round") return Rounding::kRound;
  if (mode == "ceil") return Rounding::kCeil;
  return Rounding::kTruncate;
}

/// Resolves the window over `spatial` dimensions of x, for the kernel and for the caller.
Result<Window> infer_window(InferContext& context, const TensorDesc& x, size_t spatial) {
  WindowSpec spec;
  TFJS_ASSIGN_OR_RETURN(spec.filter, filter_extents(context.attrs, spatial));
  spec.strides = context.attrs.integers("strides");
  spec.padding = context.attrs.padding("pad");
  spec.rounding = rounding_of(context.attrs);
  TFJS_ASSIGN_OR_RETURN(Window window, resolve_window(x.shape, spec));
  set_window(context.attrs, window);
  return window;
}

Status expect_dtype(const TensorDesc& x, bool with_bool) {
  if (x.dtype == DType::kFloat32 || x.dtype == DType::kInt32) return {};
  if (with_bool && x.dtype == DType::kBool) return {};
  return make_status(Code::kBadDtype, "x: expected %s, got %s",
                     with_bool ? "float32, int32 or bool" : "float32 or int32",
                     dtype_name(x.dtype));
}

}  // namespace

Status infer_avg_pool(InferContext& context) {
  const TensorDesc& x = context.inputs[0];
  TFJS_RETURN_IF_ERROR(expect_dtype(x, false));
  TFJS_ASSIGN_OR_RETURN(const Window window, infer_window(context, x, 2));
  context.output(x.dtype, window.output_shape(window.channels));
  return {};
}

Status infer_max_pool(InferContext& context) {
  const TensorDesc& x = context.inputs[0];
  TFJS_RETURN_IF_ERROR(expect_dtype(x, true));
  TFJS_ASSIGN_OR_RETURN(const Window window, infer_window(context, x, 2));
  context.output(x.dtype, window.output_shape(window.channels));
  return {};
}

}  // namespace tfjs_native
