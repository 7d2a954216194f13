// Inference of operators that count or search values.
#include <algorithm>

#include "ops/checks.h"

namespace tfjs_native {
namespace {

Result<int64_t> bins_attr(const InferContext& context) {
  const TensorDesc& x = context.inputs[0];
  const TensorDesc& weights = context.inputs[1];
  TFJS_RETURN_IF_ERROR(check_dtype(x, "x", {DType::kInt32}));
  TFJS_RETURN_IF_ERROR(check_dtype(weights, "weights", kTfjsReals));
  if (weights.num_elements() != 0 && weights.num_elements() != x.num_elements()) {
    return make_status(Code::kBadShape, "weights: expected x's shape %s or no elements, got %s",
                       to_string(x.shape).c_str(), to_string(weights.shape).c_str());
  }
  TFJS_ASSIGN_OR_RETURN(const int64_t size, whole_number(context.attrs, "size"));
  if (size < 0) {
    return make_status(Code::kBadAttr, "size: expected no negative value, got %lld",
                       static_cast<long long>(size));
  }
  return size;
}

}  // namespace

Status infer_bincount(InferContext& context) {
  TFJS_ASSIGN_OR_RETURN(const int64_t size, bins_attr(context));
  context.output(context.inputs[1].dtype, {size});
  return {};
}

Status infer_dense_bincount(InferContext& context) {
  const TensorDesc& x = context.inputs[0];
  TFJS_ASSIGN_OR_RETURN(const int64_t size, bins_attr(context));
  if (x.rank() < 1 || x.rank() > 2) {
    return make_status(Code::kBadShape, "x: expected rank 1 or 2, got shape %s",
                       to_string(x.shape).c_str());
  }
  Shape shape(x.shape.begin(), x.shape.end() - 1);
  shape.push_back(size);
  context.output(context.inputs[1].dtype, shape);
  return {};
}

Status infer_search_sorted(InferContext& context) {
  const TensorDesc& sequence = context.inputs[0];
  const TensorDesc& values = context.inputs[1];
  if (sequence.rank() != 2 || values.rank() != 2 || sequence.shape[0] != values.shape[0]) {
    return make_status(Code::kBadShape,
                       "sortedSequence, values: expected rank 2 and equally many rows, got shapes "
                       "%s and %s",
                       to_string(sequence.shape).c_str(), to_string(values.shape).c_str());
  }
  TFJS_RETURN_IF_ERROR(check_dtype(sequence, "sortedSequence", kTfjsReals));
  TFJS_RETURN_IF_ERROR(check_dtype(values, "values", kTfjsReals));
  context.output(DType::kInt32, values.shape);
  return {};
}

Status infer_broadcast_args(InferContext& context) {
  const char* const names[] = {"s0", "s1"};
  int64_t rank = 0;
  for (size_t i = 0; i < 2; ++i) {
    const TensorDesc& shape = context.inputs[i];
    TFJS_RETURN_IF_ERROR(check_dtype(shape, names[i], {DType::kInt32}));
    if (shape.rank() != 1) {
      return make_status(Code::kBadShape, "%s: expected rank 1, got shape %s", names[i],
                         to_string(shape.shape).c_str());
    }
    rank = std::max(rank, shape.shape[0]);
  }
  context.output(DType::kInt32, {rank});
  return {};
}

}  // namespace tfjs_native
