#pragma once

#include <cuda_runtime_api.h>

#include <cstdint>

#include "base/status.h"

namespace tfjs_native::cuda {

// What surrounds cuDNN's part of a convolution: small kernels that are enqueued and not waited for.
// All tensors are dense float32.

/// Brings a filter from tfjs's order [area, in, out] (area = height * width) into cuDNN's:
/// [out, area, in] when channels are last, [out, in, area] when they are first.
Status pack_filter(const float* src, float* dst, int64_t area, int64_t in_channels,
                   int64_t out_channels, bool channels_first, cudaStream_t stream);

/// `planes` images of `src` extents, each element of which is a run of `run` values, copied into
/// images of `dst` extents so that the source begins at (top, left) there; what lies outside is cut
/// off, what stays uncovered is zero. With channels last a plane is an image of the batch and a run
/// its channels; with channels first a plane is one channel and a run one value.
struct FramedCopy {
  int64_t planes = 0;
  int64_t run = 0;
  int64_t src_height = 0;
  int64_t src_width = 0;
  int64_t dst_height = 0;
  int64_t dst_width = 0;
  int64_t top = 0;
  int64_t left = 0;

  int64_t dst_count() const { return planes * dst_height * dst_width * run; }
};
Status copy_framed(const FramedCopy& copy, const float* src, float* dst, cudaStream_t stream);

/// Adds bias[channel] to y, then applies relu (NaN stays NaN), in place. `bias` may be null. An
/// element's channel is its index, divided by `inner`, modulo `channels`.
Status finish_channels(float* y, const float* bias, bool relu, int64_t count, int64_t channels,
                       int64_t inner, cudaStream_t stream);

}  // namespace tfjs_native::cuda
