#pragma once

#include <oneapi/dnnl/dnnl.hpp>

#include "backends/cpu/derived_form.h"
#include "backends/cpu/loops/strided_copy.h"
#include "device/kernel.h"
#include "tensor/window.h"

namespace tfjs_native {

/// A convolution in oneDNN's terms: dimensions are [batch, channels, spatial...] for tensors and
/// [groups, out, in, spatial...] or [out, in, spatial...] for filters, whatever lies in memory.
struct ConvolutionGeometry {
  /// Where a filter is one element wide, windows may step over elements of x, or these may be left
  /// out: oneDNN's 1x1 gradients for AVX2 read what they do not know between them.
  enum class Steps { kStrided, kGathered };

  /// `x` is the larger side of the window (a convolution's input), `filter` is
  /// [spatial..., in, out], or [spatial..., in, multiplier] when depthwise.
  ConvolutionGeometry(const Window& window, const Shape& filter, bool depthwise,
                      Steps steps = Steps::kStrided);

  int64_t in_channels;
  int64_t out_channels;
  /// No window touches the input: every sum is empty.
  bool is_untouched = false;

  int64_t x_offset = 0;  // Where the part of x starts that windows touch, in elements.
  bool is_x_whole = true;
  /// That part as oneDNN gets it: alone, as some of oneDNN's kernels read and write across gaps,
  /// and with zeros around it where windows lie in the padding as a whole, which crashes others.
  dnnl::memory::desc dense_x;
  dnnl::memory::desc y;
  dnnl::memory::desc filter;  // As it lies in tfjs's tensor.
  dnnl::memory::desc bias;
  dnnl::memory::dims strides;
  dnnl::memory::dims dilations;  // oneDNN counts the gaps: 0 is dense.
  dnnl::memory::dims pad_begin;
  dnnl::memory::dims pad_end;

  /// Makes dense_x of what starts at x_offset; empty where they are the same. Not to be cached.
  DerivedForm gather_x() const;
  /// The other way round.
  DerivedForm spread_x() const;

  /// For oneDNN's dimension i of x and y the tensor's dimension.
  Ints order() const;
  /// The same memory with a layout that oneDNN chooses.
  static dnnl::memory::desc any_layout(const dnnl::memory::desc& desc);

 private:
  Ints spatial_order_;
  bool is_padded_ = false;
  CopyBox touched_;  // From x_offset to dense_x.
  bool channels_first_ = false;
};

}  // namespace tfjs_native
