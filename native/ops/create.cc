// Inference of operators that make values from attributes.
#include <cmath>

#include "ops/checks.h"

namespace tfjs_native {

Status infer_fill(InferContext& context) {
  TFJS_ASSIGN_OR_RETURN(const Ints shape, extents_attr(context.attrs, "shape"));
  const DType dtype = context.attrs.has("dtype") ? context.attrs.dtype("dtype") : DType::kFloat32;
  context.output(dtype, shape);
  return {};
}

Status infer_range(InferContext& context) {
  const Attrs& attrs = context.attrs;
  const double start = attrs.number("start");
  const double stop = attrs.number("stop");
  double step = attrs.has("step") ? attrs.number("step") : 1;
  const DType dtype = attrs.has("dtype") ? attrs.dtype("dtype") : DType::kFloat32;
  if (dtype != DType::kFloat32 && dtype != DType::kInt32) {
    return make_status(Code::kBadDtype, "dtype: expected float32 or int32, got %s",
                       dtype_name(dtype));
  }
  if (step == 0) return Status(Code::kBadAttr, "step: expected a value other than 0");
  // tfjs turns a step of 1 (its default) round when the values must fall, and only that one.
  int64_t count = 0;
  if (start != stop && !(start < stop && step < 0) && !(stop < start && step > 1)) {
    const double steps = std::abs(std::ceil((stop - start) / step));
    if (!(steps <= 9007199254740992.0)) {
      return make_status(Code::kBadAttr,
                         "start, stop, step: expected finite values, got %g, %g, %g", start, stop,
                         step);
    }
    count = static_cast<int64_t>(steps);
  }
  if (stop < start && step == 1) step = -1;
  context.result.scalars = {start, step};
  context.output(dtype, {count});
  return {};
}

Status infer_lin_space(InferContext& context) {
  TFJS_ASSIGN_OR_RETURN(const int64_t count, whole_number(context.attrs, "num"));
  if (count < 1) {
    return make_status(Code::kBadAttr, "num: expected a positive value, got %lld",
                       static_cast<long long>(count));
  }
  context.output(DType::kFloat32, {count});
  return {};
}

Status infer_one_hot(InferContext& context) {
  const TensorDesc& indices = context.inputs[0];
  TFJS_RETURN_IF_ERROR(check_dtype(indices, "indices", {DType::kInt32}));
  TFJS_ASSIGN_OR_RETURN(const int64_t depth, whole_number(context.attrs, "depth"));
  if (depth < 0) {
    return make_status(Code::kBadAttr, "depth: expected no negative value, got %lld",
                       static_cast<long long>(depth));
  }
  Shape shape = indices.shape;
  shape.push_back(depth);
  const DType dtype = context.attrs.has("dtype") ? context.attrs.dtype("dtype") : DType::kInt32;
  context.output(dtype, shape);
  return {};
}

Status infer_diag(InferContext& context) {
  const TensorDesc& x = context.inputs[0];
  Shape shape = x.shape;
  for (const int64_t extent : x.shape) shape.push_back(extent);
  context.output(x.dtype, shape);
  return {};
}

}  // namespace tfjs_native
