#include "backends/cpu/onednn/convolution_geometry.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace tfjs_native {
namespace {

using Dims = dnnl::memory::dims;
constexpr auto kF32 = dnnl::memory::data_type::f32;

Dims permuted(const Shape& values, const Ints& order) {
  Dims result;
  for (const int64_t dim : order) result.push_back(values[static_cast<size_t>(dim)]);
  return result;
}

dnnl::memory::desc describe_filter(const Shape& shape, bool depthwise) {
  const size_t spatial = shape.size() - 2;
  const Ints dense = strides_of(shape);
  const int64_t in = shape[spatial];
  const int64_t out = shape[spatial + 1];
  Dims dims;
  Dims strides;
  if (depthwise) {
    dims = {in, out, 1};
    strides = {dense[spatial], 1, in * out};
  } else {
    dims = {out, in};
    strides = {1, dense[spatial]};
  }
  for (size_t i = 0; i < spatial; ++i) {
    dims.push_back(shape[i]);
    strides.push_back(dense[i]);
  }
  return {dims, kF32, strides};
}

/// Spatial dimensions in which nothing slides come first: oneDNN is slow where the innermost
/// dimension is such a one (a 1-D convolution along the height).
Ints order_spatial(const Window& window) {
  Ints order;
  for (const bool slides : {false, true}) {
    for (size_t i = 0; i < window.dims.size(); ++i) {
      const WindowDim& dim = window.dims[i];
      if ((dim.in != 1 || dim.out != 1 || dim.filter != 1) == slides) {
        order.push_back(static_cast<int64_t>(i));
      }
    }
  }
  return order;
}

/// Takes back steps that lead nowhere: where there is one window, or from the first one out of the
/// input. oneDNN makes code for each element of a stride, be it 2^31, and is wrong in places where
/// one window has a stride.
void shorten_steps(WindowDim& dim) {
  const int64_t outside = dim.in + std::max<int64_t>(0, dim.pad_begin) + dim.effective_filter();
  dim.stride = dim.out == 1 ? 1 : std::min(dim.stride, outside);
  if (dim.filter == 1) dim.dilation = 1;
}

/// The tensor's dimensions as oneDNN orders them, spatial ones as they are.
Ints plain_order(const Window& window) {
  const auto rank = static_cast<int64_t>(window.dims.size()) + 2;
  Ints order{0, window.channels_first ? 1 : rank - 1};
  for (int64_t i = 0; i < rank - 2; ++i) order.push_back(i + (window.channels_first ? 2 : 1));
  return order;
}

}  // namespace

