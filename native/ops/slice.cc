// Inference of slices. StridedSlice's masks follow TensorFlow:
// https://www.tensorflow.org/api_docs/python/tf/strided_slice
#include <algorithm>

#include "ops/checks.h"

namespace tfjs_native {
namespace {

/// Whether a slice takes whole what lies below the outermost dimension, so that its elements lie
/// side by side. An empty one shares nothing.
bool is_outermost(const Shape& shape, const Shape& size) {
  for (size_t i = 1; i < shape.size(); ++i) {
    if (size[i] != shape[i]) return false;
  }
  return num_elements(size) > 0;
}

}  // namespace

Status infer_slice(InferContext& context) {
  const TensorDesc& x = context.inputs[0];
  TFJS_ASSIGN_OR_RETURN(Ints begin, whole_numbers(context.attrs, "begin"));
  TFJS_ASSIGN_OR_RETURN(Ints size, whole_numbers(context.attrs, "size"));
  if (begin.size() > x.rank() || size.size() > x.rank()) {
    return make_status(Code::kBadAttr,
                       "begin, size: expected at most %zu values, got begin %s and size %s",
                       x.rank(), to_string(begin).c_str(), to_string(size).c_str());
  }
  begin.resize(x.rank(), 0);
  size.resize(x.rank(), -1);
  for (size_t i = 0; i < x.rank(); ++i) {
    if (begin[i] < 0) {
      // In the words that tfjs-core's own specs look for.
      return make_status(Code::kBadAttr,
                         "begin: slice() does not support negative begin indexing, got %s",
                         to_string(begin).c_str());
    }
    if (size[i] < -1 || begin[i] > x.shape[i] || size[i] > x.shape[i] - begin[i]) {
      return make_status(
          Code::kBadAttr, "begin, size: begin %s and size %s leave x of shape %s in dimension %zu",
          to_string(begin).c_str(), to_string(size).c_str(), to_string(x.shape).c_str(), i);
    }
    if (size[i] == -1) size[i] = x.shape[i] - begin[i];
  }
  context.output(x.dtype, size);
  if (is_outermost(x.shape, size)) {
    const int64_t row = x.rank() == 0 ? 0 : num_elements(x.shape, 1, x.rank());
    context.result.resolved = PartsOfInput{};
    add_scalars(context.result, {x.rank() == 0 ? 0 : begin[0] * row});
    return {};
  }
  context.result.resolved = SliceBox{Ints(x.rank(), 1), size};
  add_scalars(context.result, begin);
  return {};
}

namespace {

/// One dimension of x, as the attributes ask for it.
struct DimSlice {
  int64_t begin = 0;
  int64_t end = 0;
  int64_t stride = 1;
  bool whole_begin = true;  // From the first element, in the stride's direction.
  bool whole_end = true;
  bool shrink = false;
};

// The masks are 32-bit integers in JavaScript.
constexpr size_t kMaxPositions = 31;

/// The attributes of a StridedSlice call: one entry for each position of the slice expression.
struct SliceSpec {
  Ints begin;
  Ints end;
  Ints strides;
  int64_t begin_mask = 0;
  int64_t end_mask = 0;
  int64_t ellipsis_mask = 0;
  int64_t new_axis_mask = 0;
  int64_t shrink_axis_mask = 0;

