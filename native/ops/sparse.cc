// Inference of operators on sparse tensors, which are lists of indices and values. What can be
// wrong about the values is for the kernels to find.
#include <limits>

#include "ops/checks.h"

namespace tfjs_native {
namespace {

constexpr DTypeSet kInt32Only = {DType::kInt32};

Status check_int32(const TensorDesc& input, const char* name, size_t rank) {
  TFJS_RETURN_IF_ERROR(check_dtype(input, name, kInt32Only));
  return check_rank(input, name, rank);
}

}  // namespace

/// Outputs: indices and values of all that was there and of one more element for each row without
/// any; which rows those are; for each element of the input its place in the output.
Status infer_sparse_fill_empty_rows(InferContext& context) {
  const TensorDesc& indices = context.inputs[0];
  const TensorDesc& values = context.inputs[1];
  const TensorDesc& dense_shape = context.inputs[2];
  const TensorDesc& default_value = context.inputs[3];
  TFJS_RETURN_IF_ERROR(check_int32(indices, "indices", 2));
  TFJS_RETURN_IF_ERROR(check_dtype(values, "values", kTfjsReals));
  TFJS_RETURN_IF_ERROR(check_rank(values, "values", 1));
  TFJS_RETURN_IF_ERROR(check_int32(dense_shape, "denseShape", 1));
  TFJS_RETURN_IF_ERROR(check_dtype(default_value, "defaultValue", {values.dtype}));
  TFJS_RETURN_IF_ERROR(check_rank(default_value, "defaultValue", 0));
  const int64_t count = indices.shape[0];
  const int64_t rank = indices.shape[1];
  if (rank == 0 || count > std::numeric_limits<int32_t>::max()) {
    return make_status(Code::kBadShape, "indices: expected shape [count, rank >= 1], got %s",
                       to_string(indices.shape).c_str());
  }
  if (dense_shape.shape[0] == 0) {
    return Status(Code::kBadShape, "denseShape: expected at least one extent, got none");
  }
  if (values.shape[0] != count) {
    return make_status(Code::kBadShape, "values: expected one for each of %lld indices, got %lld",
                       static_cast<long long>(count), static_cast<long long>(values.shape[0]));
  }
  context.open_output(DType::kInt32, {kOpenExtent, rank});
  context.open_output(values.dtype, {kOpenExtent});
  context.open_output(DType::kBool, {kOpenExtent});
  context.output(DType::kInt32, {count});
  return {};
}

/// Outputs: the indices in a dense tensor of the new shape, and that shape without a -1.
Status infer_sparse_reshape(InferContext& context) {
  const TensorDesc& indices = context.inputs[0];
  const TensorDesc& input_shape = context.inputs[1];
  const TensorDesc& new_shape = context.inputs[2];
  TFJS_RETURN_IF_ERROR(check_int32(indices, "inputIndices", 2));
  TFJS_RETURN_IF_ERROR(check_int32(input_shape, "inputShape", 1));
  TFJS_RETURN_IF_ERROR(check_int32(new_shape, "newShape", 1));
  if (indices.shape[1] != input_shape.shape[0]) {
    return make_status(Code::kBadShape,
                       "inputIndices: expected %lld indices for each element, as many as "
                       "inputShape has extents, got shape %s",
                       static_cast<long long>(input_shape.shape[0]),
                       to_string(indices.shape).c_str());
  }
  context.output(DType::kInt32, {indices.shape[0], new_shape.shape[0]});
  context.output(DType::kInt32, {new_shape.shape[0]});
  return {};
}

/// One row for each segment up to the last id.
Status infer_sparse_segment(InferContext& context) {
  const TensorDesc& data = context.inputs[0];
  const TensorDesc& indices = context.inputs[1];
  const TensorDesc& segment_ids = context.inputs[2];
  TFJS_RETURN_IF_ERROR(check_dtype(data, "data", {DType::kFloat32, DType::kInt32}));
  if (data.rank() == 0) {
    return make_verbatim_status(Code::kBadShape,
                                "Data should be at least 1 dimensional but received scalar");
  }
  TFJS_RETURN_IF_ERROR(check_int32(indices, "indices", 1));
  TFJS_RETURN_IF_ERROR(check_int32(segment_ids, "segmentIds", 1));
  if (indices.shape[0] != segment_ids.shape[0]) {
    return make_verbatim_status(Code::kBadShape, "segmentIds and indices should have same size.");
  }
  Shape open = data.shape;
  open[0] = kOpenExtent;
  context.open_output(data.dtype, open);
  return {};
}

}  // namespace tfjs_native
