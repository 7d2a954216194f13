// Inference of reductions, arg-reductions, softmax, scans and top-k.
#include <algorithm>

#include "ops/checks.h"

namespace tfjs_native {
namespace {

/// The dimensions that an axis attribute names, sorted; all of them when it is absent.
Result<Ints> reduced_axes(const Attrs& attrs, const char* attr, size_t rank) {
  Ints axes;
  if (!attrs.has(attr)) {
    for (size_t i = 0; i < rank; ++i) axes.push_back(static_cast<int64_t>(i));
    return axes;
  }
  for (const double value : attrs.numbers(attr)) {
    const auto axis = static_cast<int64_t>(value);
    if (static_cast<double>(axis) != value) {
      return make_status(Code::kBadAttr, "%s: expected integers, got %g", attr, value);
    }
    TFJS_ASSIGN_OR_RETURN(const int64_t normal, normalize_axis(axis, rank, attr));
    if (std::find(axes.begin(), axes.end(), normal) != axes.end()) {
      return make_status(Code::kBadAttr, "%s: dimension %lld is named twice", attr,
                         static_cast<long long>(normal));
    }
    axes.push_back(normal);
  }
  std::sort(axes.begin(), axes.end());
  return axes;
}

Shape reduced_shape(const Shape& shape, const Ints& axes, bool keep_dims) {
  Shape out;
  for (size_t i = 0; i < shape.size(); ++i) {
    const bool reduced = std::find(axes.begin(), axes.end(), static_cast<int64_t>(i)) != axes.end();
    if (!reduced) {
      out.push_back(shape[i]);
    } else if (keep_dims) {
      out.push_back(1);
    }
  }
  return out;
}

/// Appends the output of a reduction.
Status infer_reduction(InferContext& context, const char* axis_attr, DType result) {
  const TensorDesc& x = context.inputs[0];
  TFJS_ASSIGN_OR_RETURN(const Ints axes, reduced_axes(context.attrs, axis_attr, x.rank()));
  context.output(result, reduced_shape(x.shape, axes, context.attrs.flag("keepDims")));
  context.result.resolved = Axes{axes};
  return {};
}

DType sum_dtype(DType dtype) { return dtype == DType::kBool ? DType::kInt32 : dtype; }

Status infer_last_axis(InferContext& context, const char* attr) {
  const TensorDesc& logits = context.inputs[0];
  TFJS_RETURN_IF_ERROR(check_dtype(logits, "logits", {DType::kFloat32}));
  if (logits.rank() == 0) {
    return Status(Code::kBadShape, "logits: expected rank >= 1, got 0");
  }
  if (context.attrs.has(attr)) {
    TFJS_ASSIGN_OR_RETURN(const int64_t axis,
                          normalize_axis(context.attrs.integer(attr), logits.rank(), attr));
    if (axis != static_cast<int64_t>(logits.rank()) - 1) {
      return make_status(Code::kBadAttr, "%s: expected the last dimension of %s, got %lld", attr,
                         to_string(logits.shape).c_str(), static_cast<long long>(axis));
    }
  }
  context.output(DType::kFloat32, logits.shape);
  return {};
}

}  // namespace

Status infer_sum(InferContext& context) {
  TFJS_RETURN_IF_ERROR(check_dtype(context.inputs[0], "x", kTfjsReals));
  return infer_reduction(context, "axis", sum_dtype(context.inputs[0].dtype));
}

// Of complex numbers tfjs averages the real parts.
Status infer_mean(InferContext& context) {
  return infer_reduction(context, "axis", DType::kFloat32);
}

Status infer_max(InferContext& context) {
  TFJS_RETURN_IF_ERROR(check_dtype(context.inputs[0], "x", kTfjsReals));
  return infer_reduction(context, "reductionIndices", context.inputs[0].dtype);
}

Status infer_min(InferContext& context) {
  TFJS_RETURN_IF_ERROR(check_dtype(context.inputs[0], "x", kTfjsReals));
  return infer_reduction(context, "axis", context.inputs[0].dtype);
}

Status infer_logical_reduction(InferContext& context) {
  TFJS_RETURN_IF_ERROR(check_dtype(context.inputs[0], "x", {DType::kBool}));
  return infer_reduction(context, "axis", DType::kBool);
}

Status infer_arg_reduction(InferContext& context) {
  const TensorDesc& x = context.inputs[0];
  TFJS_RETURN_IF_ERROR(check_dtype(x, "x", kTfjsReals));
  TFJS_ASSIGN_OR_RETURN(const Ints axes, reduced_axes(context.attrs, "axis", x.rank()));
  if (axes.size() != 1) {
    return make_status(Code::kBadAttr, "axis: expected one dimension of %s, got %zu",
                       to_string(x.shape).c_str(), axes.size());
  }
  context.output(DType::kInt32, reduced_shape(x.shape, axes, false));
  context.result.resolved = Axes{axes};
  return {};
}

Status infer_softmax(InferContext& context) { return infer_last_axis(context, "dim"); }

Status infer_log_softmax(InferContext& context) { return infer_last_axis(context, "axis"); }

Status infer_scan(InferContext& context) {
  const TensorDesc& x = context.inputs[0];
  TFJS_RETURN_IF_ERROR(check_dtype(x, "x", kTfjsReals));
  TFJS_ASSIGN_OR_RETURN(const int64_t axis,
                        normalize_axis(context.attrs.integer("axis"), x.rank()));
  context.result.resolved = Axes{{axis}};
  context.output(sum_dtype(x.dtype), x.shape);
  return {};
}

Status infer_top_k(InferContext& context) {
  const TensorDesc& x = context.inputs[0];
  TFJS_RETURN_IF_ERROR(check_dtype(x, "x", kTfjsReals));
  if (x.rank() == 0) return Status(Code::kBadShape, "x: expected rank >= 1, got 0");
  const double k = context.attrs.number("k");
  const int64_t last = x.shape.back();
  if (!(k >= 0 && k <= static_cast<double>(last)) || k != static_cast<int64_t>(k)) {
    return make_status(Code::kBadAttr, "k: expected an integer from 0 to %lld, got %g",
                       static_cast<long long>(last), k);
  }
  Shape shape = x.shape;
  shape.back() = static_cast<int64_t>(k);
  context.output(x.dtype, shape);
  context.output(DType::kInt32, shape);
  return {};
}

}  // namespace tfjs_native
