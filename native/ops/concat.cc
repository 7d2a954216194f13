// Inference of operators that join tensors along an axis or take them apart.
#include "ops/checks.h"

namespace tfjs_native {
namespace {

Result<int64_t> axis_attr(const Attrs& attrs, size_t rank) {
  TFJS_ASSIGN_OR_RETURN(const int64_t axis, whole_number(attrs, "axis"));
  return normalize_axis(axis, rank);
}

Status check_any_input(const InferContext& context) {
  if (!context.inputs.empty()) return {};
  return Status(Code::kBadShape, "tensors: expected at least one");
}

// Keeps a hostile extent from filling the memory with descriptions of outputs.
constexpr int64_t kMaxOutputs = 1 << 20;

Status check_output_count(int64_t count) {
  if (count <= kMaxOutputs) return {};
  return make_status(Code::kUnsupported, "expected at most %lld outputs, got %lld",
                     static_cast<long long>(kMaxOutputs), static_cast<long long>(count));
}

/// tfjs's rule: the first tensor's dtype, unless only one tensor has elements, which then is the
/// result.
DType concat_dtype(std::span<const TensorDesc> inputs) {
  const TensorDesc* only = nullptr;
  for (const TensorDesc& input : inputs) {
    if (input.num_elements() == 0) continue;
    if (only != nullptr) return inputs[0].dtype;
    only = &input;
  }
  return only == nullptr ? inputs[0].dtype : only->dtype;
}

/// Parts along the outermost dimension are parts of the input's memory. Empty ones share nothing.
void resolve_parts(InferContext& context, int64_t axis) {
  context.result.resolved = Axes{{axis}};
  if (axis != 0 || context.inputs[0].num_elements() == 0) return;
  Doubles distances;
  int64_t distance = 0;
  for (const TensorDesc& output : context.result.outputs) {
    if (output.num_elements() == 0) return;
    distances.push_back(static_cast<double>(distance));
    distance += output.num_elements();
  }
  context.result.resolved = PartsOfInput{};
  context.result.scalars = std::move(distances);
}

}  // namespace

Status infer_concat(InferContext& context) {
  TFJS_RETURN_IF_ERROR(check_any_input(context));
  const TensorDesc& first = context.inputs[0];
  TFJS_ASSIGN_OR_RETURN(const int64_t axis, axis_attr(context.attrs, first.rank()));
  const DType dtype = concat_dtype(context.inputs);
  const DTypeSet joinable = kRealTypes.has(dtype) ? kRealTypes : DTypeSet{dtype};
  Shape shape = first.shape;
  shape[axis] = 0;
  for (size_t i = 0; i < context.inputs.size(); ++i) {
    const TensorDesc& input = context.inputs[i];
    bool fits = input.rank() == first.rank();
    for (size_t j = 0; fits && j < shape.size(); ++j) {
      fits = static_cast<int64_t>(j) == axis || input.shape[j] == first.shape[j];
    }
    if (!fits) {
      return make_status(Code::kBadShape,
                         "input %zu: expected shape %s but for axis %lld, got shape %s", i,
                         to_string(first.shape).c_str(), static_cast<long long>(axis),
                         to_string(input.shape).c_str());
    }
    if (input.num_elements() > 0) {
      const std::string name = "input " + std::to_string(i);
      TFJS_RETURN_IF_ERROR(check_dtype(input, name.c_str(), joinable));
    }
    shape[axis] += input.shape[axis];
  }
  context.result.resolved = Axes{{axis}};
  context.output(dtype, shape);
  return {};
}

Status infer_pack(InferContext& context) {
  TFJS_RETURN_IF_ERROR(check_any_input(context));
  const TensorDesc& first = context.inputs[0];
  TFJS_ASSIGN_OR_RETURN(const int64_t axis, axis_attr(context.attrs, first.rank() + 1));
  for (size_t i = 1; i < context.inputs.size(); ++i) {
    const TensorDesc& input = context.inputs[i];
    if (input.shape != first.shape) {
      return make_status(Code::kBadShape, "input %zu: expected shape %s, got shape %s", i,
                         to_string(first.shape).c_str(), to_string(input.shape).c_str());
    }
    if (input.dtype != first.dtype) {
      return make_status(Code::kBadDtype, "input %zu: expected %s, got %s", i,
                         dtype_name(first.dtype), dtype_name(input.dtype));
    }
  }
  Shape shape = first.shape;
  shape.insert(static_cast<size_t>(axis), static_cast<int64_t>(context.inputs.size()));
  context.result.resolved = Axes{{axis}};
  context.output(first.dtype, shape);
  return {};
}

Status infer_unpack(InferContext& context) {
  const TensorDesc& value = context.inputs[0];
  TFJS_ASSIGN_OR_RETURN(const int64_t axis, axis_attr(context.attrs, value.rank()));
  TFJS_RETURN_IF_ERROR(check_output_count(value.shape[axis]));
  Shape shape = value.shape;
  shape.erase(static_cast<size_t>(axis));
  for (int64_t i = 0; i < value.shape[axis]; ++i) context.output(value.dtype, shape);
  resolve_parts(context, axis);
  return {};
}

Status infer_split(InferContext& context) {
  const TensorDesc& x = context.inputs[0];
  TFJS_ASSIGN_OR_RETURN(const int64_t axis, axis_attr(context.attrs, x.rank()));
  TFJS_ASSIGN_OR_RETURN(Ints sizes, whole_numbers(context.attrs, "numOrSizeSplits"));
  const int64_t extent = x.shape[axis];
  if (context.attrs.is_single("numOrSizeSplits")) {
    const int64_t count = sizes[0];
    if (count < 1 || extent % count != 0) {
      return make_status(Code::kBadAttr,
                         "numOrSizeSplits: expected a divisor of axis %lld's %lld, got %lld",
                         static_cast<long long>(axis), static_cast<long long>(extent),
                         static_cast<long long>(count));
    }
    TFJS_RETURN_IF_ERROR(check_output_count(count));
    sizes = Ints(static_cast<size_t>(count), extent / count);
  } else {
    int64_t known = 0;
    int64_t* rest = nullptr;
    bool valid = !sizes.empty();
    for (int64_t& size : sizes) {
      if (size >= 0) {
        known += size;
      } else {
        valid = valid && size == -1 && rest == nullptr;
        rest = &size;
      }
    }
    if (valid && rest != nullptr) *rest = extent - known;
    if (!valid || (rest == nullptr ? known != extent : *rest < 0)) {
      return make_status(
          Code::kBadAttr,
          "numOrSizeSplits: expected sizes with the sum %lld and at most one -1, got %s",
          static_cast<long long>(extent),
          to_string(context.attrs.integers("numOrSizeSplits")).c_str());
    }
  }
  Shape shape = x.shape;
  for (const int64_t size : sizes) {
    shape[axis] = size;
    context.output(x.dtype, shape);
  }
  resolve_parts(context, axis);
  return {};
}

}  // namespace tfjs_native
