#include "tensor/window.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace tfjs_native {
namespace {

// What kernels may multiply with one another without an overflow, and what libraries take.
constexpr int64_t kMaxExtent = std::numeric_limits<int32_t>::max();

int64_t round_to(double value, Rounding rounding) {
  switch (rounding) {
    case Rounding::kTruncate:
      return static_cast<int64_t>(std::trunc(value));
    case Rounding::kFloor:
      return static_cast<int64_t>(std::floor(value));
    case Rounding::kRound:
      return static_cast<int64_t>(std::floor(value + 0.5));
    case Rounding::kCeil:
      return static_cast<int64_t>(std::ceil(value));
  }
  return 0;
}

int64_t ceil_div(int64_t a, int64_t b) { return a >= 0 ? (a + b - 1) / b : -(-a / b); }

int64_t floor_half(int64_t value) { return value >= 0 ? value / 2 : -((1 - value) / 2); }

Result<Ints> per_dimension(const Ints& values, size_t count, const char* name) {
  Ints all(count, 1);
  if (!values.empty() && values.size() != 1 && values.size() < count) {
    return make_status(Code::kBadAttr, "%s: expected 1 or %zu values, got %s", name, count,
                       to_string(values).c_str());
  }
  for (size_t i = 0; i < count && !values.empty(); ++i) {
    all[i] = values.size() == 1 ? values[0] : values[i];
    if (all[i] < 1 || all[i] > kMaxExtent) {
      return make_status(Code::kBadAttr, "%s: expected positive values below 2^31, got %s", name,
                         to_string(values).c_str());
    }
  }
  return all;
}

}  // namespace

int64_t Window::in_size() const {
  int64_t size = 1;
  for (const WindowDim& dim : dims) size *= dim.in;
  return size;
}

int64_t Window::out_size() const {
  int64_t size = 1;
  for (const WindowDim& dim : dims) size *= dim.out;
  return size;
}

int64_t Window::filter_size() const {
  int64_t size = 1;
  for (const WindowDim& dim : dims) size *= dim.filter;
  return size;
}

Shape Window::output_shape(int64_t out_channels) const {
  Shape shape{batch};
  if (channels_first) shape.push_back(out_channels);
  for (const WindowDim& dim : dims) shape.push_back(dim.out);
  if (!channels_first) shape.push_back(out_channels);
  return shape;
}

Result<Window> resolve_window(const Shape& input, const WindowSpec& spec) {
  const size_t count = spec.filter.size();
  if (input.size() != count + 2) {
    return make_status(Code::kBadShape, "x: expected rank %zu, got shape %s", count + 2,
                       to_string(input).c_str());
  }
  Window window;
  window.channels_first = spec.channels_first;
  window.batch = input[0];
  window.channels = spec.channels_first ? input[1] : input[count + 1];
  TFJS_ASSIGN_OR_RETURN(const Ints strides, per_dimension(spec.strides, count, "strides"));
  TFJS_ASSIGN_OR_RETURN(const Ints dilations, per_dimension(spec.dilations, count, "dilations"));
  const size_t first_spatial = spec.channels_first ? 2 : 1;

  if (num_elements(spec.filter) > kMaxExtent) {
    return make_status(Code::kBadShape, "filter: expected fewer than 2^31 elements, got %s",
                       to_string(spec.filter).c_str());
  }
  for (const double pad : spec.padding.values) {
    if (!(std::abs(pad) <= static_cast<double>(kMaxExtent))) {
      return make_status(Code::kBadAttr, "pad: expected values below 2^31, got %g", pad);
    }
  }
  for (size_t i = 0; i < count; ++i) {
    WindowDim dim;
    dim.in = input[first_spatial + i];
    dim.filter = spec.filter[i];
    dim.stride = strides[i];
    dim.dilation = dilations[i];
    if (dim.filter < 1) {
      return make_status(Code::kBadShape, "filter: expected extents of at least 1, got %s",
                         to_string(spec.filter).c_str());
    }
    if (dim.effective_filter() > kMaxExtent) {
      return make_status(Code::kBadAttr,
                         "dilations: expected windows that span fewer than 2^31 elements, got %lld",
                         static_cast<long long>(dim.effective_filter()));
    }
    window.dims.push_back(dim);
  }
  for (size_t i = 0; i < count; ++i) {
    WindowDim& dim = window.dims[i];
    const int64_t span = dim.effective_filter();
    switch (spec.padding.kind) {
      case Padding::Kind::kSame: {
        dim.out = ceil_div(dim.in, dim.stride);
        const int64_t total = (dim.out - 1) * dim.stride + span - dim.in;
        // conv_util leaves out input at both ends of a 3-D window where strides skip some.
        dim.pad_begin = count == 3 ? floor_half(total) : std::max<int64_t>(0, total) / 2;
        break;
      }
      case Padding::Kind::kValid:
        dim.out = ceil_div(dim.in - span + 1, dim.stride);
        break;
      case Padding::Kind::kNumber: {
        const double pad = spec.padding.values[0];
        if (pad != std::floor(pad)) {
          return make_status(Code::kBadAttr, "pad: expected an integer, got %g", pad);
        }
        // conv_util measures both dimensions of a 2-D window with the first one's filter.
        const WindowDim& ruler = count == 2 ? window.dims[0] : dim;
        dim.pad_begin = static_cast<int64_t>(pad);
        dim.out = round_to(
            (dim.in - ruler.effective_filter() + 2 * pad) / static_cast<double>(ruler.stride) + 1,
            spec.rounding);
        break;
      }
      case Padding::Kind::kExplicit: {
        const Doubles& values = spec.padding.values;
        if (values.size() != 2 * (count + 2)) {
          return make_status(Code::kBadAttr,
                             "pad: expected [begin, end] for each of %zu dimensions", count + 2);
        }
        const double begin = values[2 * (first_spatial + i)];
        const double end = values[2 * (first_spatial + i) + 1];
        dim.pad_begin = static_cast<int64_t>(begin);
        dim.out = round_to((dim.in - span + begin + end) / static_cast<double>(dim.stride) + 1,
                           spec.rounding);
        break;
      }
    }
    if (dim.out < 0) {
      // conv_util stops at 0 for 3-D windows, and fails for the others.
      if (count < 3) {
        return make_status(Code::kBadShape,
                           "x: shape %s is too small for windows of %lld elements along dimension "
                           "%zu",
                           to_string(input).c_str(), static_cast<long long>(span),
                           first_spatial + i);
      }
      dim.out = 0;
    }
  }
  return window;
}

}  // namespace tfjs_native