  static bool in(int64_t mask, size_t i) { return ((mask >> i) & 1) != 0; }
};

Result<int64_t> read_mask(const Attrs& attrs, const char* name) {
  if (!attrs.has(name)) return int64_t{0};
  const double mask = attrs.number(name);
  // Written so that NaN is none.
  if (!(mask >= -2147483648.0 && mask <= 4294967295.0)) {
    return make_status(Code::kBadAttr, "%s: expected a 32-bit integer, got %g", name, mask);
  }
  return static_cast<int64_t>(mask);
}

Result<SliceSpec> read_spec(const Attrs& attrs) {
  SliceSpec spec;
  TFJS_ASSIGN_OR_RETURN(spec.begin, whole_numbers(attrs, "begin"));
  TFJS_ASSIGN_OR_RETURN(spec.end, whole_numbers(attrs, "end"));
  TFJS_ASSIGN_OR_RETURN(spec.strides, whole_numbers(attrs, "strides"));
  if (!attrs.has("strides")) spec.strides = Ints(spec.begin.size(), 1);
  TFJS_ASSIGN_OR_RETURN(spec.begin_mask, read_mask(attrs, "beginMask"));
  TFJS_ASSIGN_OR_RETURN(spec.end_mask, read_mask(attrs, "endMask"));
  TFJS_ASSIGN_OR_RETURN(spec.ellipsis_mask, read_mask(attrs, "ellipsisMask"));
  TFJS_ASSIGN_OR_RETURN(spec.new_axis_mask, read_mask(attrs, "newAxisMask"));
  TFJS_ASSIGN_OR_RETURN(spec.shrink_axis_mask, read_mask(attrs, "shrinkAxisMask"));
  if (spec.begin.size() != spec.strides.size() || spec.end.size() != spec.strides.size()) {
    return make_status(Code::kBadAttr,
                       "begin, end, strides: expected equal lengths, got %s, %s, %s",
                       to_string(spec.begin).c_str(), to_string(spec.end).c_str(),
                       to_string(spec.strides).c_str());
  }
  if (spec.strides.size() > kMaxPositions) {
    return make_status(Code::kBadAttr, "begin: expected at most %zu values, got %zu", kMaxPositions,
                       spec.strides.size());
  }
  if ((spec.ellipsis_mask & (spec.ellipsis_mask - 1)) != 0) {
    return Status(Code::kBadAttr, "ellipsisMask: expected at most one ellipsis");
  }
  return spec;
}

/// Assigns the positions of the expression to x's dimensions. `kept` gets, for each dimension of
/// the result, its dimension in x, or -1 for a new axis.
Result<std::vector<DimSlice>> expand_spec(const SliceSpec& spec, size_t rank, Ints& kept) {
  const size_t positions = spec.strides.size();
  size_t named = 0;  // Positions that stand for one dimension of x.
  for (size_t i = 0; i < positions; ++i) {
    if (!SliceSpec::in(spec.ellipsis_mask, i) && !SliceSpec::in(spec.new_axis_mask, i)) ++named;
  }
  if (named > rank) {
    return make_status(Code::kBadAttr, "begin: expected at most %zu dimensions, got %zu", rank,
                       named);
  }
  std::vector<DimSlice> dims;
  const auto take_whole = [&](size_t count) {
    for (size_t i = 0; i < count; ++i) {
      kept.push_back(static_cast<int64_t>(dims.size()));
      dims.emplace_back();
    }
  };
  for (size_t i = 0; i < positions; ++i) {
    if (SliceSpec::in(spec.ellipsis_mask, i)) {
      take_whole(rank - named);
    } else if (SliceSpec::in(spec.new_axis_mask, i)) {
      kept.push_back(-1);
    } else {
      const bool shrink = SliceSpec::in(spec.shrink_axis_mask, i);
      if (!shrink) kept.push_back(static_cast<int64_t>(dims.size()));
      dims.push_back({spec.begin[i], spec.end[i], spec.strides[i],
                      SliceSpec::in(spec.begin_mask, i), SliceSpec::in(spec.end_mask, i), shrink});
    }
  }
  take_whole(rank - dims.size());
  return dims;
}

/// Resolves negative and masked bounds; returns the number of elements taken.
Result<int64_t> resolve_dim(DimSlice& dim, int64_t extent, size_t index) {
  if (dim.stride == 0) {
    return make_status(Code::kBadAttr, "strides: expected no zero, got one for dimension %zu",
                       index);
  }
  if (dim.shrink) {
    if (dim.stride < 0) {
      return make_status(Code::kBadAttr,
                         "strides: expected 1 for the single index of dimension %zu, got %lld",
                         index, static_cast<long long>(dim.stride));
    }
    if (dim.begin < -extent || dim.begin >= extent) {
      return make_status(Code::kBadAttr, "begin: index %lld leaves dimension %zu of extent %lld",
                         static_cast<long long>(dim.begin), index, static_cast<long long>(extent));
    }
    if (dim.begin < 0) dim.begin += extent;
    return 1;
  }
  // Backwards the bounds are those of the elements themselves, and -1 stands before the first.
  const bool forward = dim.stride > 0;
  const int64_t lowest = forward ? 0 : -1;
  const int64_t highest = forward ? extent : extent - 1;
  const auto bound = [&](int64_t value) {
    return std::clamp(value < 0 ? value + extent : value, lowest, highest);
  };
  dim.begin = dim.whole_begin ? (forward ? lowest : highest) : bound(dim.begin);
  dim.end = dim.whole_end ? (forward ? highest : lowest) : bound(dim.end);
  const int64_t length = forward ? dim.end - dim.begin : dim.begin - dim.end;
  const int64_t step = std::abs(dim.stride);
  return length <= 0 ? 0 : (length - 1) / step + 1;
}

}  // namespace

Status infer_strided_slice(InferContext& context) {
  const TensorDesc& x = context.inputs[0];
  TFJS_ASSIGN_OR_RETURN(const SliceSpec spec, read_spec(context.attrs));
  Ints kept;
  TFJS_ASSIGN_OR_RETURN(std::vector<DimSlice> dims, expand_spec(spec, x.rank(), kept));
  Ints begin;
  Ints strides;
  Ints size;
  for (size_t i = 0; i < dims.size(); ++i) {
    TFJS_ASSIGN_OR_RETURN(const int64_t count, resolve_dim(dims[i], x.shape[i], i));
    begin.push_back(dims[i].begin);
    strides.push_back(dims[i].stride);
    size.push_back(count);
  }
  Shape shape;
  for (const int64_t dim : kept) shape.push_back(dim < 0 ? 1 : size[dim]);
  context.result.resolved = SliceBox{std::move(strides), std::move(size)};
  add_scalars(context.result, begin);
  context.output(x.dtype, shape);
  return {};
}

Status infer_reverse(InferContext& context) {
  const TensorDesc& x = context.inputs[0];
  TFJS_ASSIGN_OR_RETURN(Ints dims, whole_numbers(context.attrs, "dims"));
  if (!context.attrs.has("dims")) {
    for (size_t i = 0; i < x.rank(); ++i) dims.push_back(static_cast<int64_t>(i));
  }
  for (int64_t& dim : dims) {
    TFJS_ASSIGN_OR_RETURN(dim, normalize_axis(dim, x.rank(), "dims"));
  }
  context.result.resolved = Axes{dims};
  context.output(x.dtype, x.shape);
  return {};
}

}  // namespace tfjs_native
