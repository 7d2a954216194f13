// Inference of operators on ragged tensors: values, and for each dimension whose rows differ in
// length where these begin. What can be wrong about the values is for the kernels to find.
#include <limits>

#include "ops/checks.h"
#include "tensor/listed.h"

namespace tfjs_native {
namespace {

constexpr int64_t kMostInt32 = std::numeric_limits<int32_t>::max();

// Kernels walk the dimensions by recursion.
constexpr size_t kMostPartitions = 254;

// The places of RaggedTensorToTensor's partition types in its row.
constexpr double kFirstDimSize = 0;
constexpr double kValueRowIds = 1;

Status check_vector(const TensorDesc& input, const char* name) {
  if (input.rank() <= 1) return {};
  return make_verbatim_status(Code::kBadShape, "%s must be a scalar or vector", name);
}

/// tfjs's rules for what stands where a row has no value: one value, or as many as a row of values.
Status check_default_value(const Shape& default_shape, const Shape& values_shape) {
  if (default_shape.size() >= values_shape.size()) {
    return make_verbatim_status(
        Code::kBadShape,
        "defaultValue.shape=%s and ragged tensor flatValues.shape=%s, are incompatible: "
        "defaultValue.rank = %zu must be less than ragged tensor input flatValues.rank = %zu)",
        listed(default_shape).c_str(), listed(values_shape).c_str(), default_shape.size(),
        values_shape.size());
  }
  for (size_t i = 0; i < default_shape.size(); ++i) {
    if (default_shape[i] == 1 || default_shape[i] == values_shape[i + 1]) continue;
    const auto from_end = static_cast<int>(i) - static_cast<int>(default_shape.size());
    return make_verbatim_status(
        Code::kBadShape,
        "defaultValue.shape=%s, and ragged tensor input flatValues.shape=%s are incompatible: "
        "defaultValue.shape[%d] = %lld but ragged tensor input.flatValues.shape[%d] = %lld",
        listed(default_shape).c_str(), listed(values_shape).c_str(), from_end,
        static_cast<long long>(default_shape[i]), from_end,
        static_cast<long long>(values_shape[i + 1]));
  }
  const Shape row(values_shape.begin() + 1, values_shape.end());
  const auto joined = broadcast_shapes(default_shape, row);
  if (joined.ok() && joined.value() == row) return {};
  return make_status(Code::kBadShape,
                     "defaultValue: expected a shape that broadcasts to %s, got %s",
                     to_string(row).c_str(), to_string(default_shape).c_str());
}

Status check_partitions(const InferContext& context, size_t first) {
  const Doubles& types = context.attrs.numbers("rowPartitionTypes");
  const auto tensors = context.inputs.subspan(first);
  if (types.empty()) {
    return make_verbatim_status(Code::kBadAttr, "No row_partition_types given.");
  }
  if (types.size() != tensors.size() || types.size() > kMostPartitions) {
    return make_status(Code::kBadAttr,
                       "rowPartitionTypes: expected one for each of %zu tensors, at most %zu, got "
                       "%zu",
                       tensors.size(), kMostPartitions, types.size());
  }
  if (tensors[0].num_elements() == 0) {
    return make_verbatim_status(
        Code::kBadShape, "Invalid first partition input. Tensor requires at least one element.");
  }
  if (types[0] == kValueRowIds) {
    return make_verbatim_status(Code::kBadAttr, "Cannot handle VALUE_ROWIDS in first dimension.");
  }
  for (size_t i = 0; i < types.size(); ++i) {
    TFJS_RETURN_IF_ERROR(check_dtype(tensors[i], "rowPartitionTensors", {DType::kInt32}));
    if (types[i] != kFirstDimSize) {
      TFJS_RETURN_IF_ERROR(check_rank(tensors[i], "rowPartitionTensors", 1));
    } else if (i > 0) {
      return make_verbatim_status(Code::kBadAttr, "Unsupported partition type: FIRST_DIM_SIZE");
    }
  }
  return {};
}

}  // namespace

/// Outputs: for each dimension of indices but the last, and for each ragged one of params, where
/// its rows begin; the values.
Status infer_ragged_gather(InferContext& context) {
  const TensorDesc& values = context.inputs[0];
  const TensorDesc& indices = context.inputs[1];
  const auto splits = context.inputs.subspan(2);
  TFJS_RETURN_IF_ERROR(check_dtype(values, "paramsDenseValues", kTfjsReals));
  TFJS_RETURN_IF_ERROR(check_dtype(indices, "indices", {DType::kInt32}));
  if (splits.empty()) {
    return make_verbatim_status(Code::kBadShape, "paramsNestedSplits must be non empty");
  }
  if (splits[0].rank() == 0) {
    return make_verbatim_status(Code::kBadShape, "Split tensors must not be scalars");
  }
  for (const TensorDesc& tensor : splits) {
    TFJS_RETURN_IF_ERROR(check_dtype(tensor, "paramsNestedSplits", {DType::kInt32}));
    TFJS_RETURN_IF_ERROR(check_rank(tensor, "paramsNestedSplits", 1));
  }
  if (values.rank() == 0) {
    return make_verbatim_status(Code::kBadShape, "params.rank must be nonzero");
  }
  for (size_t d = 0; d < indices.rank(); ++d) {
    const int64_t rows = num_elements(indices.shape, 0, d + 1);
    if (rows > kMostInt32) {
      return make_status(Code::kBadShape, "indices: expected at most %lld rows, got shape %s",
                         static_cast<long long>(kMostInt32), to_string(indices.shape).c_str());
    }
    context.output(DType::kInt32, {rows + 1});
  }
  // A scalar index takes the first dimension away.
  for (size_t i = 1; i < splits.size(); ++i) context.open_output(DType::kInt32, {kOpenExtent});
  Shape open = values.shape;
  open[0] = kOpenExtent;
  context.open_output(values.dtype, open);
  return {};
}

Status infer_ragged_range(InferContext& context) {
  constexpr const char* kNames[] = {"starts", "limits", "deltas"};
  const DType dtype = context.inputs[0].dtype;
  int64_t rows = -1;
  for (size_t i = 0; i < 3; ++i) {
    const TensorDesc& input = context.inputs[i];
    TFJS_RETURN_IF_ERROR(check_dtype(input, kNames[i], {DType::kFloat32, DType::kInt32}));
    TFJS_RETURN_IF_ERROR(check_dtype(input, kNames[i], {dtype}));
    TFJS_RETURN_IF_ERROR(check_vector(input, kNames[i]));
  }
  for (const TensorDesc& input : context.inputs) {
    if (input.rank() == 0) continue;
    if (rows >= 0 && rows != input.shape[0]) {
      return make_verbatim_status(Code::kBadShape,
                                  "starts, limits, and deltas must have the same shape");
    }
    rows = input.shape[0];
  }
  if (rows < 0) rows = 1;
  context.output(DType::kInt32, {rows + 1});
  context.open_output(dtype, {kOpenExtent});
  return {};
}

/// A dense tensor of the ragged one's values, with the default value where a row has none.
Status infer_ragged_tensor_to_tensor(InferContext& context) {
  const TensorDesc& shape = context.inputs[0];
  const TensorDesc& values = context.inputs[1];
  const TensorDesc& default_value = context.inputs[2];
  TFJS_RETURN_IF_ERROR(check_dtype(shape, "shape", {DType::kInt32}));
  TFJS_RETURN_IF_ERROR(check_dtype(values, "values", kTfjsReals));
  TFJS_RETURN_IF_ERROR(check_dtype(default_value, "defaultValue", {values.dtype}));
  TFJS_RETURN_IF_ERROR(check_partitions(context, 3));
  TFJS_RETURN_IF_ERROR(check_default_value(default_value.shape, values.shape));
  const Doubles& types = context.attrs.numbers("rowPartitionTypes");
  const size_t ragged_rank = types.size() - (types[0] == kFirstDimSize ? 1 : 0);
  const size_t rank = ragged_rank + values.rank();
  // A scalar says that nothing is known of the shape.
  if (shape.rank() > 0) TFJS_RETURN_IF_ERROR(check_rank(shape, "shape", 1));
  if (shape.rank() > 0 && shape.shape[0] != static_cast<int64_t>(rank)) {
    return make_status(Code::kBadShape,
                       "rt input.shape and shape are incompatible: rt input.rank = %zu, but "
                       "shape.rank = %lld",
                       rank, static_cast<long long>(shape.shape[0]));
  }
  Shape open(ragged_rank + 1, kOpenExtent);
  for (size_t d = 1; d < values.rank(); ++d) open.push_back(values.shape[d]);
  context.open_output(values.dtype, open);
  return {};
}

}  // namespace tfjs_native
