#pragma once

#include <string>

#include "base/status.h"
#include "tensor/shape.h"

namespace tfjs_native {

/// The `pad` attribute of convolutions and poolings, as tfjs-core passes it.
struct Padding {
  enum class Kind { kSame, kValid, kNumber, kExplicit };
  Kind kind = Kind::kValid;
  /// kNumber: one value, used on every side. kExplicit: [begin, end] for each dimension of the
  /// tensor in its own layout (batch and channels included).
  Doubles values;
};

enum class Rounding { kTruncate, kFloor, kRound, kCeil };

/// One spatial dimension of a sliding window.
struct WindowDim {
  int64_t in = 0;
  int64_t out = 0;
  int64_t filter = 1;
  int64_t stride = 1;
  int64_t dilation = 1;
  int64_t pad_begin = 0;

  /// Elements that the dilated filter spans.
  int64_t effective_filter() const { return (filter - 1) * dilation + 1; }
  /// Padding behind the input so that `out` windows fit exactly; negative where input is unused.
  int64_t pad_end() const { return (out - 1) * stride + effective_filter() - in - pad_begin; }

  friend bool operator==(const WindowDim&, const WindowDim&) = default;
};

/// Sliding-window geometry over 1 to 3 spatial dimensions (outermost first).
struct Window {
  int64_t batch = 0;
  int64_t channels = 0;  // Of the input.
  bool channels_first = false;
  InlineVector<WindowDim, 3> dims;

  int64_t in_size() const;
  int64_t out_size() const;
  int64_t filter_size() const;
  /// [batch, spatial..., channels] in the window's own layout.
  Shape output_shape(int64_t out_channels) const;

  friend bool operator==(const Window&, const Window&) = default;
};

struct WindowSpec {
  Ints filter;     // Spatial extents of the filter, outermost first.
  Ints strides;    // One value for all dimensions or one for each (surplus values are ignored).
  Ints dilations;  // Likewise; empty means 1.
  Padding padding;
  Rounding rounding = Rounding::kTruncate;
  bool channels_first = false;
};

/// Resolves padding and output extents for an input of shape [batch, spatial..., channels] (or
/// channels first) exactly as tfjs-core's conv_util does, its rules for a numeric `pad` included:
/// there the first dimension's filter and stride decide all 2-D output extents. Formulas:
/// https://www.tensorflow.org/api_docs/python/tf/nn#notes_on_padding_2
/// Errors: BAD_SHAPE (rank, or a window that does not fit), BAD_ATTR (strides, dilations, pad).
Result<Window> resolve_window(const Shape& input, const WindowSpec& spec);

}  // namespace tfjs_native
