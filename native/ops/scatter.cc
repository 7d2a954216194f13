// Inference of operators that write elements or slices by index.
#include "ops/checks.h"

namespace tfjs_native {
namespace {

/// Indices of shape [updates..., depth] (or [updates]: depth 1) name slices of a tensor of `shape`,
/// one for each update. The updates are as many slices, or, where `may_repeat`, one scalar for all.
/// The input `updates_name` is the one after indices in the messages.
Status check_updates(const Shape& shape, const TensorDesc& indices, const char* indices_name,
                     const TensorDesc& updates, const char* updates_name, bool may_repeat) {
  TFJS_RETURN_IF_ERROR(check_dtype(indices, indices_name, {DType::kInt32}));
  const bool vector = indices.rank() <= 1;
  const int64_t depth = vector ? 1 : indices.shape.back();
  if (depth > static_cast<int64_t>(shape.size())) {
    return make_status(Code::kBadShape,
                       "%s: expected at most %zu in the last dimension, got shape %s", indices_name,
                       shape.size(), to_string(indices.shape).c_str());
  }
  // tfjs makes no update where an index names no dimension.
  if (depth == 0 || (may_repeat && updates.rank() == 0)) return {};
  Shape expected(indices.shape.begin(), indices.shape.end() - (vector ? 0 : 1));
  for (size_t i = static_cast<size_t>(depth); i < shape.size(); ++i) expected.push_back(shape[i]);
  if (num_elements(expected) != updates.num_elements()) {
    return make_status(Code::kBadShape, "%s: expected shape %s, got shape %s", updates_name,
                       to_string(expected).c_str(), to_string(updates.shape).c_str());
  }
  return {};
}

}  // namespace

Status infer_scatter_nd(InferContext& context) {
  const TensorDesc& indices = context.inputs[0];
  const TensorDesc& updates = context.inputs[1];
  TFJS_ASSIGN_OR_RETURN(const Ints shape, extents_attr(context.attrs, "shape"));
  TFJS_RETURN_IF_ERROR(check_shape(shape));
  TFJS_RETURN_IF_ERROR(check_updates(shape, indices, "indices", updates, "updates", false));
  context.output(updates.dtype, shape);
  return {};
}

Status infer_tensor_scatter_update(InferContext& context) {
  const TensorDesc& tensor = context.inputs[0];
  const TensorDesc& updates = context.inputs[2];
  if (updates.dtype != tensor.dtype) {
    return make_status(Code::kBadDtype, "updates: expected %s, got %s", dtype_name(tensor.dtype),
                       dtype_name(updates.dtype));
  }
  TFJS_RETURN_IF_ERROR(
      check_updates(tensor.shape, context.inputs[1], "indices", updates, "updates", true));
  context.output(tensor.dtype, tensor.shape);
  return {};
}

Status infer_sparse_to_dense(InferContext& context) {
  const TensorDesc& values = context.inputs[1];
  const TensorDesc& otherwise = context.inputs[2];
  TFJS_ASSIGN_OR_RETURN(const Ints shape, extents_attr(context.attrs, "outputShape"));
  TFJS_RETURN_IF_ERROR(check_shape(shape));
  TFJS_RETURN_IF_ERROR(
      check_updates(shape, context.inputs[0], "sparseIndices", values, "sparseValues", true));
  if (otherwise.dtype != values.dtype) {
    return make_status(Code::kBadDtype, "defaultValue: expected %s, got %s",
                       dtype_name(values.dtype), dtype_name(otherwise.dtype));
  }
  if (otherwise.num_elements() < 1) {
    return make_status(Code::kBadShape, "defaultValue: expected a scalar, got shape %s",
                       to_string(otherwise.shape).c_str());
  }
  context.output(values.dtype, shape);
  return {};
}

/// The result is float32 whatever x holds, as tfjs's cpu backend has it.
Status infer_unsorted_segment_sum(InferContext& context) {
  const TensorDesc& x = context.inputs[0];
  const TensorDesc& ids = context.inputs[1];
  TFJS_RETURN_IF_ERROR(check_dtype(ids, "segmentIds", {DType::kInt32}));
  TFJS_RETURN_IF_ERROR(check_dtype(x, "x", kTfjsReals));
  bool fits = ids.rank() >= 1 && ids.rank() <= x.rank();
  for (size_t i = 0; fits && i < ids.rank(); ++i) fits = ids.shape[i] == x.shape[i];
  if (!fits) {
    return make_status(Code::kBadShape,
                       "segmentIds: expected the first extents of x's shape %s, got shape %s",
                       to_string(x.shape).c_str(), to_string(ids.shape).c_str());
  }
  TFJS_ASSIGN_OR_RETURN(const int64_t segments, whole_number(context.attrs, "numSegments"));
  if (segments < 0) {
    return make_status(Code::kBadAttr, "numSegments: expected no negative value, got %lld",
                       static_cast<long long>(segments));
  }
  Shape shape = x.shape;
  shape[0] = segments;
  context.output(DType::kFloat32, shape);
  return {};
}

}  // namespace tfjs_native