ConvolutionGeometry::ConvolutionGeometry(const Window& resolved, const Shape& given_filter,
                                         bool depthwise, Steps steps)
    : in_channels(resolved.channels), spatial_order_(order_spatial(resolved)) {
  const size_t spatial = resolved.dims.size();
  Window window = resolved;
  Shape filter_shape = given_filter;
  for (size_t i = 0; i < spatial; ++i) {
    const auto from = static_cast<size_t>(spatial_order_[i]);
    window.dims[i] = resolved.dims[from];
    filter_shape[i] = given_filter[from];
    shorten_steps(window.dims[i]);
  }
  channels_first_ = window.channels_first;
  const int64_t last = filter_shape[spatial + 1];
  out_channels = depthwise ? in_channels * last : last;

  Shape x_shape{window.batch};
  if (window.channels_first) x_shape.push_back(in_channels);
  for (const WindowDim& dim : window.dims) x_shape.push_back(dim.in);
  if (!window.channels_first) x_shape.push_back(in_channels);
  Ints x_strides = strides_of(x_shape);
  const Shape y_shape = window.output_shape(out_channels);

  Shape dense_shape = x_shape;
  Ints inner_begin;
  const size_t first = window.channels_first ? 2 : 1;
  for (size_t i = 0; i < spatial; ++i) {
    const WindowDim& dim = window.dims[i];
    if (steps == Steps::kGathered && dim.filter == 1 && dim.stride > 1) {
      // Window y sees element y * stride - pad_begin, or padding.
      const int64_t seen = std::max<int64_t>(0, (dim.pad_begin + dim.stride - 1) / dim.stride);
      const int64_t end = std::min(dim.out, (dim.in - 1 + dim.pad_begin) / dim.stride + 1);
      x_offset += (seen * dim.stride - dim.pad_begin) * x_strides[first + i];
      x_strides[first + i] *= dim.stride;
      x_shape[first + i] = std::max<int64_t>(0, end - seen);
      is_x_whole = false;
      if (end <= seen) is_untouched = true;
      dense_shape[first + i] = dim.out;
      inner_begin.push_back(seen);
      strides.push_back(1);
      dilations.push_back(0);
      pad_begin.push_back(0);
      pad_end.push_back(0);
      continue;
    }
    // oneDNN wants padding in front, and an input that ends within the last window's stride.
    const int64_t skipped = std::max<int64_t>(0, -dim.pad_begin);
    const int64_t unused = dim.pad_end() <= -dim.stride ? -dim.pad_end() : 0;
    int64_t& extent = x_shape[first + i];
    extent = std::max<int64_t>(0, extent - skipped - unused);
    x_offset += skipped * x_strides[first + i];
    if (skipped + unused > 0) is_x_whole = false;
    if (extent == 0) is_untouched = true;
    const int64_t most = dim.effective_filter() - 1;
    const int64_t begin = dim.pad_begin + skipped;
    const int64_t end = dim.pad_end() + unused;
    dense_shape[first + i] =
        extent + std::max<int64_t>(0, begin - most) + std::max<int64_t>(0, end - most);
    inner_begin.push_back(std::max<int64_t>(0, begin - most));
    strides.push_back(dim.stride);
    dilations.push_back(dim.dilation - 1);
    pad_begin.push_back(std::min(begin, most));
    pad_end.push_back(std::min(end, most));
  }
  if (in_channels == 0) is_untouched = true;
  const Ints dims_order = plain_order(window);
  const Ints dense_strides = strides_of(dense_shape);
  dense_x = {permuted(dense_shape, dims_order), kF32, permuted(dense_strides, dims_order)};
  is_padded_ = dense_shape != x_shape;
  touched_ = {x_shape, x_strides, dense_strides};
  for (size_t i = 0; i < spatial; ++i) {
    touched_.dst_offset += inner_begin[i] * dense_strides[first + i];
  }
  y = {permuted(y_shape, dims_order), kF32, permuted(strides_of(y_shape), dims_order)};
  filter = describe_filter(filter_shape, depthwise);
  bias = {{out_channels}, kF32, dnnl::memory::format_tag::x};
}

DerivedForm ConvolutionGeometry::gather_x() const {
  if (is_x_whole && !is_padded_) return {};
  const size_t size_bytes = dense_x.get_size();
  const auto make = [copy = StridedCopy(touched_, sizeof(float)), size_bytes, padded = is_padded_](
                        const void* from, void* to) -> Status {
    if (padded) std::memset(to, 0, size_bytes);
    copy.run(from, to);
    return {};
  };
  return DerivedForm("touched", size_bytes, make);
}

DerivedForm ConvolutionGeometry::spread_x() const {
  if (is_x_whole && !is_padded_) return {};
  CopyBox box = touched_;
  std::swap(box.src_strides, box.dst_strides);
  std::swap(box.src_offset, box.dst_offset);
  const auto make = [copy = StridedCopy(box, sizeof(float))](const void* from, void* to) -> Status {
    copy.run(from, to);
    return {};
  };
  return DerivedForm("spread", dense_x.get_size(), make);
}

Ints ConvolutionGeometry::order() const {
  const auto rank = static_cast<int64_t>(spatial_order_.size()) + 2;
  Ints order{0, channels_first_ ? 1 : rank - 1};
  for (const int64_t i : spatial_order_) order.push_back(i + (channels_first_ ? 2 : 1));
  return order;
}

dnnl::memory::desc ConvolutionGeometry::any_layout(const dnnl::memory::desc& desc) {
  return {desc.get_dims(), desc.get_data_type(), dnnl::memory::format_tag::any};
}

}  // namespace tfjs_native
