// Inference of operators that take elements or slices by index. Some errors are worded as
// tfjs-core's own specs look for them.
#include "ops/checks.h"

namespace tfjs_native {

Status infer_gather(InferContext& context) {
  const TensorDesc& x = context.inputs[0];
  const TensorDesc& indices = context.inputs[1];
  TFJS_RETURN_IF_ERROR(check_dtype(indices, "indices", {DType::kInt32}));
  TFJS_ASSIGN_OR_RETURN(int64_t axis, whole_number(context.attrs, "axis"));
  TFJS_ASSIGN_OR_RETURN(int64_t batch_dims, whole_number(context.attrs, "batchDims"));
  TFJS_ASSIGN_OR_RETURN(axis, normalize_axis(axis, x.rank()));
  const int64_t most = static_cast<int64_t>(indices.rank());
  if (batch_dims < -most || batch_dims > most) {
    return make_status(Code::kBadAttr,
                       "batchDims: Expect batchDims in the range of [-%lld, %lld], but got %lld",
                       static_cast<long long>(most), static_cast<long long>(most),
                       static_cast<long long>(batch_dims));
  }
  if (batch_dims < 0) batch_dims += most;
  if (batch_dims > axis) {
    return make_status(Code::kBadAttr, "batchDims: %lld must be less than or equal to axis (%lld)",
                       static_cast<long long>(batch_dims), static_cast<long long>(axis));
  }
  for (int64_t i = 0; i < batch_dims; ++i) {
    if (x.shape[i] != indices.shape[i]) {
      return make_status(Code::kBadShape,
                         "x.shape[%lld]: %lld should be equal to indices.shape[%lld]: %lld",
                         static_cast<long long>(i), static_cast<long long>(x.shape[i]),
                         static_cast<long long>(i), static_cast<long long>(indices.shape[i]));
    }
  }
  Shape shape(x.shape.begin(), x.shape.begin() + axis);
  for (size_t i = static_cast<size_t>(batch_dims); i < indices.rank(); ++i) {
    shape.push_back(indices.shape[i]);
  }
  for (size_t i = static_cast<size_t>(axis) + 1; i < x.rank(); ++i) shape.push_back(x.shape[i]);
  context.result.resolved = GatherAxes{axis, batch_dims};
  context.output(x.dtype, shape);
  return {};
}

Status infer_gather_nd(InferContext& context) {
  const TensorDesc& params = context.inputs[0];
  const TensorDesc& indices = context.inputs[1];
  TFJS_RETURN_IF_ERROR(check_dtype(indices, "indices", {DType::kInt32}));
  if (params.rank() < 1 || params.num_elements() == 0) {
    return make_status(Code::kBadShape,
                       "params: expected rank 1 or more and elements, got shape %s",
                       to_string(params.shape).c_str());
  }
  if (indices.rank() < 1 || indices.shape.back() > static_cast<int64_t>(params.rank())) {
    return make_status(Code::kBadShape,
                       "indices: expected rank 1 or more and at most %zu in the last dimension, "
                       "got shape %s",
                       params.rank(), to_string(indices.shape).c_str());
  }
  Shape shape(indices.shape.begin(), indices.shape.end() - 1);
  for (size_t i = static_cast<size_t>(indices.shape.back()); i < params.rank(); ++i) {
    shape.push_back(params.shape[i]);
  }
  context.output(params.dtype, shape);
  return {};
}

}  // namespace tfjs_native
