#pragma once

#include <oneapi/dnnl/dnnl.hpp>

#include "backends/cpu/derived_form.h"
#include "device/kernel.h"
#include "tensor/window.h"

namespace tfjs_native {

/// A convolution in oneDNN's terms: dimensions are [batch, channels, spatial...] for tensors and
/// [groups, out, in, spatial...] or [out, in, spatial...] for filters, whatever lies in memory.
struct ConvolutionGeometry {
  /// `x` is the larger side of the window (a convolution's input), `filter` is
  /// [spatial..., in, out], or [spatial..., in, multiplier] when depthwise.
  ConvolutionGeometry(const Window& window, const Shape& filter, bool depthwise);

  int64_t in_channels;
  int64_t out_channels;
  /// No window touches the input: every sum is empty.
  bool is_untouched = false;

  dnnl::memory::desc x;  // The part of the input that windows touch.
  int64_t x_offset = 0;  // Where it starts, in elements.
  bool is_x_whole = true;
  /// That part as oneDNN gets it: alone, as some of oneDNN's kernels read and write across gaps,
  /// and with zeros around it where windows lie in the padding as a whole, which crashes others.
  dnnl::memory::desc dense_x;
  dnnl::memory::desc inner_x;  // The part itself, in dense_x.
  int64_t inner_offset = 0;    // Where it starts there, in elements.
  dnnl::memory::desc y;
  dnnl::memory::desc filter;  // As it lies in tfjs's tensor.
  dnnl::memory::desc bias;
  dnnl::memory::dims strides;
  dnnl::memory::dims dilations;  // oneDNN counts the gaps: 0 is dense.
  dnnl::memory::dims pad_begin;
  dnnl::memory::dims pad_end;

  /// Makes dense_x of the values of x; empty where they are the same.
  DerivedForm gather_x() const;
  /// Makes the values of x of dense_x + inner_offset; empty where they are the same.
  DerivedForm spread_x() const;

  /// For oneDNN's dimension i of x and y the tensor's dimension.
  Ints order() const;
  /// The same memory with a layout that oneDNN chooses.
  static dnnl::memory::desc any_layout(const dnnl::memory::desc& desc);

 private:
  Ints spatial_order_;
  bool channels_first_ = false;
};

}  // namespace tfjs_native
