// Inference of operators that select: how much they select depends on values.
#include <algorithm>
#include <cmath>
#include <limits>

#include "ops/checks.h"

namespace tfjs_native {
namespace {

constexpr int64_t kMostPositions = std::numeric_limits<int32_t>::max();

/// Results hold positions along the dimension as int32.
Status check_positions(int64_t extent, const char* name) {
  if (extent <= kMostPositions) return {};
  return make_status(Code::kBadShape,
                     "%s: expected at most %lld elements along a dimension, got %lld", name,
                     static_cast<long long>(kMostPositions), static_cast<long long>(extent));
}

/// Inputs: boxes [count, 4], scores [count]. Answers count.
Result<int64_t> check_boxes(const InferContext& context) {
  const TensorDesc& boxes = context.inputs[0];
  const TensorDesc& scores = context.inputs[1];
  TFJS_RETURN_IF_ERROR(check_dtype(boxes, "boxes", kTfjsReals));
  TFJS_RETURN_IF_ERROR(check_dtype(scores, "scores", kTfjsReals));
  if (boxes.rank() != 2 || boxes.shape[1] != 4) {
    return make_status(Code::kBadShape, "boxes: expected shape [count, 4], got %s",
                       to_string(boxes.shape).c_str());
  }
  if (scores.rank() != 1 || scores.shape[0] != boxes.shape[0]) {
    return make_status(Code::kBadShape, "scores: expected shape [%lld], got %s",
                       static_cast<long long>(boxes.shape[0]), to_string(scores.shape).c_str());
  }
  TFJS_RETURN_IF_ERROR(check_positions(boxes.shape[0], "boxes"));
  return boxes.shape[0];
}

/// A number of [0, 1].
Result<double> share_attr(const Attrs& attrs, const char* name) {
  const double value = attrs.number(name);
  if (value >= 0 && value <= 1) return value;
  return make_status(Code::kBadAttr, "%s: expected a number from 0 to 1, got %g", name, value);
}

/// How many of `count` boxes maxOutputSize lets through. None where it is NaN or negative; a
/// fraction lets one more through: boxes are taken as long as there are fewer than it says.
int64_t most_boxes(double max_output_size, int64_t count) {
  if (!(max_output_size > 0)) return 0;
  return static_cast<int64_t>(std::min(std::ceil(max_output_size), static_cast<double>(count)));
}

/// Adds selectedIndices. Run-time scalars: the most boxes to select, iouThreshold, scoreThreshold,
/// softNmsSigma (0: overlapping boxes are dropped, and no score changes).
Status infer_selected_boxes(InferContext& context, bool is_padded, double soft_nms_sigma) {
  TFJS_ASSIGN_OR_RETURN(const int64_t count, check_boxes(context));
  TFJS_ASSIGN_OR_RETURN(const double iou_threshold, share_attr(context.attrs, "iouThreshold"));
  const double max_output_size = context.attrs.number("maxOutputSize");
  const int64_t most = most_boxes(max_output_size, count);
  if (is_padded && most > 0 && max_output_size != static_cast<double>(most)) {
    return make_status(
        Code::kBadAttr,
        "maxOutputSize: expected a whole number, at most that of boxes (%lld), where "
        "padToMaxOutputSize is true, got %g",
        static_cast<long long>(count), max_output_size);
  }
  context.result.scalars = {static_cast<double>(most), iou_threshold,
                            context.attrs.number("scoreThreshold"), soft_nms_sigma};
  if (is_padded) {
    context.output(DType::kInt32, {most});
  } else {
    context.open_output(DType::kInt32, {kOpenExtent});
  }
  return {};
}

}  // namespace

Status infer_non_max_suppression_v3(InferContext& context) {
  return infer_selected_boxes(context, false, 0);
}

/// The second output, validOutputs, counts what is no padding.
Status infer_non_max_suppression_v4(InferContext& context) {
  TFJS_RETURN_IF_ERROR(infer_selected_boxes(context, context.attrs.flag("padToMaxOutputSize"), 0));
  context.output(DType::kInt32, {});
  return {};
}

/// The second output holds the scores of the selected boxes.
Status infer_non_max_suppression_v5(InferContext& context) {
  TFJS_ASSIGN_OR_RETURN(const double sigma, share_attr(context.attrs, "softNmsSigma"));
  TFJS_RETURN_IF_ERROR(infer_selected_boxes(context, false, sigma));
  context.open_output(DType::kFloat32, {kOpenExtent});
  return {};
}

/// Outputs: the slices along the axis that differ, in the order of their first place; for each
/// slice of x its place among them. Of several axes the first counts, as in tfjs.
Status infer_unique(InferContext& context) {
  const TensorDesc& x = context.inputs[0];
  TFJS_RETURN_IF_ERROR(check_dtype(x, "x", kTfjsReals));
  if (x.rank() == 0) return Status(Code::kBadShape, "x: expected rank >= 1, got 0");
  Ints axes{0};
  if (context.attrs.has("axis")) {
    TFJS_ASSIGN_OR_RETURN(axes, whole_numbers(context.attrs, "axis"));
    if (axes.empty()) return Status(Code::kBadAttr, "axis: expected a dimension, got []");
    for (int64_t& axis : axes) {
      TFJS_ASSIGN_OR_RETURN(axis, normalize_axis(axis, x.rank()));
    }
  }
  const auto axis = static_cast<size_t>(axes[0]);
  TFJS_RETURN_IF_ERROR(check_positions(x.shape[axis], "x"));
  context.result.resolved = Axes{{axes[0]}};
  Shape open = x.shape;
  open[axis] = kOpenExtent;
  context.open_output(x.dtype, open);
  context.output(DType::kInt32, {x.shape[axis]});
  return {};
}

/// Outputs: the values of x that y has not, in their order; their places in x.
Status infer_list_diff(InferContext& context) {
  const TensorDesc& x = context.inputs[0];
  const TensorDesc& y = context.inputs[1];
  TFJS_RETURN_IF_ERROR(check_dtype(x, "x", kTfjsReals));
  TFJS_RETURN_IF_ERROR(check_dtype(y, "y", {x.dtype}));
  TFJS_RETURN_IF_ERROR(check_rank(x, "x", 1));
  TFJS_RETURN_IF_ERROR(check_rank(y, "y", 1));
  TFJS_RETURN_IF_ERROR(check_positions(x.shape[0], "x"));
  context.open_output(x.dtype, {kOpenExtent});
  context.open_output(DType::kInt32, {kOpenExtent});
  return {};
}

/// The indices of each true element, [count, rank], in row-major order.
Status infer_where(InferContext& context) {
  const TensorDesc& condition = context.inputs[0];
  TFJS_RETURN_IF_ERROR(check_dtype(condition, "condition", kTfjsReals));
  for (const int64_t extent : condition.shape) {
    TFJS_RETURN_IF_ERROR(check_positions(extent, "condition"));
  }
  context.open_output(DType::kInt32, {kOpenExtent, static_cast<int64_t>(condition.rank())});
  return {};
}

}  // namespace tfjs_native
