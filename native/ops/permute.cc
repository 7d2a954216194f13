// Inference of operators that put the elements of one tensor into another order, or repeat them.
#include <algorithm>

#include "base/checked_math.h"
#include "ops/checks.h"

namespace tfjs_native {
namespace {

constexpr int64_t kMaxRank = 64;  // Of a shape that lies in a tensor.

}  // namespace

Status infer_transpose(InferContext& context) {
  const TensorDesc& x = context.inputs[0];
  TFJS_ASSIGN_OR_RETURN(Ints perm, whole_numbers(context.attrs, "perm"));
  Shape shape(x.rank(), 0);
  Ints seen(x.rank(), 0);
  bool valid = perm.size() == x.rank();
  for (size_t i = 0; valid && i < perm.size(); ++i) {
    const int64_t axis = perm[i];
    valid = axis >= 0 && axis < static_cast<int64_t>(x.rank()) && seen[axis]++ == 0;
    if (valid) shape[i] = x.shape[axis];
  }
  if (!valid) {
    return make_status(Code::kBadAttr, "perm: expected each of the %zu dimensions once, got %s",
                       x.rank(), to_string(perm).c_str());
  }
  context.output(x.dtype, shape);
  context.result.resolved = Axes{std::move(perm)};
  return {};
}

Status infer_tile(InferContext& context) {
  const TensorDesc& x = context.inputs[0];
  TFJS_ASSIGN_OR_RETURN(const Ints reps, extents_attr(context.attrs, "reps"));
  if (reps.size() != x.rank()) {
    return make_status(Code::kBadAttr, "reps: expected %zu values, got %s", x.rank(),
                       to_string(reps).c_str());
  }
  Shape shape = x.shape;
  for (size_t i = 0; i < shape.size(); ++i) {
    if (!multiply_checked(shape[i], reps[i], shape[i])) {
      return make_status(Code::kBadAttr, "reps: too many elements, got %s",
                         to_string(reps).c_str());
    }
  }
  context.output(x.dtype, shape);
  return {};
}

Status infer_broadcast_to(InferContext& context) {
  const TensorDesc& x = context.inputs[0];
  TFJS_ASSIGN_OR_RETURN(const Ints shape, extents_attr(context.attrs, "shape"));
  TFJS_ASSIGN_OR_RETURN(const Shape both, broadcast_shapes(x.shape, shape));
  if (both != shape) {
    return make_status(Code::kBadShape, "x: shape %s cannot be broadcast to %s",
                       to_string(x.shape).c_str(), to_string(shape).c_str());
  }
  context.output(x.dtype, shape);
  return {};
}

/// ONNX's Expand: the shape lies in a tensor, and x may widen it. Where its values are not known
/// the output's extents are open.
Status infer_expand(InferContext& context) {
  const TensorDesc& x = context.inputs[0];
  const TensorDesc& shape = context.inputs[1];
  TFJS_RETURN_IF_ERROR(check_dtype(shape, "shape", {DType::kInt32}));
  if (shape.rank() != 1 || shape.shape[0] > kMaxRank) {
    return make_status(Code::kBadShape, "shape: expected rank 1 and at most %lld extents, got %s",
                       static_cast<long long>(kMaxRank), to_string(shape.shape).c_str());
  }
  const std::span<const int32_t> extents = context.int32_values(1);
  if (extents.empty() && shape.shape[0] > 0) {
    const size_t rank = std::max(x.rank(), static_cast<size_t>(shape.shape[0]));
    context.open_output(x.dtype, Shape(rank, kOpenExtent));
    return {};
  }
  const Shape wanted(extents.begin(), extents.end());
  if (std::find_if(wanted.begin(), wanted.end(), [](int64_t extent) { return extent < 0; }) !=
      wanted.end()) {
    return make_status(Code::kBadShape, "shape: expected no negative extent, got %s",
                       to_string(wanted).c_str());
  }
  TFJS_ASSIGN_OR_RETURN(const Shape both, broadcast_shapes(x.shape, wanted));
  context.output(x.dtype, both);
  return {};
}

namespace {

/// The block's extents, all positive, for a tensor with at least as many dimensions behind the
/// first.
Result<Ints> block_attr(const InferContext& context) {
  TFJS_ASSIGN_OR_RETURN(const Ints block, whole_numbers(context.attrs, "blockShape"));
  const TensorDesc& x = context.inputs[0];
  if (x.rank() < block.size() + 1) {
    return make_status(Code::kBadShape, "x: expected rank %zu or more, got shape %s",
                       block.size() + 1, to_string(x.shape).c_str());
  }
  for (const int64_t extent : block) {
    if (extent < 1) {
      return make_status(Code::kBadAttr, "blockShape: expected positive values, got %s",
                         to_string(block).c_str());
    }
  }
  TFJS_RETURN_IF_ERROR(check_shape(block));
  return block;
}

}  // namespace

Status infer_batch_to_space(InferContext& context) {
  const TensorDesc& x = context.inputs[0];
  TFJS_ASSIGN_OR_RETURN(const Ints block, block_attr(context));
  TFJS_ASSIGN_OR_RETURN(const Ints crops, pairs_attr(context.attrs, "crops", block.size()));
  const int64_t blocks = num_elements(block);
  if (x.shape[0] % blocks != 0) {
    return make_status(Code::kBadShape, "x: expected a batch divisible by %lld, got shape %s",
                       static_cast<long long>(blocks), to_string(x.shape).c_str());
  }
  Shape shape = x.shape;
  shape[0] /= blocks;
  for (size_t i = 0; i < block.size(); ++i) {
    int64_t& extent = shape[i + 1];
    if (!multiply_checked(extent, block[i], extent)) {
      return make_status(Code::kBadAttr, "blockShape: too many elements, got %s",
                         to_string(block).c_str());
    }
    extent -= crops[2 * i] + crops[2 * i + 1];
    if (extent < 0) {
      return make_status(Code::kBadAttr, "crops: expected less than dimension %zu holds, got %s",
                         i + 1, to_string(crops).c_str());
    }
  }
  context.output(x.dtype, shape);
  return {};
}

Status infer_space_to_batch(InferContext& context) {
  const TensorDesc& x = context.inputs[0];
  TFJS_ASSIGN_OR_RETURN(const Ints block, block_attr(context));
  TFJS_ASSIGN_OR_RETURN(const Ints paddings, pairs_attr(context.attrs, "paddings", block.size()));
  Shape shape = x.shape;
  if (!multiply_checked(shape[0], num_elements(block), shape[0])) {
    return make_status(Code::kBadAttr, "blockShape: too many elements, got %s",
                       to_string(block).c_str());
  }
  for (size_t i = 0; i < block.size(); ++i) {
    int64_t& extent = shape[i + 1];
    extent += paddings[2 * i] + paddings[2 * i + 1];
    if (extent % block[i] != 0) {
      return make_status(Code::kBadShape,
                         "x: expected dimension %zu with its padding divisible by %lld, got %lld",
                         i + 1, static_cast<long long>(block[i]), static_cast<long long>(extent));
    }
    extent /= block[i];
  }
  context.output(x.dtype, shape);
  return {};
}

Status infer_depth_to_space(InferContext& context) {
  const TensorDesc& x = context.inputs[0];
  TFJS_ASSIGN_OR_RETURN(const int64_t block, whole_number(context.attrs, "blockSize"));
  if (x.rank() != 4) {
    return make_status(Code::kBadShape, "x: expected rank 4, got shape %s",
                       to_string(x.shape).c_str());
  }
  const bool channels_first = context.attrs.text("dataFormat") == "NCHW";
  const size_t height = channels_first ? 2 : 1;
  const size_t depth = channels_first ? 1 : 3;
  if (block < 1 || block > (1 << 20) || x.shape[depth] % (block * block) != 0) {
    return make_status(Code::kBadAttr,
                       "blockSize: expected a positive value whose square divides the depth of %s, "
                       "got %lld",
                       to_string(x.shape).c_str(), static_cast<long long>(block));
  }
  Shape shape = x.shape;
  shape[depth] /= block * block;
  shape[height] *= block;
  shape[height + 1] *= block;
  context.output(x.dtype, shape);
  return {};
}

}  // namespace tfjs_native
